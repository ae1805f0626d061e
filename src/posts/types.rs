//! Posts: the words and their rules. Pure.
use crate::{
    accounts::types::Account,
    clock::{DAY, MINUTE, Timestamp},
    error::{Error, Result},
    events::types::NewEvent,
    ids::{AccountId, MediaId, PostId},
    network::say::Hearing,
    text::markdown,
};
use serde::{Deserialize, Serialize};

/// Who may read a post.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    sqlx::Type,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// 公開: everybody.
    Public,
    /// 未収載: everybody, but not in public timelines.
    Unlisted,
    /// フォロワー.
    Followers,
    /// 宛先だけ: who is mentioned.
    Direct,
    /// ネットワーク: members of all nodes of the network; goes by their logs and to nobody else.
    Network,
    /// 支部: members of this node; never leaves it.
    Chapter,
}

impl Audience {
    pub const ALL: [Self; 6] =
        [Self::Public, Self::Unlisted, Self::Followers, Self::Direct, Self::Network, Self::Chapter];

    pub fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
            Self::Followers => "followers",
            Self::Direct => "direct",
            Self::Network => "network",
            Self::Chapter => "chapter",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.word() == word)
    }

    /// Readable without signing in, and provable to anybody.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Public | Self::Unlisted)
    }

    /// Signed as a document, so that a copy proves itself; what is private shall not be provable.
    pub fn is_provable(self) -> bool {
        self.is_open() || self == Self::Network
    }

    /// Belongs into the timeline of the whole network.
    pub fn is_shared(self) -> bool {
        matches!(self, Self::Public | Self::Network)
    }

    /// Who may hear of a post, and of what is done to it.
    pub fn hearing(self) -> Hearing {
        match self {
            Self::Public | Self::Unlisted => Hearing::Public,
            Self::Network => Hearing::Network,
            Self::Followers | Self::Direct | Self::Chapter => Hearing::Private,
        }
    }

    pub fn leaves_the_node(self) -> bool {
        self != Self::Chapter
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
pub enum QuoteState {
    None,
    /// Asked, not answered (FEP-044f).
    Pending,
    Accepted,
    Rejected,
}

/// Who may quote a post.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Serialize, Deserialize, schemars::JsonSchema,
)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum QuotePolicy {
    Public,
    Followers,
    Nobody,
}

/// A post, local or remote, as it is stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Post {
    pub id: PostId,
    pub uri: String,
    pub account_id: AccountId,
    pub local: bool,
    pub audience: Audience,
    pub title: String,
    /// Sanitised HTML.
    pub content_html: String,
    /// What a local member wrote.
    pub source: String,
    /// The content warning.
    pub summary: String,
    pub sensitive: bool,
    pub lang: String,
    pub url: String,
    pub in_reply_to_uri: Option<String>,
    pub in_reply_to_id: Option<PostId>,
    pub thread_id: PostId,
    pub quote_uri: Option<String>,
    pub quote_id: Option<PostId>,
    pub quote_state: QuoteState,
    pub quote_stamp: Option<String>,
    pub quote_policy: QuotePolicy,
    pub replies_count: i64,
    pub likes_count: i64,
    pub boosts_count: i64,
    pub published_at: Timestamp,
    pub edited_at: Option<Timestamp>,
    pub refreshed_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
}

/// One line of a timeline, before it is dressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Line {
    pub id: i64,
    pub post_id: PostId,
    pub booster_id: Option<AccountId>,
}

/// A picture or other file of a post.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Media {
    pub id: MediaId,
    pub account_id: AccountId,
    pub post_id: Option<PostId>,
    pub media_type: String,
    /// Media name for local files, address for remote ones.
    pub url: String,
    pub thumbnail_url: Option<String>,
    pub width: i64,
    pub height: i64,
    pub blurhash: Option<String>,
    pub description: String,
    pub focus_x: f64,
    pub focus_y: f64,
}

impl Media {
    pub const MAX_PER_POST: usize = 4;
    pub const MAX_DESCRIPTION: usize = 1_500;

    pub fn is_image(&self) -> bool {
        self.media_type.starts_with("image/")
    }

    pub fn is_local(&self) -> bool {
        !self.url.contains("://")
    }

