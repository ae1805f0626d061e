//! The streams that programs can listen to: their names, and which posts belong to them. Pure.
//! <https://docs.joinmastodon.org/methods/streaming/#streams>
use crate::{
    error::{Error, Result},
    ids::AccountId,
    posts::{read::tag_key, types::Audience, view::PostView},
};
use std::{borrow::Cow, collections::HashSet};

/// What a program listens to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// The home timeline and notifications.
    User,
    /// Notifications alone.
    Notifications,
    Public {
        place: Place,
        only_media: bool,
    },
    Hashtag {
        tag: String,
        only_local: bool,
    },
    /// One of the member's lists, by its id.
    List(i64),
    Direct,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Anywhere,
    Here,
    Elsewhere,
}

/// How programs name a stream: in the address, or in a message on the socket.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Named {
    pub stream: String,
    pub tag: String,
    pub only_media: bool,
    pub list: String,
}

impl Named {
    /// The stream of that name. Errors: `NotFound` for an unknown one, `Malformed` for a hashtag stream without its tag and a list without
    /// its id. Whose list it is is another question.
    pub fn stream(&self) -> Result<Stream> {
        let public =
            |place, only_media| Stream::Public { place, only_media: only_media || self.only_media };
        Ok(match self.stream.as_str() {
            "user" => Stream::User,
            "user:notification" => Stream::Notifications,
            "public" => public(Place::Anywhere, false),
            "public:media" => public(Place::Anywhere, true),
            "public:local" => public(Place::Here, false),
            "public:local:media" => public(Place::Here, true),
            "public:remote" => public(Place::Elsewhere, false),
            "public:remote:media" => public(Place::Elsewhere, true),
            "hashtag" => Stream::Hashtag { tag: self.tag()?, only_local: false },
            "hashtag:local" => Stream::Hashtag { tag: self.tag()?, only_local: true },
            "list" => Stream::List(self.list()?),
            "direct" => Stream::Direct,
            _ => return Err(Error::NotFound),
        })
    }

    fn tag(&self) -> Result<String> {
        let tag = tag_key(self.tag.trim_start_matches(['#', '＃']));
        if tag.is_empty() || tag.chars().count() > 100 {
            return Err(Error::Malformed("tag: 1 to 100 characters".into()));
        }
        Ok(tag)
    }

    fn list(&self) -> Result<i64> {
        if self.list.is_empty() {
            return Err(Error::Malformed("list: the id of a list".into()));
        }
        self.list.parse().map_err(|_no_id| Error::NotFound)
    }
}

impl Stream {
    /// The stream's name in a message on the socket: its words, and the tag or the list if it has one.
    pub fn name(&self) -> Vec<Cow<'_, str>> {
        let words = match self {
            Self::User => vec!["user"],
            Self::Notifications => vec!["user:notification"],
            Self::Public { place, only_media } => vec![match (place, only_media) {
                (Place::Anywhere, false) => "public",
                (Place::Anywhere, true) => "public:media",
                (Place::Here, false) => "public:local",
                (Place::Here, true) => "public:local:media",
                (Place::Elsewhere, false) => "public:remote",
                (Place::Elsewhere, true) => "public:remote:media",
            }],
            Self::Hashtag { tag, only_local: false } => vec!["hashtag", tag],
            Self::Hashtag { tag, only_local: true } => vec!["hashtag:local", tag],
            Self::List(id) => return vec!["list".into(), id.to_string().into()],
            Self::Direct => vec!["direct"],
        };
        words.into_iter().map(Cow::Borrowed).collect()
    }
}

/// Where a post belongs.
pub struct Belongs<'a> {
    pub view: &'a PostView,
    /// Those in whose home timeline it stands.
    pub home: &'a HashSet<AccountId>,
    /// The lists in which it stands.
    pub lists: &'a HashSet<i64>,
}

impl Belongs<'_> {
    /// True when the stream of `me` shows the post; whether `me` may read it is another question. Boosts are shown at home and
    /// in lists alone.
    pub fn to(&self, stream: &Stream, me: AccountId) -> bool {
        let post = &self.view.post;
        let is_public = post.audience == Audience::Public && self.view.booster.is_none();
        match stream {
            Stream::User => self.home.contains(&me),
            Stream::List(id) => self.lists.contains(id),
            Stream::Public { place, only_media } => {
                is_public
                    && !self.answers_others()
                    && match place {
                        Place::Anywhere => true,
                        Place::Here => post.local,
                        Place::Elsewhere => !post.local,
                    }
                    && (!only_media || !self.view.media.is_empty())
            }
            Stream::Hashtag { tag, only_local } => {
                is_public && (post.local || !only_local) && self.view.tags.contains(tag)
            }
            Stream::Notifications | Stream::Direct => false,
        }
    }

    fn answers_others(&self) -> bool {
        let own = |a: &std::sync::Arc<_>| {
            let parent: &crate::accounts::types::Account = a;
            parent.id == self.view.post.account_id
        };
        self.view.post.in_reply_to_uri.is_some() && !self.view.reply_to.as_ref().is_some_and(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_answered_by_the_name_it_was_asked_for() {
        for name in [
            "user",
            "user:notification",
            "public",
            "public:media",
            "public:local",
            "public:local:media",
            "public:remote",
            "public:remote:media",
            "direct",
        ] {
            let named = Named { stream: name.to_owned(), ..Named::default() };
            assert_eq!(named.stream().unwrap().name(), [name]);
        }
        let tagged = |stream: &str, tag: &str| {
            Named { stream: stream.to_owned(), tag: tag.to_owned(), ..Named::default() }.stream()
        };
        assert_eq!(tagged("hashtag", "#Tohoku").unwrap().name(), ["hashtag", "tohoku"]);
        assert_eq!(tagged("hashtag:local", "集い").unwrap().name(), ["hashtag:local", "集い"]);
        assert!(matches!(tagged("hashtag", ""), Err(Error::Malformed(_))));
        assert!(matches!(tagged("everything", ""), Err(Error::NotFound)));
        let list = |id: &str| {
            Named { stream: "list".into(), list: id.to_owned(), ..Named::default() }.stream()
        };
        assert_eq!(list("12").unwrap().name(), ["list", "12"]);
        assert!(matches!(list(""), Err(Error::Malformed(_))));
        assert!(matches!(list("friends"), Err(Error::NotFound)));
    }

    #[test]
    fn only_media_can_be_asked_for_apart() {
        let named = Named { stream: "public:local".into(), only_media: true, ..Named::default() };
        assert_eq!(named.stream().unwrap().name(), ["public:local:media"]);
    }
}
