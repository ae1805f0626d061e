//! The form in which members write, and how it comes back when something is wrong with it.
use super::{
    types::{Audience, Media, NewPoll, QuotePolicy, narrower},
    view::PostView,
};
use crate::{
    error::{Error, Result},
    events::types::{EventWords, NewEvent},
    http::multipart::Multipart,
    ids::{self, PostId},
    web::{Me, Page, Problems},
};
use askama::Template;
use serde::{Deserialize, Serialize};

/// What the form writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    New,
    /// A new event.
    Event,
    Reply(PostId),
    Quote(PostId),
    Edit(PostId),
}

/// Everything that is in the form.
pub struct Composer {
    pub purpose: Purpose,
    pub action: String,
    /// The name of the browser's own draft; nothing for a form that is filled in already.
    pub draft: String,
    /// Sending the same form twice makes one post.
    pub key: String,
    /// The name of the member who writes.
    pub author: String,
    /// Whose post is answered or quoted.
    pub other: String,
    pub text: String,
    pub warning: String,
    pub language: String,
    pub audience: Audience,
    /// The node is in a network, whose members can be an audience.
    pub in_network: bool,
    /// No audience is offered that is wider than that of the post that is answered.
    pub widest: Audience,
    pub quote_policy: QuotePolicy,
    pub options: Vec<String>,
    pub multiple: bool,
    /// Seconds.
    pub ends: i64,
    /// Pictures that were uploaded already.
    pub pictures: Vec<Media>,
    pub limit: usize,
    /// When and where, if it is an event.
    pub event: Option<EventWords>,
    /// What is wrong, said with the text, with the pictures, or beside the field of the event.
    pub text_problem: Option<String>,
    pub picture_problems: Vec<String>,
    pub problems: Problems,
}

const OPTIONS: usize = 4;
const DAY_SECONDS: i64 = 86_400;

/// Languages that are offered, by their own names.
const LANGUAGES: [(&str, &str); 10] = [
    ("ja", "日本語"),
    ("en", "English"),
    ("zh", "中文"),
    ("ko", "한국어"),
    ("vi", "Tiếng Việt"),
    ("pt", "Português"),
    ("id", "Bahasa Indonesia"),
    ("es", "Español"),
    ("fr", "Français"),
    ("de", "Deutsch"),
];

impl Composer {
    pub fn new(me: &Me, purpose: Purpose, lang: &str, limit: usize) -> Self {
        let name = &me.name;
        let draft = match purpose {
            Purpose::New => format!("{name}:new"),
            Purpose::Event => format!("{name}:event"),
            Purpose::Reply(id) => format!("{name}:re-{id}"),
            Purpose::Quote(id) => format!("{name}:quote-{id}"),
            Purpose::Edit(id) => format!("{name}:edit-{id}"),
        };
        let action = match purpose {
            Purpose::Edit(id) => format!("/@{name}/{id}/edit"),
            _ => "/posts".into(),
        };
        Self {
            purpose,
            action,
            draft,
            key: ids::secret(),
            author: name.clone(),
            other: String::new(),
            text: String::new(),
            warning: String::new(),
            language: lang.to_owned(),
            audience: Audience::from_word(&me.default_audience).unwrap_or(Audience::Public),
            in_network: me.in_network,
            widest: Audience::Public,
            quote_policy: QuotePolicy::Public,
            options: vec![String::new(); OPTIONS],
            multiple: false,
            ends: DAY_SECONDS,
            pictures: Vec::new(),
            limit,
            event: None,
            text_problem: None,
            picture_problems: Vec::new(),
            problems: Problems::default(),
        }
    }

    /// For a new event, by the clock of this time zone.
    #[must_use]
    pub fn opening(mut self, timezone: Option<&str>) -> Self {
        let timezone = timezone.unwrap_or("UTC").to_owned();
        self.event = Some(EventWords { timezone, ..EventWords::default() });
        self
    }

    /// The same once more: an event of one's own, on another day.
    #[must_use]
    pub fn repeating(mut self, former: &PostView) -> Self {
        if let Some(known) = &former.event {
            let words = EventWords::of(&former.post.title, &known.event);
            let again = String::new;
            self.event =
                Some(EventWords { starts_at: again(), ends_at: again(), status: again(), ..words });
            self.text.clone_from(&former.post.source);
            self.language.clone_from(&former.post.lang);
            self.audience = former.post.audience;
            self.draft.clear();
        }
        self
    }

