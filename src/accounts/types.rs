//! Accounts and members: the words and their rules. Pure.
use crate::{
    clock::Timestamp,
    error::{Error, Result},
    ids::{AccountId, AppId},
    scopes::Scopes,
    text::html,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
pub enum AccountKind {
    Person,
    Service,
    Application,
    Group,
    Organization,
}

impl AccountKind {
    /// The `ActivityPub` type, in both directions.
    pub fn word(self) -> &'static str {
        match self {
            Self::Person => "Person",
            Self::Service => "Service",
            Self::Application => "Application",
            Self::Group => "Group",
            Self::Organization => "Organization",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Person, Self::Service, Self::Application, Self::Group, Self::Organization]
            .into_iter()
            .find(|k| k.word() == word)
    }

    pub fn is_bot(self) -> bool {
        matches!(self, Self::Service | Self::Application)
    }
}

/// A person, group or service actor, local or remote.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Account {
    pub id: AccountId,
    pub uri: String,
    pub local: bool,
    pub kind: AccountKind,
    pub name: String,
    pub host: String,
    pub display_name: String,
    /// Sanitised HTML.
    pub bio_html: String,
    /// What a local member wrote.
    pub bio_source: String,
    /// The web page.
    pub url: String,
    pub inbox: String,
    pub shared_inbox: Option<String>,
    pub outbox: Option<String>,
    pub followers_uri: Option<String>,
    pub featured_uri: Option<String>,
    /// Media name for local accounts, address for remote ones.
    pub avatar: Option<String>,
    pub header: Option<String>,
    /// JSON list of `Field`.
    pub fields: String,
    /// Follows wait for a yes.
    pub locked: bool,
    pub discoverable: bool,
    pub indexable: bool,
    /// JSON list of addresses.
    pub also_known_as: String,
    pub moved_to: Option<String>,
    pub key_id: String,
    /// PEM.
    pub public_key: String,
    pub proof_key_id: Option<String>,
    /// Multibase Ed25519.
    pub proof_key: Option<String>,
    pub followers_count: i64,
    pub following_count: i64,
    pub posts_count: i64,
    pub last_post_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub refreshed_at: Timestamp,
    pub suspended_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
}

impl Account {
    /// Characters of a display name, lines and characters of a bio, number of fields: what members may write.
    pub const MAX_DISPLAY_NAME: usize = 50;
    pub const MAX_BIO: usize = 1_000;
    pub const MAX_FIELDS: usize = 6;
    pub const MAX_FIELD: usize = 255;

    /// `name@host`.
    pub fn handle(&self) -> String {
        format!("{}@{}", self.name, self.host)
    }

    /// What readers of this node see: `name` for our own, `name@host` for others.
    pub fn acct(&self) -> String {
        if self.local { self.name.clone() } else { self.handle() }
    }

    /// The page on this node: `/@name` or `/@name@host`.
    pub fn path(&self) -> String {
        format!("/@{}", self.acct())
    }

    pub fn shown_name(&self) -> &str {
        if self.display_name.is_empty() { &self.name } else { &self.display_name }
    }

    pub fn fields(&self) -> Vec<Field> {
        serde_json::from_str(&self.fields).unwrap_or_default()
    }

    /// The names of the files, or the addresses elsewhere, of what the profile shows.
    pub fn pictures(&self) -> impl Iterator<Item = &String> {
        self.avatar.iter().chain(&self.header)
    }

    pub fn aliases(&self) -> Vec<String> {
        serde_json::from_str(&self.also_known_as).unwrap_or_default()
    }

    /// The inbox that serves many accounts of the host at once, if there is one.
    pub fn best_inbox(&self) -> String {
        self.shared_inbox.clone().unwrap_or_else(|| self.inbox.clone())
    }

    pub fn is_gone(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// Neither deleted nor suspended.
    pub fn is_shown(&self) -> bool {
        !self.is_gone() && self.suspended_at.is_none()
    }

    /// Without what a suspended person says of themselves.
    #[must_use]
    pub fn as_strangers_see_it(self) -> Self {
        if self.is_shown() {
            return self;
        }
        Self {
            display_name: String::new(),
            bio_html: String::new(),
            fields: "[]".into(),
            avatar: None,
            header: None,
            ..self
        }
    }

    /// Errors: `account-suspended`.
    pub fn may_speak(&self) -> Result<()> {
        if self.is_shown() { Ok(()) } else { Err(Error::Forbidden("account-suspended")) }
    }

    /// It passes on what others say; its boosts are nobody's opinion.
    pub fn is_group(&self) -> bool {
        self.kind == AccountKind::Group
    }

    /// The words by which an account is found.
    pub fn searchable(&self) -> String {
        let bio = html::plain_text(&self.bio_html);
        format!("{} {} {} {bio}", self.name, self.host, self.display_name)
    }
}

/// A line of a profile; a web address in it can be verified by a link back with `rel="me"`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    pub name: String,
    /// Sanitised HTML.
    pub value: String,
    /// What a local member wrote; empty for remote accounts.
    #[serde(default)]
    pub source: String,
    #[serde(default)]
    pub verified_at: Option<Timestamp>,
}

#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    sqlx::Type,
    Serialize,
    Deserialize,
    clap::ValueEnum,
)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Member,
    Moderator,
    Admin,
    Owner,
}

impl Role {
    pub fn may_administer(self) -> bool {
        self >= Self::Admin
    }

