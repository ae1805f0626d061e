//! What the software keeps of people and to whom it sends it, in plain words: true on every node, and written with the code in view.
use crate::text::Lang;
use askama::Template;

/// The day (UTC) on which the words last changed, in any language.
pub const WRITTEN_ON: &str = "2026-11-24";

const SECTIONS: [(&str, &[&str]); 4] = [
    (
        "privacy-kept",
        &[
            "privacy-mail",
            "privacy-secrets",
            "privacy-devices",
            SESSIONS,
            "privacy-posts",
            "privacy-own",
            "privacy-cookies",
        ],
    ),
    (
        "privacy-sent",
        &[
            "privacy-public",
            "privacy-network",
            "privacy-followers",
            "privacy-readable",
            "privacy-details",
            "privacy-reactions",
            "privacy-events",
            "privacy-push",
        ],
    ),
    ("privacy-logs", &["privacy-no-logs", "privacy-other-logs"]),
    (
        "privacy-gone",
        &[
            "privacy-codes",
            "privacy-deleting",
            "privacy-leaving",
            "privacy-backups",
            "privacy-copies",
        ],
    ),
];
/// The one line that depends on how the node is configured.
const SESSIONS: &str = "privacy-sessions";

/// The text without the frame of a page.
#[derive(Template)]
#[template(path = "timelines/privacy_text.html")]
pub struct PrivacyText {
    lang: Lang,
    session_days: u32,
}

impl PrivacyText {
    pub fn new(lang: Lang, session_days: u32) -> Self {
        Self { lang, session_days }
    }

    fn line(&self, key: &str) -> String {
        if key == SESSIONS {
            self.lang.count(SESSIONS, self.session_days)
        } else {
            self.lang.t(key).to_owned()
        }
    }
}
