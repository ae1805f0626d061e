//! `tsudoi config`: what the node would run with.
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use super::{log_filter, say};
use crate::{clock::Clock, config::Config as Settings, mail::Mailer};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Read file and environment; say what is wrong, or that nothing is.
    #[command(after_help = "Example: tsudoi config check")]
    Check,
    /// Print every setting as it is in force; passwords are left out.
    #[command(after_help = "Example: tsudoi config show --json")]
    Show {
        #[arg(long)]
        json: bool,
    },
}

impl Config {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        match self {
            // Loading has checked the rest already.
            Self::Check => {
                Mailer::new(settings, Clock::System)?;
                log_filter(settings)?;
                say(&format!("The configuration is fine. This node is {}", settings.base_url()));
            }
            Self::Show { json } => {
                let mut shown = serde_json::to_value(settings)?;
                for key in ["database_url", "smtp_url"] {
                    if let Some(address) = shown[key].as_str().filter(|a| !a.is_empty()) {
                        shown[key] = without_password(address).into();
                    }
                }
                if json {
                    say(&shown.to_string());
                } else {
                    for (key, value) in shown.as_object().into_iter().flatten() {
                        say(&format!("{key} = {value}"));
                    }
                }
            }
        }
        Ok(())
    }
}

fn without_password(address: &str) -> String {
    match url::Url::parse(address) {
        Ok(mut url) => {
            if url.password().is_some() {
                let _ = url.set_password(Some("…"));
            }
            url.to_string()
        }
        Err(_) => "…".into(),
    }
}