    /// Reads a focal point: `x,y` from -1 to 1; anything else is the middle.
    pub fn focus(text: &str) -> (f64, f64) {
        let part = |part: &str| part.trim().parse::<f64>().ok().filter(|p| p.is_finite());
        match text.split_once(',').map(|(x, y)| (part(x), part(y))) {
            Some((Some(x), Some(y))) => (x.clamp(-1.0, 1.0), y.clamp(-1.0, 1.0)),
            _ => (0.0, 0.0),
        }
    }
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Poll {
    pub post_id: PostId,
    pub multiple: bool,
    pub ends_at: Option<Timestamp>,
    pub closed: bool,
    pub voters_count: i64,
}

impl Poll {
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.closed || self.ends_at.is_some_and(|end| end <= now)
    }
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PollOption {
    pub post_id: PostId,
    pub position: i64,
    pub title: String,
    pub votes: i64,
}

/// A poll that a member asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewPoll {
    pub options: Vec<String>,
    pub multiple: bool,
    /// Milliseconds from now.
    pub lasts: i64,
}

impl NewPoll {
    pub const MAX_OPTIONS: usize = 8;
    pub const MAX_OPTION: usize = 100;
    /// How long it lasts, ms.
    pub const SHORTEST: i64 = 5 * MINUTE;
    pub const LONGEST: i64 = 90 * DAY;

    /// 2 to 8 different answers of up to 100 characters; from 5 minutes to 90 days.
    pub fn parse(options: &[String], multiple: bool, lasts: i64) -> Result<Self> {
        let options: Vec<String> =
            options.iter().map(|o| o.trim().to_owned()).filter(|o| !o.is_empty()).collect();
        if options.len() < 2 {
            return Err(Error::invalid("poll-too-few"));
        }
        if options.len() > Self::MAX_OPTIONS {
            return Err(Error::Invalid("poll-too-many", Self::MAX_OPTIONS));
        }
        if options.iter().any(|o| o.chars().count() > Self::MAX_OPTION) {
            return Err(Error::Invalid("poll-option-too-long", Self::MAX_OPTION));
        }
        let mut unique = options.clone();
        unique.sort();
        unique.dedup();
        if unique.len() != options.len() {
            return Err(Error::invalid("poll-same-options"));
        }
        if !(Self::SHORTEST..=Self::LONGEST).contains(&lasts) {
            return Err(Error::invalid("poll-duration"));
        }
        Ok(Self { options, multiple, lasts })
    }
}

/// What a member wants to publish, before any rule was applied.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    pub text: String,
    pub audience: Audience,
    pub summary: String,
    pub sensitive: bool,
    pub lang: String,
    pub media: Vec<MediaId>,
    pub in_reply_to: Option<PostId>,
    pub quote: Option<PostId>,
    pub quote_policy: QuotePolicy,
    pub poll: Option<NewPoll>,
    /// When and where people are to meet.
    pub event: Option<NewEvent>,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            text: String::new(),
            audience: Audience::Public,
            summary: String::new(),
            sensitive: false,
            lang: "ja".into(),
            media: Vec::new(),
            in_reply_to: None,
            quote: None,
            quote_policy: QuotePolicy::Public,
            poll: None,
            event: None,
        }
    }
}

impl Draft {
    pub const MAX_SUMMARY: usize = 200;

    /// The rules that need nothing but the draft. `max_chars` is the node's limit.
    pub fn check(&self, max_chars: usize) -> Result<()> {
        let has_more = self.poll.is_some() || self.event.is_some();
        if self.text.trim().is_empty() && self.media.is_empty() && !has_more {
            return Err(Error::invalid("post-empty"));
        }
        check_text(&self.text, &self.summary, max_chars)?;
        if self.media.len() > Media::MAX_PER_POST {
            return Err(Error::Invalid("post-too-many-media", Media::MAX_PER_POST));
        }
        if self.poll.is_some() && !self.media.is_empty() {
            return Err(Error::invalid("post-poll-or-media"));
        }
        if self.event.is_some() && (self.poll.is_some() || self.in_reply_to.is_some()) {
            return Err(Error::invalid("event-stands-alone"));
        }
        if self.event.is_some() && !self.summary.trim().is_empty() {
            return Err(Error::invalid("event-no-warning"));
        }
        check_lang(&self.lang)?;
        Ok(())
    }
}

