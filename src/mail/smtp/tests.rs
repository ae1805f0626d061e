//! Mails in files, and a mail server of a few lines on loopback.
use super::*;
use crate::clock::Timestamp;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
};

fn config(smtp_url: &str) -> Config {
    let data_dir = std::env::temp_dir().join(format!("tsudoi-mail-{}", ids::secret()));
    Config { data_dir, smtp_url: smtp_url.into(), ..Config::default() }
}

fn mailer(config: &Config) -> Mailer {
    Mailer::new(config, Clock::manual(Timestamp(1_800_000_000_000))).unwrap()
}

fn mail(to: &str) -> Outgoing {
    Outgoing {
        to: to.parse().unwrap(),
        from_name: "いわて".into(),
        subject: "Code".into(),
        text_body: "123456".into(),
    }
}

/// Takes one mail, answering RCPT with `answer`; returns everything that the client said.
async fn serve(listener: TcpListener, answer: &str) -> Vec<String> {
    let (socket, _) = listener.accept().await.unwrap();
    let mut lines = BufReader::new(socket);
    lines.write_all(b"220 test ESMTP\r\n").await.unwrap();
    let (mut said, mut data) = (Vec::new(), false);
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await.unwrap() == 0 {
            return said;
        }
        let line = line.trim_end().to_owned();
        let reply = match line.split([' ', ':']).next().unwrap_or_default() {
            "." if data => "250 taken",
            _ if data => "",
            "EHLO" => "250-test\r\n250 8BITMIME",
            "RCPT" => answer,
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        data = (data && line != ".") || line == "DATA";
        said.push(line);
        if !reply.is_empty() {
            lines.write_all(format!("{reply}\r\n").as_bytes()).await.unwrap();
        }
        if reply == "250 taken" || reply.starts_with('5') || reply.starts_with('4') {
            return said;
        }
    }
}

async fn send_to_server(to: &str, answer: &str) -> (Result<(), MailError>, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let (mailer, mail) = (mailer(&config(&url)), mail(to));
    tokio::join!(mailer.send(&mail), serve(listener, answer))
}

#[tokio::test]
async fn a_mail_without_a_server_becomes_one_whole_file() {
    let config = config("");
    let mailer = mailer(&config);
    mailer.send(&mail("../a/b@x.example")).await.unwrap();
    mailer.send(&mail("aiko@x.example")).await.unwrap();

    let folder = mailer.folder().unwrap();
    assert_eq!(folder, config.data_dir.join("mail"));
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_by_key(|name| name.split_once('-').unwrap().1.to_owned());
    assert_eq!(names.len(), 2);
    assert!(names[0].ends_with("-...a.b@x.example.eml"), "{names:?}");
    assert!(names[1].ends_with("-aiko@x.example.eml"), "{names:?}");
    let text = std::fs::read_to_string(folder.join(&names[1])).unwrap();
    assert!(text.trim_end().ends_with("123456") && text.contains("To: aiko@x.example"), "{text}");
    std::fs::remove_dir_all(&config.data_dir).unwrap();
}

#[tokio::test]
async fn carrier_addresses_reach_the_server_as_they_are() {
    let (sent, said) = send_to_server("taro..1@docomo.ne.jp", "250 ok").await;
    sent.unwrap();
    assert!(said.contains(&"RCPT TO:<taro..1@docomo.ne.jp>".to_owned()), "{said:?}");
    assert!(said.iter().any(|line| line.starts_with("MAIL FROM:<tsudoi@localhost>")), "{said:?}");
    assert!(said.contains(&"To: \"taro..1\"@docomo.ne.jp".to_owned()), "{said:?}");
}

#[tokio::test]
async fn refusals_are_told_apart_from_delays() {
    let (sent, _) = send_to_server("aiko@x.example", "550 no such mailbox").await;
    assert!(matches!(sent, Err(MailError::Permanent(why)) if why.contains("no such mailbox")));
    let (sent, _) = send_to_server("aiko@x.example", "450 come back later").await;
    assert!(matches!(sent, Err(MailError::Transient(_))));
    let (sent, _) = send_to_server("aiko@x.example", "530 sign in first").await;
    assert!(matches!(sent, Err(MailError::Transient(_))));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_delay() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    drop(listener);
    let sent = mailer(&config(&url)).send(&mail("aiko@x.example")).await;
    assert!(matches!(sent, Err(MailError::Transient(_))));
}

#[tokio::test]
async fn passwords_never_cross_the_network_in_the_clear() {
    for (url, loopback) in [
        ("smtp://127.0.0.1:2525", true),
        ("smtp://[::1]:2525", true),
        ("smtp://mail.localhost", true),
        ("smtp://mail.example", false),
        ("smtp://127.0.0.1.example", false),
    ] {
        assert_eq!(is_loopback(&Url::parse(url).unwrap()), loopback, "{url}");
    }
    assert!(smtp("smtp://u:p@mail.example").is_ok());
    let error = smtp("smtp://u:secret@mail.example?tls=sometimes").unwrap_err().to_string();
    assert!(error.contains("smtp_url") && !error.contains("secret"), "{error}");
}
