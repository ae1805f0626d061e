//! Handing mails over: to an SMTP server, or to the folder `mail` of the data directory.
use crate::{
    clock::Clock,
    config::Config,
    error::{Error, Result},
    ids,
    mail::message::{EmailAddress, Outgoing, compose},
};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{fs, io::AsyncWriteExt};
use url::Url;

type Smtp = AsyncSmtpTransport<Tokio1Executor>;

/// Sends mails as the node.
#[derive(Clone)]
pub struct Mailer {
    transport: Transport,
    sender: EmailAddress,
    domain: String,
    clock: Clock,
}

#[derive(Clone)]
enum Transport {
    Smtp(Smtp),
    Files(PathBuf),
}

/// Why a mail was not handed over.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Worth another try later: no connection, a busy server, our account refused.
    #[error("mail not sent now: {0}")]
    Transient(String),
    /// The server will never take it: usually there is no such mailbox.
    #[error("mail refused: {0}")]
    Permanent(String),
}

impl Mailer {
    /// Checks the settings; connects to nobody yet.
    pub fn new(config: &Config, clock: Clock) -> Result<Self> {
        let transport = if config.smtp_url.is_empty() {
            Transport::Files(config.data_dir.join("mail"))
        } else {
            Transport::Smtp(smtp(&config.smtp_url)?)
        };
        let sender = config.sender();
        let sender = EmailAddress::parse(&sender)
            .map_err(|e| Error::Malformed(format!("mail_from: {sender:?}: {e}")))?;
        Ok(Self { transport, sender, domain: config.domain.host().to_owned(), clock })
    }

    /// Where mails go when there is no mail server.
    pub fn folder(&self) -> Option<&Path> {
        match &self.transport {
            Transport::Files(folder) => Some(folder),
            Transport::Smtp(_) => None,
        }
    }

    pub async fn send(&self, mail: &Outgoing) -> Result<(), MailError> {
        let message = compose(mail, &self.sender, &self.domain, self.clock.now())
            .map_err(|e| MailError::Permanent(e.to_string()))?;
        match &self.transport {
            Transport::Smtp(smtp) => deliver(smtp, message).await,
            Transport::Files(folder) => {
                let name = format!("{}-{}", ids::new_id(self.clock.now()), file_name(&mail.to));
                write(folder, &name, &message.formatted())
                    .await
                    .map_err(|e| MailError::Transient(format!("{}: {e}", folder.display())))
            }
        }
    }
}

/// `smtps://` encrypts from the start, `smtp://` by STARTTLS; only a server on this machine may be spoken to in the clear, unless
/// the address says `?tls=opportunistic`.
fn smtp(address: &str) -> Result<Smtp> {
    // The address holds a password: it is never repeated in an error.
    let bad = |e: &dyn std::fmt::Display| Error::Malformed(format!("smtp_url: {e}"));
    let mut url = Url::parse(address).map_err(|e| bad(&e))?;
    let says_tls = url.query_pairs().any(|(key, _)| key == "tls");
    if url.scheme() == "smtp" && !says_tls && !is_loopback(&url) {
        url.query_pairs_mut().append_pair("tls", "required");
    }
    let builder = Smtp::from_url(url.as_str()).map_err(|e| bad(&e))?;
    Ok(builder.timeout(Some(Duration::from_secs(30))).build())
}

fn is_loopback(url: &Url) -> bool {
    // Hosts of schemes other than http are not parsed as addresses.
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let address = host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    address || host == "localhost" || host.ends_with(".localhost")
}

async fn deliver(smtp: &Smtp, message: Message) -> Result<(), MailError> {
    let Err(error) = smtp.send(message).await else { return Ok(()) };
    let words = std::error::Error::source(&error)
        .map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
    // 530–538: our own credentials, which the operator can mend.
    let code = error.status().map(u16::from);
    if error.is_permanent() && !matches!(code, Some(530..=538)) {
        Err(MailError::Permanent(words))
    } else {
        Err(MailError::Transient(words))
    }
}

fn file_name(to: &EmailAddress) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "@-_".contains(c) { c } else { '.' };
    let name: String = to.to_string().chars().map(safe).take(100).collect();
    format!("{name}.eml")
}

/// The name appears only when the whole mail is on the disk.
async fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    fs::create_dir_all(folder).await?;
    let unfinished = folder.join(format!(".{name}"));
    let mut file = fs::File::create(&unfinished).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    fs::rename(&unfinished, folder.join(name)).await?;
    // The name, too, survives a power cut: the mail is not kept elsewhere any more.
    fs::File::open(folder).await?.sync_all().await
}

#[cfg(test)]
mod tests;