/// The limits of a text and its warning, for new posts and edits alike.
pub fn check_text(text: &str, summary: &str, max_chars: usize) -> Result<()> {
    // Graphemes are counted only where bytes do not settle it.
    if text.len() > max_chars && markdown::length(text) > max_chars {
        return Err(Error::Invalid("post-too-long", max_chars));
    }
    if text.len() > max_chars * 64 {
        return Err(Error::Invalid("post-too-long", max_chars));
    }
    if summary.chars().count() > Draft::MAX_SUMMARY {
        return Err(Error::Invalid("summary-too-long", Draft::MAX_SUMMARY));
    }
    Ok(())
}

/// Somebody named in a post.
#[derive(Clone, Debug)]
pub struct Mention {
    pub account: Account,
    /// Addressed, but not named in the text.
    pub silent: bool,
}

impl Post {
    pub fn is_gone(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// When the present text was written.
    pub fn last_written(&self) -> &Timestamp {
        self.edited_at.as_ref().unwrap_or(&self.published_at)
    }

    /// A reply is at most as open as what it answers, so that a closed thread does not leak.
    pub fn widest_reply(&self) -> Audience {
        self.audience
    }

    /// The quote rule of FEP-044f as we keep it: oneself always; others by the author's policy, and never what is not open.
    pub fn may_be_quoted_by(&self, by: AccountId, is_follower: bool) -> bool {
        by == self.account_id
            || self.audience.is_open()
                && match self.quote_policy {
                    QuotePolicy::Public => true,
                    QuotePolicy::Followers => is_follower,
                    QuotePolicy::Nobody => false,
                }
    }

    /// Boosts carry only what is open, or one's own post to one's followers.
    pub fn may_be_boosted_by(&self, by: AccountId) -> bool {
        self.audience.is_open() || (self.audience == Audience::Followers && by == self.account_id)
    }
}

/// A language code, or nothing. Errors: `post-language`.
pub fn check_lang(lang: &str) -> Result<()> {
    if lang.len() > 10 || !lang.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(Error::invalid("post-language"));
    }
    Ok(())
}

/// The narrower of two audiences.
pub fn narrower(a: Audience, b: Audience) -> Audience {
    let width = |x: Audience| match x {
        Audience::Public => 5,
        Audience::Unlisted => 4,
        Audience::Followers => 3,
        Audience::Network => 2,
        Audience::Chapter => 1,
        Audience::Direct => 0,
    };
    if width(a) <= width(b) { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_focal_point_stays_within_the_picture() {
        assert_eq!(Media::focus("0.7,-0.7"), (0.7, -0.7));
        assert_eq!(Media::focus("9,-9"), (1.0, -1.0));
        for nonsense in ["", "left", "NaN,0", "1"] {
            assert_eq!(Media::focus(nonsense), (0.0, 0.0), "{nonsense}");
        }
    }

    #[test]
    fn an_empty_post_and_one_over_the_limit_are_refused() {
        let draft = |text: &str| Draft { text: text.into(), ..Draft::default() };
        assert!(matches!(draft("  \n").check(10), Err(Error::Invalid("post-empty", _))));
        assert!(draft("十文字ちょうどですよ").check(10).is_ok());
        assert!(matches!(
            draft("十一文字になりましたよ！").check(10),
            Err(Error::Invalid("post-too-long", 10))
        ));
    }

    #[test]
    fn a_reply_is_never_wider_than_what_it_answers() {
        assert_eq!(narrower(Audience::Public, Audience::Chapter), Audience::Chapter);
        assert_eq!(narrower(Audience::Followers, Audience::Network), Audience::Network);
        assert_eq!(narrower(Audience::Direct, Audience::Public), Audience::Direct);
        assert_eq!(narrower(Audience::Chapter, Audience::Followers), Audience::Chapter);
    }

    #[test]
    fn a_poll_needs_two_different_answers_and_a_sensible_end() {
        let parse = |options: &[&str], lasts| {
            NewPoll::parse(
                &options.iter().map(|o| (*o).to_owned()).collect::<Vec<_>>(),
                false,
                lasts,
            )
        };
        assert!(parse(&["はい", "いいえ", " "], DAY).is_ok());
        assert!(parse(&["はい"], DAY).is_err());
        assert!(parse(&["はい", "はい"], DAY).is_err());
        assert!(parse(&["はい", "いいえ"], 1).is_err());
    }
}
