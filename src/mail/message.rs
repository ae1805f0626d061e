//! Addresses and the making of messages.
use crate::{
    clock::Timestamp,
    error::{Error, Result},
    ids,
};
use lettre::{
    Address,
    address::Envelope,
    message::{
        Mailbox, Message, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};
use std::{fmt, str::FromStr};
use unicode_normalization::UnicodeNormalization;

/// A mail address: one `@`, at most 254 bytes of ASCII, nothing that could end a header.
///
/// Wider than RFC 5321: dots may stand anywhere (`taro..1@docomo.ne.jp`), since carriers once gave out such addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    name: String,
    host: String,
}

impl EmailAddress {
    const MAX: usize = 254;
    const MAX_NAME: usize = 64;

    /// Reads an address; full-width letters become plain ones, a Japanese domain its ASCII form.
    pub fn parse(text: &str) -> Result<Self> {
        let text: String = text.trim().nfkc().take(2 * Self::MAX).collect();
        if text.len() > Self::MAX {
            return Err(Error::Invalid("email-long", Self::MAX));
        }
        let bad = || Error::invalid("email-form");
        let (name, host) = text.split_once('@').ok_or_else(bad)?;
        let legal = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        if name.is_empty() || name.len() > Self::MAX_NAME || !name.chars().all(legal) {
            return Err(bad());
        }
        let letter = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.');
        let Ok(url::Host::Domain(host)) = url::Host::parse(host) else { return Err(bad()) };
        let label = |label: &str| !label.is_empty() && label.len() <= 63;
        if !host.chars().all(letter) || !host.split('.').all(label) {
            return Err(bad());
        }
        let address = Self { name: name.to_owned(), host };
        if address.to_string().len() > Self::MAX {
            return Err(Error::Invalid("email-long", Self::MAX));
        }
        Ok(address)
    }

    /// The form by which two addresses are the same: lower-case. No provider of note tells capitals apart.
    pub fn key(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }

    /// As servers say it to each other, unquoted: carriers take their odd addresses in this form only.
    fn envelope(&self) -> Address {
        Address::new_dangerous(&self.name, &self.host)
    }

    /// As it stands in a header, where odd dots need quotes (RFC 5322 §3.4.1).
    fn header(&self) -> Address {
        let odd = self.name.split('.').any(str::is_empty);
        let name = if odd { format!("\"{}\"", self.name) } else { self.name.clone() };
        Address::new_dangerous(name, &self.host)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.host)
    }
}

impl FromStr for EmailAddress {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

/// A mail to one person.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub to: EmailAddress,
    /// Who writes, as the recipient knows it: the node's name.
    pub from_name: String,
    pub subject: String,
    pub text_body: String,
}

/// Makes the message that `sender` sends at `now`; its id lies under `domain`.
pub(super) fn compose(
    mail: &Outgoing,
    sender: &EmailAddress,
    domain: &str,
    now: Timestamp,
) -> Result<Message> {
    let unmade = |e: lettre::error::Error| Error::Internal(format!("mail: {e}"));
    let from_name = header_text(&mail.from_name);
    let from_name = (!from_name.is_empty()).then_some(from_name);
    let envelope = Envelope::new(Some(sender.envelope()), vec![mail.to.envelope()]);
    let auto_submitted =
        HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into());
    Message::builder()
        .envelope(envelope.map_err(unmade)?)
        .message_id(Some(format!("<{}@{domain}>", ids::secret())))
        .date(now.system_time())
        .from(Mailbox::new(from_name, sender.header()))
        .to(Mailbox::new(None, mail.to.header()))
        .subject(header_text(&mail.subject))
        // RFC 3834: no vacation notes in reply.
        .raw_header(auto_submitted)
        .singlepart(SinglePart::plain(mail.text_body.clone()))
        .map_err(unmade)
}

