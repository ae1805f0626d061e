//! What a program may do for a member: the scopes of a token, and (`endpoints`) which of them an address of the API needs.
//!
//! The names are Mastodon's: <https://docs.joinmastodon.org/api/oauth-scopes/>.
pub mod endpoints;

use crate::{
    error::{Error, Result},
    text::Lang,
};
use std::fmt;

macro_rules! scopes {
    ($($scope:ident $name:literal)*) => {
        /// One right.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Scope { $($scope),* }

        impl Scope {
            pub const ALL: &[Self] = &[$(Self::$scope),*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$scope => $name),* }
            }
        }
    };
}

scopes! {
    Read "read"
    ReadAccounts "read:accounts"
    ReadBlocks "read:blocks"
    ReadBookmarks "read:bookmarks"
    ReadFavourites "read:favourites"
    ReadFilters "read:filters"
    ReadFollows "read:follows"
    ReadLists "read:lists"
    ReadMutes "read:mutes"
    ReadNotifications "read:notifications"
    ReadSearch "read:search"
    ReadStatuses "read:statuses"
    Write "write"
    WriteAccounts "write:accounts"
    WriteBlocks "write:blocks"
    WriteBookmarks "write:bookmarks"
    WriteConversations "write:conversations"
    WriteFavourites "write:favourites"
    WriteFilters "write:filters"
    WriteFollows "write:follows"
    WriteLists "write:lists"
    WriteMedia "write:media"
    WriteMutes "write:mutes"
    WriteNotifications "write:notifications"
    WriteReports "write:reports"
    WriteStatuses "write:statuses"
    Follow "follow"
    Push "push"
    Profile "profile"
    AdminRead "admin:read"
    AdminReadAccounts "admin:read:accounts"
    AdminReadReports "admin:read:reports"
    AdminReadDomainAllows "admin:read:domain_allows"
    AdminReadDomainBlocks "admin:read:domain_blocks"
    AdminReadIpBlocks "admin:read:ip_blocks"
    AdminReadEmailDomainBlocks "admin:read:email_domain_blocks"
    AdminReadCanonicalEmailBlocks "admin:read:canonical_email_blocks"
    AdminWrite "admin:write"
    AdminWriteAccounts "admin:write:accounts"
    AdminWriteReports "admin:write:reports"
    AdminWriteDomainAllows "admin:write:domain_allows"
    AdminWriteDomainBlocks "admin:write:domain_blocks"
    AdminWriteIpBlocks "admin:write:ip_blocks"
    AdminWriteEmailDomainBlocks "admin:write:email_domain_blocks"
    AdminWriteCanonicalEmailBlocks "admin:write:canonical_email_blocks"
}

impl Scope {
    /// True when who has this right has the other one, too: `read` is every `read:…`, `follow` all about following, blocking and muting.
    fn includes(self, other: Self) -> bool {
        let part = other.name().strip_prefix(self.name());
        part.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
            || self == Self::Follow
                && matches!(
                    other,
                    Self::ReadBlocks
                        | Self::ReadFollows
                        | Self::ReadMutes
                        | Self::WriteBlocks
                        | Self::WriteFollows
                        | Self::WriteMutes
                )
    }

    /// The right in plain words, for the member who is asked for it.
    fn words(self, lang: Lang) -> String {
        let (may, of) = self.name().rsplit_once(':').unwrap_or(("", self.name()));
        match may {
            "" | "admin" => lang.t(&format!("scope-{}", self.name().replace(':', "-"))).to_owned(),
            _ => {
                let of = format!("scope-of-{}", of.replace('_', "-"));
                lang.with(&format!("scope-may-{}", may.replace(':', "-")), "what", lang.t(&of))
            }
        }
    }
}