    /// For what is an event already: its fields as they are.
    #[must_use]
    pub fn of_event(mut self, post: &PostView) -> Self {
        self.event = post.event.as_ref().map(|e| EventWords::of(&post.post.title, &e.event));
        self
    }

    /// Says what is wrong beside the field that it is about.
    pub fn refuse(&mut self, page: &Page, problem: Error) -> Result<()> {
        let (key, number) = problem.message();
        match self.event.as_ref().and_then(|e| e.field(key)) {
            Some(field) => {
                self.problems.note::<()>(field, page.lang, Err(problem))?;
            }
            None => self.text_problem = Some(page.count(key, number)),
        }
        Ok(())
    }

    /// For an answer: those who take part are named already.
    #[must_use]
    pub fn answering(mut self, me: &Me, parent: &PostView) -> Self {
        let named = std::iter::once(&parent.author).chain(&parent.mentions);
        let mut names: Vec<String> =
            named.filter(|a| a.id != me.id).map(|a| format!("@{} ", a.acct())).collect();
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        self.text = names.concat();
        parent.author.shown_name().clone_into(&mut self.other);
        self.widest = parent.post.widest_reply();
        self.audience = narrower(self.audience, self.widest);
        self.warning.clone_from(&parent.post.summary);
        self
    }

    /// Takes over what was typed. Pictures and problems are the caller's.
    pub fn fill(&mut self, typed: &Typed) {
        self.text.clone_from(&typed.text);
        self.warning.clone_from(&typed.warning);
        if !typed.language.is_empty() {
            self.language.clone_from(&typed.language);
        }
        if let Some(audience) = Audience::from_word(&typed.audience) {
            self.audience = narrower(audience, self.widest);
        }
        self.quote_policy = quote_policy(&typed.quotes);
        self.options.clone_from(&typed.options);
        self.options
            .resize(typed.options.len().clamp(OPTIONS, NewPoll::MAX_OPTIONS), String::new());
        self.multiple = typed.multiple;
        self.ends = typed.ends;
        if typed.event.is_some() {
            self.event.clone_from(&typed.event);
        }
        if !typed.key.is_empty() {
            self.key.clone_from(&typed.key);
        }
    }

    fn audiences(&self) -> Vec<(Audience, &'static str)> {
        let all = [
            (Audience::Public, "audience-public-long"),
            (Audience::Unlisted, "audience-unlisted-long"),
            (Audience::Followers, "audience-followers-long"),
            (Audience::Direct, "audience-direct-long"),
            (Audience::Network, "audience-network-long"),
            (Audience::Chapter, "audience-chapter-long"),
        ];
        let offered = |a: Audience| a != Audience::Network || self.in_network;
        all.into_iter().filter(|(a, _)| narrower(*a, self.widest) == *a && offered(*a)).collect()
    }

    /// The numbers of the empty places for pictures.
    fn places(&self) -> std::ops::RangeInclusive<usize> {
        self.pictures.len() + 1..=Media::MAX_PER_POST
    }

    /// Those that are offered, and the one that the post has.
    fn languages(&self) -> Vec<(&str, &str)> {
        let own = self.language.as_str();
        let other = LANGUAGES.iter().all(|(code, _)| *code != own);
        let other = other.then_some((own, if own.is_empty() { "—" } else { own }));
        LANGUAGES.into_iter().chain(other).collect()
    }

    fn has_poll(&self) -> bool {
        self.options.iter().any(|o| !o.trim().is_empty())
    }

    fn is_edit(&self) -> bool {
        matches!(self.purpose, Purpose::Edit(_))
    }

    fn answers(&self) -> Option<PostId> {
        if let Purpose::Reply(id) = self.purpose { Some(id) } else { None }
    }

    fn quotes(&self) -> Option<PostId> {
        if let Purpose::Quote(id) = self.purpose { Some(id) } else { None }
    }
}

/// What was typed, as the form sends it and as a draft keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    pub text: String,
    pub warning: String,
    pub language: String,
    pub audience: String,
    /// Who may quote it.
    pub quotes: String,
    pub options: Vec<String>,
    pub multiple: bool,
    pub ends: i64,
    #[serde(skip)]
    pub key: String,
    /// The name of the member whose form it was.
    #[serde(default)]
    pub author: String,
    pub in_reply_to: Option<PostId>,
    pub quote: Option<PostId>,
    pub edit: Option<PostId>,
    /// When and where, of an event.
    pub event: Option<EventWords>,
}

