//! Mail to members: plain text, through an SMTP server or as files.
//!
//! Must not live here: what mails say (`text/locales`) and when they are sent (the features).
mod message;
mod smtp;

pub use message::{EmailAddress, Outgoing};
pub use smtp::{MailError, Mailer};
