//! The fields, their limits, and the rule who may see them. Pure.
use super::super::types::{Account, Role};
use crate::{
    clock::Timestamp,
    error::{Error, Result},
    ids::AccountId,
    text::{Lang, html, kana},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a member may tell, in the order in which it is shown.
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
    JsonSchema,
)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum DetailField {
    Name,
    /// How the name is read: hiragana.
    Reading,
    /// The word of an [`Affiliation`].
    Affiliation,
    Organisation,
    Position,
    /// As the member writes it; there is no list of them yet.
    Municipality,
    Skills,
    Interests,
    /// A word to everybody.
    Word,
}

impl DetailField {
    pub const ALL: [Self; 9] = [
        Self::Name,
        Self::Reading,
        Self::Affiliation,
        Self::Organisation,
        Self::Position,
        Self::Municipality,
        Self::Skills,
        Self::Interests,
        Self::Word,
    ];

    /// Its name in the database, the API, forms and documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Reading => "reading",
            Self::Affiliation => "affiliation",
            Self::Organisation => "organisation",
            Self::Position => "position",
            Self::Municipality => "municipality",
            Self::Skills => "skills",
            Self::Interests => "interests",
            Self::Word => "word",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.word() == word)
    }

    /// The message key of its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Name => "detail-name",
            Self::Reading => "detail-reading",
            Self::Affiliation => "detail-affiliation",
            Self::Organisation => "detail-organisation",
            Self::Position => "detail-position",
            Self::Municipality => "detail-municipality",
            Self::Skills => "detail-skills",
            Self::Interests => "detail-interests",
            Self::Word => "detail-word",
        }
    }

    /// The most characters. Mastodon shows no more than 255 of its own members' fields.
    pub fn limit(self) -> usize {
        match self {
            Self::Name | Self::Reading | Self::Affiliation | Self::Municipality => 50,
            Self::Organisation | Self::Position => 100,
            Self::Skills | Self::Interests | Self::Word => 200,
        }
    }

    /// What is kept of what was typed: one line; nothing when there is nothing. Errors: `text-too-long`, `detail-reading-kana`,
    /// `detail-affiliation-unknown`.
    pub fn check(self, typed: &str) -> Result<String> {
        let limit = self.limit();
        let line = if self == Self::Reading {
            kana::hiragana(typed).ok_or(Error::invalid("detail-reading-kana"))?
        } else {
            typed.trim().to_owned()
        };
        if line.chars().count() > limit {
            return Err(Error::Invalid("text-too-long", limit));
        }
        let line = html::one_line(&line, limit);
        if self == Self::Affiliation && !line.is_empty() && Affiliation::from_word(&line).is_none()
        {
            return Err(Error::invalid("detail-affiliation-unknown"));
        }
        Ok(line)
    }
}

/// Where a member belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affiliation {
    Municipality,
    Prefecture,
    Firm,
    Npo,
    University,
    Student,
    Other,
}

impl Affiliation {
    pub const ALL: [Self; 7] = [
        Self::Municipality,
        Self::Prefecture,
        Self::Firm,
        Self::Npo,
        Self::University,
        Self::Student,
        Self::Other,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Municipality => "municipality",
            Self::Prefecture => "prefecture",
            Self::Firm => "firm",
            Self::Npo => "npo",
            Self::University => "university",
            Self::Student => "student",
            Self::Other => "other",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.word() == word)
    }

    /// The message key of its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Municipality => "affiliation-municipality",
            Self::Prefecture => "affiliation-prefecture",
            Self::Firm => "affiliation-firm",
            Self::Npo => "affiliation-npo",
            Self::University => "affiliation-university",
            Self::Student => "affiliation-student",
            Self::Other => "affiliation-other",
        }
    }
}

/// Who may see a detail, the fewest first: each includes those before it.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    sqlx::Type,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "DetailAudience")]
pub enum Audience {
    /// Moderators, admins and owners of the member's node. The member, too.
    Staff,
    /// Members of the member's node.
    #[default]
    Chapter,
    /// Members of all nodes of the network.
    Network,
    /// Anybody, here and elsewhere.
    Public,
}

impl Audience {
    pub const ALL: [Self; 4] = [Self::Staff, Self::Chapter, Self::Network, Self::Public];