impl Typed {
    pub fn read(form: &Multipart) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        let id = |name: &str| form.text(name).parse().ok();
        Self {
            text: text("text"),
            warning: text("warning"),
            language: text("language"),
            audience: text("audience"),
            quotes: text("quotes"),
            options: form.all("option").map(str::to_owned).take(NewPoll::MAX_OPTIONS + 1).collect(),
            multiple: !form.text("multiple").is_empty(),
            ends: form.text("ends").parse().unwrap_or(DAY_SECONDS),
            key: form.text("key").chars().take(64).collect(),
            author: text("author"),
            in_reply_to: id("in_reply_to"),
            quote: id("quote"),
            edit: None,
            event: (!form.text("event").is_empty()).then(|| EventWords {
                name: text("name"),
                starts_at: text("starts_at"),
                ends_at: text("ends_at"),
                timezone: text("timezone"),
                place: text("place"),
                address: text("address"),
                online_url: text("online_url"),
                status: text("status"),
                join_mode: text("join_mode"),
                join_url: text("join_url"),
                capacity: text("capacity"),
            }),
        }
    }

    /// The event, if it is one, by its rules.
    pub fn event(&self) -> Result<Option<NewEvent>> {
        self.event.as_ref().map(NewEvent::parse).transpose()
    }

    pub fn purpose(&self) -> Purpose {
        match (self.edit, self.in_reply_to, self.quote) {
            (Some(id), _, _) => Purpose::Edit(id),
            _ if self.event.is_some() => Purpose::Event,
            (_, Some(id), _) => Purpose::Reply(id),
            (_, _, Some(id)) => Purpose::Quote(id),
            _ => Purpose::New,
        }
    }

    pub fn quote_policy(&self) -> QuotePolicy {
        quote_policy(&self.quotes)
    }
}

fn quote_policy(word: &str) -> QuotePolicy {
    match word {
        "followers" => QuotePolicy::Followers,
        "nobody" => QuotePolicy::Nobody,
        _ => QuotePolicy::Public,
    }
}

#[derive(Template)]
#[template(path = "posts/composer.html")]
pub struct ComposerForm<'a> {
    page: &'a Page,
    c: &'a Composer,
}

impl<'a> ComposerForm<'a> {
    pub fn new(page: &'a Page, c: &'a Composer) -> Self {
        Self { page, c }
    }
}

/// What a field for a time has besides `others`: browsers take whole minutes unless they are told otherwise.
fn time_attrs(time: &str, others: &str) -> String {
    let exact = time.len() > "2026-06-12T18:30".len();
    if exact { format!("{others} step=any") } else { others.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> Me {
        Me {
            id: crate::ids::AccountId(1),
            name: "hana".into(),
            shown_name: "見本はな".into(),
            avatar: String::new(),
            csrf: String::new(),
            may_administer: false,
            default_audience: "public".into(),
            in_network: true,
            unread: 0,
            requests: 0,
        }
    }

    #[test]
    fn an_answer_offers_no_audience_wider_than_what_it_answers() {
        use Audience::{Chapter, Direct, Followers, Network};
        let mut form = Composer::new(&me(), Purpose::Reply(PostId(5)), "ja", 1_000);
        form.widest = Audience::Followers;
        let offered: Vec<Audience> = form.audiences().into_iter().map(|(a, _)| a).collect();
        assert_eq!(offered, [Followers, Direct, Network, Chapter]);
        form.fill(&Typed { audience: "public".into(), ..Typed::default() });
        assert_eq!(form.audience, Audience::Followers);
    }

    #[test]
    fn what_was_typed_comes_back() {
        let typed = Typed {
            text: "雪かき".into(),
            options: vec!["はい".into(), "いいえ".into()],
            ends: 3_600,
            event: Some(EventWords { name: "雪かきの会".into(), ..EventWords::default() }),
            ..Typed::default()
        };
        let kept: Typed = serde_json::from_str(&serde_json::to_string(&typed).unwrap()).unwrap();
        let mut form = Composer::new(&me(), kept.purpose(), "ja", 1_000);
        form.fill(&kept);
        assert_eq!((form.text.as_str(), form.options.len(), form.ends), ("雪かき", 4, 3_600));
        assert!(form.has_poll());
        assert_eq!(
            (form.purpose, form.event.unwrap().name.as_str()),
            (Purpose::Event, "雪かきの会")
        );
    }
}