/// The rights of a token or a program, each once; written as names with spaces between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// What a program gets that asks for nothing in particular.
    pub fn least() -> Self {
        Self(vec![Scope::Read])
    }

    /// All rights.
    pub fn all() -> Self {
        use Scope::{AdminRead, AdminWrite, Follow, Profile, Push, Read, Write};
        Self(vec![Read, Write, Follow, Push, Profile, AdminRead, AdminWrite])
    }

    /// Reads `read write:statuses …`; nothing at all is [`Self::least`]. An unknown name is refused with `invalid_scope`.
    pub fn parse(text: &str) -> Result<Self> {
        let mut scopes = Vec::new();
        for word in text.split_whitespace() {
            let known = Scope::ALL.iter().find(|scope| scope.name() == word);
            scopes.push(*known.ok_or_else(|| Error::invalid("scope-unknown"))?);
        }
        if scopes.is_empty() {
            return Ok(Self::least());
        }
        scopes.sort_unstable();
        scopes.dedup();
        Ok(Self(scopes))
    }

    pub fn allow(&self, needed: Scope) -> bool {
        self.0.iter().any(|scope| scope.includes(needed))
    }

    /// True when every one of these rights is among one's own.
    pub fn cover(&self, asked: &Self) -> bool {
        asked.0.iter().all(|scope| self.allow(*scope))
    }

    /// The rights in plain words. What another one of them includes is left out.
    pub fn words(&self, lang: Lang) -> Vec<String> {
        let told = self
            .0
            .iter()
            .filter(|scope| !self.0.iter().any(|other| other != *scope && other.includes(**scope)));
        told.map(|scope| scope.words(lang)).collect()
    }

    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|scope| scope.name()).collect()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(" "))
    }
}

/// As a column of the database has it.
impl TryFrom<String> for Scopes {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(text: &str) -> Scopes {
        Scopes::parse(text).unwrap()
    }

    #[test]
    fn scopes_are_written_as_they_are_read_each_once() {
        assert_eq!(scopes("write  read:blocks\nread:blocks").to_string(), "read:blocks write");
        assert_eq!(scopes(""), Scopes::least());
        assert_eq!(scopes(&Scopes::all().to_string()), Scopes::all());
        for unknown in ["reed", "read:everything", "READ", "read,write"] {
            assert!(matches!(Scopes::parse(unknown), Err(Error::Invalid("scope-unknown", _))));
        }
    }

    #[test]
    fn a_wide_scope_includes_its_parts_and_a_part_never_the_whole() {
        assert!(scopes("read").allow(Scope::ReadStatuses));
        assert!(!scopes("read").allow(Scope::WriteStatuses));
        assert!(!scopes("read:statuses").allow(Scope::Read));
        assert!(!scopes("read:statuses").allow(Scope::ReadAccounts));
        assert!(!scopes("read write").allow(Scope::AdminRead));
        assert!(scopes("admin:write").allow(Scope::AdminWriteReports));
        assert!(scopes("read write").cover(&scopes("read:blocks write:media")));
        assert!(!scopes("read").cover(&scopes("read write:media")));
        assert!(!scopes("read:accounts").cover(&scopes("read")));
        assert!(Scope::ALL.iter().all(|scope| Scopes::all().allow(*scope)));
    }

    #[test]
    fn follow_is_following_blocking_and_muting_and_nothing_else() {
        let allowed: Vec<_> =
            Scope::ALL.iter().filter(|s| scopes("follow").allow(**s)).map(|s| s.name()).collect();
        assert_eq!(
            allowed,
            [
                "read:blocks",
                "read:follows",
                "read:mutes",
                "write:blocks",
                "write:follows",
                "write:mutes",
                "follow",
            ]
        );
    }

    #[test]
    fn every_scope_has_words_and_what_is_included_is_said_once() {
        for lang in Lang::ALL {
            for scope in Scope::ALL {
                let words = scope.words(lang);
                assert!(!words.contains("scope-"), "{scope:?} {words}");
            }
            assert_eq!(scopes("read read:blocks follow").words(lang).len(), 2);
        }
    }
}