/// One line of at most 200 characters.
fn header_text(text: &str) -> String {
    let line: String =
        text.chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(to: &str, subject: &str) -> String {
        let mail = Outgoing {
            to: to.parse().unwrap(),
            from_name: "東北OM いわて".into(),
            subject: subject.into(),
            text_body: "こんにちは。\nコードは 123456 です。\n".into(),
        };
        let sender = "tsudoi@om.example.jp".parse().unwrap();
        let now = Timestamp::parse("2026-11-22T04:30:00Z").unwrap();
        let message = compose(&mail, &sender, "om.example.jp", now).unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    fn header<'m>(message: &'m str, name: &str) -> &'m str {
        let head = message.split("\r\n\r\n").next().unwrap();
        head.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap()
    }

    #[test]
    fn addresses_are_read_as_people_type_them() {
        for (text, address, key) in [
            (" Aiko@Example.JP ", "Aiko@example.jp", "aiko@example.jp"),
            ("ａｉｋｏ＠example.jp", "aiko@example.jp", "aiko@example.jp"),
            ("taro..1@docomo.ne.jp", "taro..1@docomo.ne.jp", "taro..1@docomo.ne.jp"),
            (".taro.@ezweb.ne.jp", ".taro.@ezweb.ne.jp", ".taro.@ezweb.ne.jp"),
            ("a+b_c/d@x.example", "a+b_c/d@x.example", "a+b_c/d@x.example"),
            ("aiko@集い.example", "aiko@xn--n8jv002a.example", "aiko@xn--n8jv002a.example"),
            ("aiko@localhost", "aiko@localhost", "aiko@localhost"),
        ] {
            let read = EmailAddress::parse(text).unwrap();
            assert_eq!(
                (read.to_string().as_str(), read.key().as_str()),
                (address, key),
                "{text:?}"
            );
        }
    }

    #[test]
    fn addresses_that_could_do_harm_are_refused() {
        for text in [
            "",
            "aiko",
            "@x.example",
            "aiko@",
            "a@b@x.example",
            "aiko@x.example\r\nBcc: all@x.example",
            "aiko\r\n@x.example",
            "ai ko@x.example",
            "\"aiko\"@x.example",
            "<aiko@x.example>",
            "aiko,ken@x.example",
            "愛子@x.example",
            "aiko@x..example",
            "aiko@x_y.example",
            "aiko@127.0.0.1",
            "aiko@[::1]",
            "aiko\0@x.example",
        ] {
            assert_eq!(
                EmailAddress::parse(text).unwrap_err().message().0,
                "email-form",
                "{text:?}"
            );
        }
        let long = format!("{}@x.example", "a".repeat(300));
        assert_eq!(EmailAddress::parse(&long).unwrap_err().message(), ("email-long", 254));
    }

    #[test]
    fn a_message_has_the_headers_that_mail_servers_look_at() {
        let message = letter("aiko@x.example", "ログインコード 123456");
        assert!(header(&message, "Message-ID").ends_with("@om.example.jp>"));
        assert_eq!(header(&message, "Date"), "Sun, 22 Nov 2026 04:30:00 +0000");
        assert_eq!(header(&message, "To"), "aiko@x.example");
        assert!(header(&message, "From").ends_with("<tsudoi@om.example.jp>"));
        assert_eq!(header(&message, "Auto-Submitted"), "auto-generated");
        assert_eq!(header(&message, "MIME-Version"), "1.0");
        assert_eq!(header(&message, "Content-Type"), "text/plain; charset=utf-8");
        assert!(message.is_ascii(), "{message}");
    }

    #[test]
    fn odd_carrier_addresses_are_quoted_in_the_header() {
        assert_eq!(header(&letter("taro..1@docomo.ne.jp", "x"), "To"), "\"taro..1\"@docomo.ne.jp");
    }

    #[test]
    fn a_subject_cannot_add_headers() {
        let message = letter("aiko@x.example", "Hi\r\nBcc: all@x.example");
        assert_eq!(header(&message, "Subject"), "Hi  Bcc: all@x.example");
    }
}