    /// Nobody gives or takes a role above their own, and only owners make owners.
    pub fn may_set(self, old: Self, new: Self) -> bool {
        self.may_administer() && self >= old && self >= new
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    pub const ALL: [Self; 4] = [Self::Member, Self::Moderator, Self::Admin, Self::Owner];

    /// The message key of its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Member => "role-member",
            Self::Moderator => "role-moderator",
            Self::Admin => "role-admin",
            Self::Owner => "role-owner",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
pub enum MemberState {
    /// Waits for approval.
    Pending,
    Active,
    /// Shut out by an admin; the account is [hidden](Account::is_shown) everywhere.
    Suspended,
}

/// What signs in: the private side of a local account.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Member {
    pub account_id: AccountId,
    pub email: String,
    pub password_hash: Option<String>,
    pub role: Role,
    pub state: MemberState,
    pub reason: String,
    pub lang: crate::text::lang::Lang,
    pub default_audience: String,
    pub default_sensitive: bool,
    /// Of new posts; empty for the language of the pages.
    pub post_lang: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
}

impl Member {
    /// The language that new posts are in when nobody says so.
    pub fn writes_in(&self) -> &str {
        if self.post_lang.is_empty() { self.lang.code() } else { &self.post_lang }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
pub enum FollowState {
    Pending,
    Accepted,
}

/// How a viewer and an account stand to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Relationship {
    pub following: bool,
    pub requested: bool,
    pub followed_by: bool,
    pub blocking: bool,
    pub blocked_by: bool,
    pub muting: bool,
}

/// How far a mute goes.
#[derive(Clone, Copy, Debug)]
pub struct Mute {
    /// Their notifications stay away, too.
    pub notifications: bool,
    /// None: until it is taken back.
    pub until: Option<Timestamp>,
}

impl Mute {
    pub const ENTIRELY: Self = Self { notifications: true, until: None };
}

/// A password that may be set: 10 to 200 characters, any kind.
pub struct NewPassword(String);

impl NewPassword {
    pub const MIN: usize = 10;
    pub const MAX: usize = 200;

    pub fn parse(text: &str) -> Result<Self> {
        let length = text.chars().count();
        if length < Self::MIN {
            return Err(Error::Invalid("password-too-short", Self::MIN));
        }
        if length > Self::MAX {
            return Err(Error::Invalid("password-too-long", Self::MAX));
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a program shows instead of a password.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Token {
    pub token_hash: String,
    /// The program that it was given to, if that is registered.
    pub app_id: Option<AppId>,
    #[sqlx(try_from = "String")]
    pub scopes: Scopes,
    /// To the hour.
    pub last_used_at: Timestamp,
}

/// What a member may change about their profile, within limits.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    pub display_name: String,
    pub bio: String,
    pub fields: Vec<(String, String)>,
    pub locked: bool,
    pub discoverable: bool,
    pub indexable: bool,
    /// No person posts, but a program.
    pub bot: bool,
    /// Names of files.
    pub avatar: Option<String>,
    pub header: Option<String>,
}

impl ProfileChange {
    /// What the profile says now.
    pub fn of(account: &Account) -> Self {
        Self {
            display_name: account.display_name.clone(),
            bio: account.bio_source.clone(),
            fields: account.fields().into_iter().map(|f| (f.name, f.source)).collect(),
            locked: account.locked,
            discoverable: account.discoverable,
            indexable: account.indexable,
            bot: account.kind.is_bot(),
            avatar: account.avatar.clone(),
            header: account.header.clone(),
        }
    }

    /// What is wrong, each under the name of its field.
    pub fn checks(&self) -> [(&'static str, Result<()>); 3] {
        [("name", self.check_name()), ("bio", self.check_bio()), ("fields", self.check_fields())]
    }

    /// Refuses what is too long.
    pub fn check(&self) -> Result<()> {
        for (_, outcome) in self.checks() {
            outcome?;
        }
        Ok(())
    }

    fn check_name(&self) -> Result<()> {
        within(&self.display_name, Account::MAX_DISPLAY_NAME, "display-name-too-long")
    }

    fn check_bio(&self) -> Result<()> {
        within(&self.bio, Account::MAX_BIO, "bio-too-long")
    }

    fn check_fields(&self) -> Result<()> {
        let filled =
            self.fields.iter().filter(|(n, v)| !n.trim().is_empty() && !v.trim().is_empty());
        if filled.count() > Account::MAX_FIELDS {
            return Err(Error::Invalid("too-many-fields", Account::MAX_FIELDS));
        }
        self.fields
            .iter()
            .flat_map(|(name, value)| [name, value])
            .try_for_each(|text| within(text, Account::MAX_FIELD, "field-too-long"))
    }
}

fn within(text: &str, max: usize, key: &'static str) -> Result<()> {
    if text.chars().count() > max { Err(Error::Invalid(key, max)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gives_or_takes_a_role_above_their_own() {
        assert!(Role::Owner.may_set(Role::Member, Role::Owner));
        assert!(Role::Admin.may_set(Role::Member, Role::Admin));
        assert!(!Role::Admin.may_set(Role::Owner, Role::Member));
        assert!(!Role::Admin.may_set(Role::Member, Role::Owner));
        assert!(!Role::Moderator.may_set(Role::Member, Role::Member));
    }

    #[test]
    fn a_profile_that_is_too_long_is_refused() {
        assert!(ProfileChange::default().check().is_ok());
        let long = ProfileChange { bio: "あ".repeat(1_001), ..ProfileChange::default() };
        assert!(matches!(long.check(), Err(Error::Invalid("bio-too-long", 1_000))));
    }
}