    pub fn word(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Chapter => "chapter",
            Self::Network => "network",
            Self::Public => "public",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.word() == word)
    }

    /// The message key of its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Staff => "detail-audience-staff",
            Self::Chapter => "detail-audience-chapter",
            Self::Network => "detail-audience-network",
            Self::Public => "detail-audience-public",
        }
    }

    /// The message key that says whom it reaches.
    pub fn label_long(self) -> &'static str {
        match self {
            Self::Staff => "detail-audience-staff-long",
            Self::Chapter => "detail-audience-chapter-long",
            Self::Network => "detail-audience-network-long",
            Self::Public => "detail-audience-public-long",
        }
    }

    /// The narrowest audience to which somebody who reads on this node belongs, towards `person`. The staff of one node are members like all others
    /// towards the people of another.
    pub fn of_reader(reader: Option<(AccountId, Role)>, person: &Account) -> Self {
        match reader {
            None => Self::Public,
            Some(_) if !person.local => Self::Network,
            Some((id, role)) if id == person.id || role > Role::Member => Self::Staff,
            Some(_) => Self::Chapter,
        }
    }

    /// The audiences to which a reader of this one belongs: what is for one of them, they may see. This is the rule; the database is asked by it.
    pub fn seen(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |audience| *audience >= self)
    }

    /// It reaches other nodes of the network.
    pub fn is_shared(self) -> bool {
        self >= Self::Network
    }
}

/// A field that a member has filled in.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Detail {
    pub field: DetailField,
    /// One line of plain text.
    pub value: String,
    pub audience: Audience,
    /// When the member said this for this audience: the record of their consent.
    pub chosen_at: Timestamp,
}

impl Detail {
    /// The value for people.
    pub fn words(&self, lang: Lang) -> &str {
        match Affiliation::from_word(&self.value) {
            Some(affiliation) if self.field == DetailField::Affiliation => {
                lang.t(affiliation.label())
            }
            _ => &self.value,
        }
    }
}

/// What a member wants a field to say, and to whom.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub field: DetailField,
    pub value: String,
    pub audience: Audience,
}

impl Wanted {
    /// What `field` says now, among all `details` of a member.
    pub fn of(field: DetailField, details: &[Detail]) -> Self {
        match details.iter().find(|d| d.field == field) {
            Some(d) => Self { field, value: d.value.clone(), audience: d.audience },
            None => Self { field, value: String::new(), audience: Audience::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_audience_includes_the_narrower_ones() {
        use Audience::{Chapter, Network, Public, Staff};
        let sees = |who: Audience| who.seen().collect::<Vec<_>>();
        assert_eq!(sees(Staff), [Staff, Chapter, Network, Public]);
        assert_eq!(sees(Chapter), [Chapter, Network, Public]);
        assert_eq!(sees(Network), [Network, Public]);
        assert_eq!(sees(Public), [Public]);
        assert_eq!(Audience::ALL.map(Audience::is_shared), [false, false, true, true]);
    }

    #[test]
    fn what_is_too_long_or_no_reading_is_refused_and_blanks_are_nothing() {
        let name = DetailField::Name;
        assert_eq!(name.check(" 岩手　藍子 \n").unwrap(), "岩手　藍子");
        assert_eq!(name.check("   ").unwrap(), "");
        for field in DetailField::ALL.into_iter().filter(|f| *f != DetailField::Affiliation) {
            let most = "あ".repeat(field.limit());
            assert_eq!(field.check(&most).unwrap(), most, "{field:?}");
            let long = format!("{most}あ");
            let refused = field.check(&long);
            assert!(matches!(refused, Err(Error::Invalid("text-too-long", _))), "{field:?}");
        }
        let refused = DetailField::Reading.check("岩手");
        assert!(matches!(refused, Err(Error::Invalid("detail-reading-kana", 0))));
        assert_eq!(DetailField::Reading.check("イワテ アイコ").unwrap(), "いわて あいこ");
        assert_eq!(DetailField::Affiliation.check("npo").unwrap(), "npo");
        assert!(DetailField::Affiliation.check("guild").is_err());
    }

    #[test]
    fn words_are_the_same_in_both_directions() {
        for field in DetailField::ALL {
            assert_eq!(DetailField::from_word(field.word()), Some(field));
        }
        for audience in Audience::ALL {
            assert_eq!(Audience::from_word(audience.word()), Some(audience));
        }
        for affiliation in Affiliation::ALL {
            assert_eq!(Affiliation::from_word(affiliation.word()), Some(affiliation));
        }
    }
}
