//! What is said reaches everybody it is for: through failures, in order, once, signed as the other side wants it.
use federation_tests::{Actor, Member, Network, Node, Received, Reply, Stranger};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{io::AsyncWriteExt, net::TcpListener, task::JoinSet};
use tsudoi::{
    accounts::{
        self,
        queries::Follow,
        types::{Account, FollowState},
    },
    clock::{DAY, HOUR, MINUTE, SECOND},
    federation::{delivery, fetch_queue, hosts},
    ids::AccountId,
    inbox::apply,
    jobs,
    posts::{actions::publish, types::Draft},
    remote,
    signatures::keys::PublicKey,
};

/// A node with aiko, whom hana of another server follows; that server has forgotten everything so far.
async fn followed(net: &Network) -> (Node, Member, Stranger, Actor) {
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(net, "stranger").await;
    let hana = server.actor("hana");
    hana.follows(&iwate, &aiko.uri).await;
    server.forgets();
    (iwate, aiko, server, hana)
}

/// The types of what came about one object, in order.
fn about(server: &Stranger, uri: &str) -> Vec<String> {
    let received = server.received();
    let each = received.iter().map(Received::json);
    each.filter(|a| a["object"]["id"] == uri || a["object"] == uri)
        .map(|a| a["type"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_host_that_refused_connections_gets_everything_when_it_returns() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    server.goes_down().await;

    let changed = aiko.posts("一").await;
    let other = aiko.posts("二").await;
    aiko.edits(changed.uri(), "いち").await;
    aiko.deletes(changed.uri()).await;
    assert_eq!(iwate.deliver().await, 0);
    assert_eq!(iwate.waiting().await, 4, "nothing is given up");

    server.comes_back().await;
    net.advance(2 * MINUTE);
    assert_eq!(iwate.deliver().await, 4);
    assert_eq!(about(&server, changed.uri()), ["Create", "Update", "Delete"]);
    assert_eq!(about(&server, other.uri()), ["Create"]);
    assert_eq!(iwate.waiting().await, 0);
}

/// Servers close connections that were kept open whenever they like: that is no sign of trouble, and costs no minute.
#[tokio::test]
async fn a_connection_that_breaks_is_replaced_at_once() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    server.goes_down().await;
    let port: u16 = server.host().rsplit(':').next().unwrap().parse().unwrap();
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let mut answering = JoinSet::new();
    answering.spawn(async move {
        drop(listener.accept().await.unwrap());
        let (mut second, _) = listener.accept().await.unwrap();
        second.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        second
    });

    aiko.posts("もう一度").await;

    assert_eq!(iwate.deliver().await, 1);
    drop(answering);
}

#[tokio::test]
async fn a_host_behind_a_proxy_without_backend_gets_everything_later() {
    let net = Network::new();
    for status in [502, 503, 504] {
        let (iwate, aiko, server, _) = followed(&net).await;
        server.answers_posts(Reply::status(status));
        let changed = aiko.posts("一").await;
        aiko.edits(changed.uri(), "いち").await;
        aiko.posts("二").await;
        assert_eq!(iwate.deliver().await, 0);

        server.forgets();
        server.answers_posts(Reply::status(202));
        net.advance(2 * MINUTE);
        assert_eq!(iwate.deliver().await, 3, "{status}");
        assert_eq!(about(&server, changed.uri()), ["Create", "Update"]);
    }
}

#[tokio::test]
async fn the_metrics_name_a_host_while_something_waits_for_it_and_not_afterwards() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    let metrics = async || iwate.get("/metrics", "text/plain").await.text();
    server.goes_down().await;
    aiko.posts("とどくまで").await;
    iwate.deliver().await;
    net.advance(MINUTE);
    let waits = format!("tsudoi_host_deliveries_waiting{{host=\"{}\"}} 1", server.host());
    let lag = format!("tsudoi_host_lag_seconds{{host=\"{}\"}} 60", server.host());
    let text = metrics().await;
    assert!(text.contains(&waits) && text.contains(&lag), "{text}");

    server.comes_back().await;
    net.advance(2 * MINUTE);
    iwate.deliver().await;
    let text = metrics().await;
    assert!(!text.contains(&format!("host=\"{}\"", server.host())), "{text}");
    assert!(text.contains("tsudoi_deliveries_waiting 0"), "{text}");
}

#[tokio::test]
async fn pauses_grow_while_a_host_is_down() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    server.answers_posts(Reply::status(503));
    aiko.posts("とどくまで").await;

    let mut pauses = Vec::new();
    let mut waited = 0;
    for _ in 0..60 {
        let before = server.received().len();
        iwate.deliver().await;
        if server.received().len() > before {
            pauses.push(waited);
            waited = 0;
        }
        net.advance(MINUTE);
        waited += 1;
    }

    assert_eq!(pauses, [0, 1, 2, 4, 8, 16], "minutes between the tries");
}

#[tokio::test]
async fn while_a_host_is_down_new_posts_wait_with_the_old_ones() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    server.answers_posts(Reply::status(503));
    aiko.posts("一").await;
    iwate.deliver().await;
    let tries = server.received().len();

    aiko.posts("二").await;
    iwate.deliver().await;

    assert_eq!(server.received().len(), tries, "one failure speaks for the host");
}

#[tokio::test]
async fn a_host_that_speaks_to_us_is_tried_at_once() {
    let net = Network::new();
    let (iwate, aiko, server, hana) = followed(&net).await;
    server.answers_posts(Reply::status(503));
    let post = aiko.posts("とどくまで").await;
    for _ in 0..5 {
        iwate.deliver().await;
        net.advance(HOUR);
    }
    server.answers_posts(Reply::status(202));
    iwate.deliver().await;
    server.forgets();
    server.answers_posts(Reply::status(503));
    let waiting = aiko.posts("まだかな").await;
    iwate.deliver().await;
    server.answers_posts(Reply::status(202));
    assert_eq!(iwate.deliver().await, 0, "it is not due yet");

    hana.sends(&iwate, &hana.activity("Like", &json!(post.uri()))).await;

    assert_eq!(iwate.deliver().await, 1);
    assert_eq!(about(&server, waiting.uri()).last().unwrap(), "Create");
}

/// It answered, but could not take anything: that is no host that is down, and the pauses of each activity have grown all the same.
#[tokio::test]
async fn a_host_that_speaks_again_after_hours_of_errors_is_tried_at_once() {
    let net = Network::new();
    for status in [401, 500] {
        let (iwate, aiko, server, hana) = followed(&net).await;
        let post = aiko.posts("とどいた").await;
        iwate.deliver().await;
        server.answers_posts(Reply::status(status));
        let waiting = aiko.posts("まだかな").await;
        for _ in 0..4 {
            iwate.deliver().await;
            net.advance(HOUR);
        }
        iwate.deliver().await;
        server.answers_posts(Reply::status(202));
        assert_eq!(iwate.deliver().await, 0, "it is not due yet");
        iwate.app().seen_hosts.invalidate_all(); // half a minute of real time

        hana.sends(&iwate, &hana.activity("Like", &json!(post.uri()))).await;

        assert_eq!(iwate.deliver().await, 1, "{status}");
        assert_eq!(about(&server, waiting.uri()).last().unwrap(), "Create");
    }
}

/// A 4xx is final for everybody; whoever runs the node can see it and try once more.
#[tokio::test]
async fn a_refusal_is_final_and_can_be_seen_and_revived() {
    let net = Network::new();
    for status in [403, 404, 410, 413, 422, 501] {
        let (iwate, aiko, server, _) = followed(&net).await;
        server.answers_posts(Reply { body: "no thanks".into(), ..Reply::status(status) });
        let post = aiko.posts("いらないそうです").await;
        iwate.deliver().await;
        net.advance(30 * DAY);
        assert_eq!(iwate.deliver().await, 0);

        assert_eq!(server.received().len(), 1, "{status} is not tried again");
        let [dead] = iwate.dead_letters().await.try_into().unwrap();
        assert_eq!(dead.host, server.host());
        assert_eq!(dead.uri, format!("{}/activity", post.uri()));
        assert_eq!(dead.last_status, Some(i64::from(status)));
        assert!(dead.last_error.unwrap().contains("no thanks"));

        server.answers_posts(Reply::status(202));
        let mut tx = iwate.app().db.begin().await.unwrap();
        delivery::revive(&mut tx, dead.id, net.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(iwate.deliver().await, 1);
        assert!(iwate.dead_letters().await.is_empty());
    }
}

#[tokio::test]
async fn other_objects_go_on_after_a_refusal() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    server.answers_next_post(Reply::status(404));
    let post = aiko.posts("一").await;
    iwate.deliver().await;

    aiko.edits(post.uri(), "いち").await;
    aiko.posts("二").await;

    assert_eq!(iwate.deliver().await, 2, "neither the host nor the object is held up");
}

#[tokio::test]
async fn a_server_that_wants_rfc_9421_is_knocked_at_twice_and_remembered() {
    let net = Network::new();
    for status in [400, 401] {
        let (iwate, aiko, server, _) = followed(&net).await;
        server.answers_next_post(Reply::status(status));

        aiko.posts("一").await;
        assert_eq!(iwate.deliver().await, 1, "{status}");
        aiko.posts("二").await;
        assert_eq!(iwate.deliver().await, 1);

        let [cavage, second_knock, remembered] = server.received().try_into().unwrap();
        assert!(cavage.headers.contains_key("digest"));
        assert!(!cavage.headers.contains_key("signature-input"));
        for rfc9421 in [&second_knock, &remembered] {
            assert!(rfc9421.headers.contains_key("content-digest"));
            assert!(rfc9421.headers.contains_key("signature-input"));
        }
        assert_eq!(cavage.body, second_knock.body);
    }
}

#[tokio::test]
async fn who_refuses_both_signatures_with_400_is_given_up_and_with_401_is_asked_again() {
    let net = Network::new();
    for (status, tries) in [(400, 2), (401, 4)] {
        let (iwate, aiko, server, _) = followed(&net).await;
        server.answers_posts(Reply::status(status));
        aiko.posts("どうしても").await;
        iwate.deliver().await;
        net.advance(MINUTE);
        iwate.deliver().await;
        assert_eq!(server.received().len(), tries, "{status}");
    }
}

/// A page that says that it is down for maintenance, or the way to the same address with TLS: nobody's last word.
#[tokio::test]
async fn a_host_that_redirects_its_inbox_for_a_while_gets_everything_afterwards() {
    let net = Network::new();
    for status in [302, 307, 308] {
        let (iwate, aiko, server, _) = followed(&net).await;
        server.answers_next_post(Reply::status(status).with("location", "/maintenance.html"));
        aiko.posts("あとで").await;
        assert_eq!(iwate.deliver().await, 0, "{status}");
        assert!(iwate.dead_letters().await.is_empty(), "{status}");

        net.advance(MINUTE);
        assert_eq!(iwate.deliver().await, 1, "{status}");
    }
}

/// Their 401 may mean that they cannot fetch our key at the moment. What they say of a signature that they do not know is no answer to that.
#[tokio::test]
async fn who_cannot_check_the_first_signature_and_does_not_know_the_second_is_asked_again() {
    let net = Network::new();
    for second in [400, 403, 404, 406] {
        let (iwate, aiko, server, _) = followed(&net).await;
        server.answers_next_post(Reply::status(401));
        server.answers_next_post(Reply::status(second));
        aiko.posts("どうか").await;
        assert_eq!(iwate.deliver().await, 0, "{second}");
        assert!(iwate.dead_letters().await.is_empty(), "{second}");

        net.advance(MINUTE);
        assert_eq!(iwate.deliver().await, 1, "{second}");
    }
    let (iwate, aiko, server, _) = followed(&net).await;
    server.answers_next_post(Reply::status(401));
    server.answers_next_post(Reply::status(410));
    aiko.posts("もういない").await;
    iwate.deliver().await;
    assert_eq!(iwate.dead_letters().await.len(), 1, "gone is gone");
}

/// The texts are put together by hand here, from the specifications.
#[tokio::test]
async fn both_signatures_verify_under_the_key_of_the_actor_document() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    server.answers_next_post(Reply::status(401));
    aiko.posts_to("followers", "署名してください").await;
    iwate.deliver().await;
    let [cavage, rfc9421] = server.received().try_into().unwrap();
    let actor = iwate.document(&aiko.path("")).await.json();
    let key = PublicKey::from_pem(actor["publicKey"]["publicKeyPem"].as_str().unwrap()).unwrap();
    let decode = |text: &str| {
        use base64::{Engine, engine::general_purpose::STANDARD};
        STANDARD.decode(text).unwrap()
    };
    let between = |text: &str, from: &str, to: &str| {
        text.split_once(from).unwrap().1.split_once(to).unwrap().0.to_owned()
    };

    let header = cavage.header("signature");
    let names = between(header, "headers=\"", "\"");
    for needed in ["(request-target)", "host", "date", "digest", "collection-synchronization"] {
        assert!(names.split(' ').any(|name| name == needed), "{names}");
    }
    let lines: Vec<String> = names
        .split(' ')
        .map(|name| match name {
            "(request-target)" => format!("(request-target): post {}", cavage.target),
            name => format!("{name}: {}", cavage.header(name)),
        })
        .collect();
    assert_eq!(between(header, "keyId=\"", "\""), actor["publicKey"]["id"]);
    let signature = decode(&between(header, "signature=\"", "\""));
    assert!(key.verify(lines.join("\n").as_bytes(), &signature));
    let digest = format!("SHA-256={}", federation_tests::keys::sha256(&cavage.body));
    assert_eq!(cavage.header("digest"), digest);

    let input = rfc9421.header("signature-input").strip_prefix("sig1=").unwrap();
    let names = between(input, "(", ")");
    for needed in ["@method", "@target-uri", "content-digest", "collection-synchronization"] {
        assert!(names.contains(&format!("\"{needed}\"")), "{names}");
    }
    let mut lines: Vec<String> = names
        .split(' ')
        .map(|name| match name {
            "\"@method\"" => "\"@method\": POST".to_owned(),
            "\"@target-uri\"" => format!("\"@target-uri\": {}", server.url(&rfc9421.target)),
            name => format!("{name}: {}", rfc9421.header(name.trim_matches('"'))),
        })
        .collect();
    lines.push(format!("\"@signature-params\": {input}"));
    let signature = decode(&between(rfc9421.header("signature"), "sig1=:", ":"));
    assert!(key.verify(lines.join("\n").as_bytes(), &signature));
    let digest = format!("sha-256=:{}:", federation_tests::keys::sha256(&rfc9421.body));
    assert_eq!(rfc9421.header("content-digest"), digest);
}

/// mastodon.md §0, trap 2: a signature is good for about an hour, so that none is kept.
#[tokio::test]
async fn every_try_is_signed_anew() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    server.answers_next_post(Reply::status(503));
    aiko.posts("あとでまた").await;
    iwate.deliver().await;
    net.advance(5 * HOUR);
    iwate.deliver().await;

    let [first, second] = server.received().try_into().unwrap();
    assert_ne!(first.header("date"), second.header("date"));
    assert_ne!(first.header("signature"), second.header("signature"));
    assert_eq!(first.body, second.body, "it is the same activity under the same id");
}

#[tokio::test]
async fn an_edit_never_overtakes_the_post_it_changes() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    server.answers_next_post(Reply::status(500));
    let post = aiko.posts("一").await;
    aiko.edits(post.uri(), "二").await;
    let other = aiko.posts("別の話").await;

    iwate.deliver().await;
    let received = about(&server, post.uri());
    net.advance(2 * MINUTE);
    iwate.deliver().await;

    assert!(!received.contains(&"Update".to_owned()), "{received:?}");
    assert_eq!(about(&server, post.uri()), ["Create", "Create", "Update"]);
    assert_eq!(about(&server, other.uri()), ["Create"]);
}

#[tokio::test]
async fn retry_after_is_respected() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    server.answers_next_post(Reply::status(429).with("retry-after", "600"));
    aiko.posts("ゆっくりと").await;
    iwate.deliver().await;

    net.advance(599 * SECOND);
    assert_eq!(iwate.deliver().await, 0);
    net.advance(SECOND);
    assert_eq!(iwate.deliver().await, 1);
}

#[tokio::test]
async fn two_processes_never_deliver_the_same_twice() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    let second = iwate.second_process().await;
    for n in 0..12 {
        aiko.posts(&format!("その{n}")).await;
    }

    let (one, two) =
        tokio::join!(delivery::deliver_due(iwate.app()), delivery::deliver_due(&second));

    assert_eq!(one.unwrap() + two.unwrap(), 12);
    let mut ids: Vec<String> =
        server.received().iter().map(|r| r.json()["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), server.received().len()), (12, 12));
}

#[tokio::test]
async fn two_processes_never_apply_the_same_twice() {
    let net = Network::new();
    let (iwate, aiko, server, hana) = followed(&net).await;
    let second = iwate.second_process().await;
    let post = aiko.posts("すきですか").await;
    let fans: Vec<Actor> = (0..12).map(|n| server.actor(&format!("fan{n}"))).collect();
    for fan in fans.iter().chain([&hana]) {
        let like = fan.activity("Like", &json!(post.uri()));
        fan.letter(&iwate, &like).post().await.succeeded();
        fan.letter(&iwate, &like).post().await.succeeded();
    }

    let (one, two) = tokio::join!(apply::apply_due(iwate.app()), apply::apply_due(&second));

    assert_eq!(one.unwrap() + two.unwrap(), 13);
    assert_eq!(iwate.post(post.uri()).await.unwrap().likes_count, 13);
}

#[tokio::test]
async fn nothing_is_sent_before_it_is_committed() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    let author = aiko.account().await;
    let draft = || Draft { text: "まだ決まっていません".into(), ..Draft::default() };
    let nobody = std::collections::HashMap::new();

    let mut tx = iwate.app().db.begin().await.unwrap();
    publish::publish(iwate.app(), &mut tx, &author, draft(), &nobody).await.unwrap();
    assert_eq!(iwate.deliver().await, 0);
    tx.rollback().await.unwrap();
    assert_eq!(iwate.deliver().await, 0);
    assert!(server.received().is_empty());

    net.advance(SECOND);
    let mut tx = iwate.app().db.begin().await.unwrap();
    publish::publish(iwate.app(), &mut tx, &author, draft(), &nobody).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(iwate.deliver().await, 1);
}

#[tokio::test]
async fn many_followers_on_one_server_get_one_copy_at_its_shared_inbox() {
    let net = Network::new();
    let (iwate, aiko, server, hana) = followed(&net).await;
    for name in ["jun", "rin"] {
        server.actor(name).follows(&iwate, &aiko.uri).await;
    }
    server.forgets();

    aiko.posts(&format!("@{} みなさんへ", hana.handle())).await;
    assert_eq!(iwate.deliver().await, 1);

    let [only] = server.received().try_into().unwrap();
    assert_eq!(only.target, "/inbox");
}

#[tokio::test]
async fn what_was_on_its_way_to_a_host_that_is_blocked_is_not_sent() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    aiko.posts("まだ届いていません").await;
    assert_eq!(iwate.waiting().await, 1);

    let mut tx = iwate.app().db.begin().await.unwrap();
    hosts::set_blocked(&mut tx, server.host(), true).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(iwate.deliver().await, 0);
    assert_eq!(iwate.waiting().await, 0);
}

#[tokio::test]
async fn a_blocked_host_gets_nothing() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    let mut tx = iwate.app().db.begin().await.unwrap();
    hosts::set_blocked(&mut tx, server.host(), true).await.unwrap();
    tx.commit().await.unwrap();

    aiko.posts("あなたには送りません").await;

    assert_eq!(iwate.deliver().await, 0);
    assert!(server.received().is_empty());
    assert_eq!(iwate.waiting().await, 0);
}

/// Whoever missed a Delete would keep for ever what should be gone.
#[tokio::test]
async fn a_post_is_tried_for_14_days_and_its_deletion_for_180() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    let gone = aiko.posts("消えるはず").await;
    iwate.deliver().await;
    server.goes_down().await;
    aiko.posts("とどかないかも").await;
    aiko.deletes(gone.uri()).await;
    let half_days = async |count: i64| {
        for _ in 0..count {
            net.advance(DAY / 2);
            iwate.deliver().await;
        }
    };

    half_days(27).await;
    assert_eq!(iwate.waiting().await, 2, "after 13 days both still wait");
    half_days(4).await;
    let [dead] = iwate.dead_letters().await.try_into().unwrap();
    assert!(dead.uri.ends_with("/activity"), "after 15 days the post is given up");
    half_days(328).await;
    assert_eq!(iwate.waiting().await, 1, "after 179 days the deletion still waits");
    half_days(4).await;
    assert_eq!(iwate.waiting().await, 0, "after 181 days it is given up, too");
    assert_eq!(iwate.dead_letters().await.len(), 2);
}

/// Whoever missed that consent is taken back would show the quote for ever.
#[tokio::test]
async fn consent_to_a_quote_is_taken_back_for_180_days() {
    let net = Network::new();
    let (iwate, aiko, server, hana) = followed(&net).await;
    hana.is_followed_by(&aiko).await;
    let quoted = aiko.posts("引用してください").await;
    iwate.deliver().await;
    let quoting = hana.note_with("これです", &json!({"quote": quoted.uri()}));
    hana.sends(&iwate, &hana.create_of(&quoting)).await;
    server.goes_down().await;

    aiko.revokes(quoting["id"].as_str().unwrap()).await;

    for _ in 0..40 {
        iwate.deliver().await;
        net.advance(DAY / 2);
    }
    assert_eq!(iwate.waiting().await, 1, "after 20 days it still waits");
}

#[tokio::test]
async fn who_was_away_for_eight_days_and_speaks_to_us_gets_everything_in_the_order_of_each_post() {
    let net = Network::new();
    let (iwate, aiko, server, hana) = followed(&net).await;
    let known = aiko.posts("元気です").await;
    iwate.deliver().await;
    server.goes_down().await;
    let mut posts = Vec::new();
    for day in 0..8 {
        let post = aiko.posts(&format!("{day}日目")).await;
        aiko.edits(post.uri(), &format!("{day}日目の夜")).await;
        posts.push(post.uri().to_owned());
        for _ in 0..2 {
            net.advance(DAY / 2);
            iwate.deliver().await;
        }
    }
    server.comes_back().await;
    assert_eq!(iwate.deliver().await, 0, "it is not tried yet");

    hana.sends(&iwate, &hana.activity("Like", &json!(known.uri()))).await;
    while iwate.deliver().await > 0 {}

    for post in &posts {
        assert_eq!(about(&server, post), ["Create", "Update"], "{post}");
    }
    assert_eq!((iwate.waiting().await, iwate.dead_letters().await.len()), (0, 0));
}

#[tokio::test]
async fn who_was_away_for_a_week_speaks_to_those_who_gave_up_and_looks_up_what_was_said_meanwhile()
{
    let net = Network::new();
    let (mut iwate, aiko, server, hana) = followed(&net).await;
    hana.is_followed_by(&aiko).await;
    let missed = hana.note_with(
        "留守のあいだに",
        &json!({"tag": [{"type": "Mention", "href": aiko.uri, "name": aiko.handle()}]}),
    );
    let outbox = json!({
        "id": server.url("/users/hana/outbox"), "type": "OrderedCollection", "totalItems": 1,
        "orderedItems": [hana.create_of(&missed)],
    });
    server.serves("/users/hana/outbox", Reply::document(&outbox));

    iwate.stops().await;
    net.advance(HOUR);
    iwate = iwate.starts().await;
    iwate.speak().await;
    iwate.deliver().await;
    assert!(server.received().is_empty(), "an hour is nothing");

    for _ in 0..2 {
        iwate.stops().await;
        net.advance(8 * DAY);
        iwate = iwate.starts().await;
        iwate.speak().await; // again before it was delivered: once is enough
    }
    iwate.deliver().await;
    iwate.fetch().await;
    let [knock] = server.received().try_into().unwrap();
    assert_eq!((knock.kind().as_str(), &knock.json()["actor"]), ("Update", &json!(aiko.uri)));
    assert!(!knock.header("signature").is_empty());
    let missed = missed["id"].as_str().unwrap();
    assert!(aiko.at(&iwate).timeline().await.iter().any(|shown| shown.uri() == missed));
    assert!(aiko.at(&iwate).notifications().await.iter().all(|told| !told.contains("mention")));
}

/// A boost of a post on a server that is down: rin's, whose post aiko would like to see.
async fn boost_of_what_cannot_be_had(net: &Network) -> (Member, Actor, Value) {
    let aiko = net.node("iwate").await.member("aiko").await;
    let hana = Stranger::start(net, "stranger").await.actor("hana");
    hana.is_followed_by(&aiko).await;
    let rin = Stranger::start(net, "away").await.actor("rin");
    let note = rin.note("広めてください");
    rin.server.goes_down().await;
    hana.sends(&aiko.node, &hana.activity("Announce", &note["id"])).await;
    aiko.node.fetch().await;
    assert!(aiko.reads().await.is_empty());
    (aiko, rin, note)
}

/// Tries to fetch what is due, in the pauses in which it is asked for again, for `minutes` in all.
async fn asks_for(node: &Node, minutes: i64) {
    let end = node.net().now().plus(minutes * MINUTE);
    let mut pause = MINUTE;
    while node.net().now() < end {
        node.net().advance(pause);
        node.fetch().await;
        node.apply().await;
        pause = HOUR.min(2 * pause);
    }
}

#[tokio::test]
async fn what_is_missing_is_asked_for_over_four_days() {
    let net = Network::new();
    let (aiko, rin, note) = boost_of_what_cannot_be_had(&net).await;
    asks_for(&aiko.node, 3 * 24 * 60 + 20 * 60).await;

    rin.server.comes_back().await;
    asks_for(&aiko.node, 16 * 60).await;
    assert_eq!(aiko.reads().await, ["広めてください"]);

    rin.server.serves("/users/rin/notes/later", Reply::status(503));
    let mut later = note.clone();
    later["id"] = json!(format!("{}/notes/later", rin.uri));
    let hana = Stranger::start(&net, "another").await.actor("hana");
    hana.is_followed_by(&aiko).await;
    let boost = hana.activity("Announce", &later["id"]);
    hana.sends(&aiko.node, &boost).await;
    asks_for(&aiko.node, 5 * 24 * 60).await;
    rin.server.forgets();
    asks_for(&aiko.node, 24 * 60).await;
    assert!(rin.server.asked().is_empty(), "and then no more");
    assert_eq!(aiko.node.fate(boost["id"].as_str().unwrap()).await.unwrap(), "ignored");
}

/// Who is back may speak to us long before we would ask again.
#[tokio::test]
async fn who_speaks_to_us_after_a_silence_is_asked_at_once_for_what_is_missing() {
    let net = Network::new();
    let (aiko, rin, _) = boost_of_what_cannot_be_had(&net).await;
    asks_for(&aiko.node, 24 * 60).await;
    rin.server.comes_back().await;
    assert_eq!(aiko.node.fetch().await, 0, "it is not due yet");

    rin.sends(&aiko.node, &rin.activity("View", &json!("about:blank"))).await;

    assert!(aiko.node.fetch().await > 0);
    aiko.node.apply().await;
    assert_eq!(aiko.reads().await, ["広めてください"]);
}

/// Profiles change without our hearing of it: once a week somebody looks.
#[tokio::test]
async fn whom_a_member_follows_is_looked_at_every_week() {
    let net = Network::new();
    let (iwate, aiko, server, hana) = followed(&net).await;
    hana.is_followed_by(&aiko).await;
    iwate.fetch().await;
    let looks = async || {
        server.forgets();
        jobs::tidy_up(iwate.app()).await.unwrap();
        iwate.fetch().await;
        server.asked().len()
    };
    let mut renamed = hana.document();
    renamed["name"] = json!("はな");
    hana.serves(&renamed);
    net.advance(6 * DAY);
    assert_eq!(looks().await, 0);
    net.advance(DAY + HOUR);
    assert!(looks().await > 0);
    assert_eq!(iwate.account(&hana.uri).await.unwrap().display_name, "はな");

    server.serves("/users/hana", Reply::status(404));
    net.advance(8 * DAY);
    assert!(looks().await > 0);
    net.advance(HOUR);
    assert_eq!(looks().await, 0, "whoever is not found was looked at, too");
}

/// A hundred accounts are looked at in an hour. If those who do not answer were asked for again and again, nobody else ever would be.
#[tokio::test]
async fn a_hundred_who_do_not_answer_keep_nobody_from_being_looked_at() {
    let net = Network::new();
    let (iwate, aiko, server, hana) = followed(&net).await;
    hana.is_followed_by(&aiko).await;
    let known = iwate.account(&hana.uri).await.unwrap();
    let mut tx = iwate.app().db.begin().await.unwrap();
    for n in 0..100 {
        let uri = format!("http://dead.localhost:1/users/{n}");
        let silent = Account {
            id: AccountId::new(net.now()),
            uri: uri.clone(),
            name: format!("silent{n}"),
            refreshed_at: known.refreshed_at.plus(-SECOND),
            ..known.clone()
        };
        accounts::queries::insert(&mut tx, &silent).await.unwrap();
        let follow = Follow {
            follower_id: aiko.account().await.id,
            followee_id: silent.id,
            id: iwate.app().next_id(),
            uri: format!("{uri}/follow"),
            state: FollowState::Accepted,
        };
        accounts::queries::put_follow(&mut tx, &follow, net.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    net.advance(8 * DAY);
    server.forgets();

    for _ in 0..2 {
        jobs::tidy_up(iwate.app()).await.unwrap();
        iwate.fetch().await;
        net.advance(HOUR);
    }

    assert!(!server.asked().is_empty());
}

/// A letter that was refused lies with the dead ones; the deletion that came after it was taken.
#[tokio::test]
async fn a_post_that_was_refused_and_then_deleted_is_not_sent_when_all_dead_letters_are_tried_again()
 {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    server.answers_next_post(Reply::status(403));
    let gone = aiko.posts("消した").await;
    iwate.deliver().await;
    server.answers_next_post(Reply::status(403));
    let kept = aiko.posts("残す").await;
    iwate.deliver().await;
    aiko.deletes(gone.uri()).await;
    iwate.deliver().await;

    let mut tx = iwate.app().db.begin().await.unwrap();
    delivery::revive_all(&mut tx, net.now()).await.unwrap();
    tx.commit().await.unwrap();
    iwate.deliver().await;

    assert_eq!(about(&server, gone.uri()), ["Create", "Delete"]);
    assert_eq!(about(&server, kept.uri()), ["Create", "Create"]);
}

#[tokio::test]
async fn after_sixteen_days_of_silence_all_that_waits_is_given_up_and_not_only_what_was_tried() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    server.goes_down().await;
    for n in 0..20 {
        aiko.posts(&format!("その{n}")).await;
    }

    for _ in 0..32 {
        net.advance(DAY / 2);
        iwate.deliver().await;
    }

    assert_eq!(iwate.waiting().await, 0);
    assert_eq!(iwate.dead_letters().await.len(), 20);
}

#[tokio::test]
async fn of_two_inboxes_on_one_host_the_one_that_fails_does_not_hold_up_the_other() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "stranger").await;
    for name in ["hana", "mio"] {
        let actor = server.actor(name);
        let mut document = actor.document();
        document.as_object_mut().unwrap().remove("endpoints");
        actor.serves(&document);
        actor.follows(&iwate, &aiko.uri).await;
    }
    server.forgets();
    server.answers_next_post(Reply::status(500));

    let post = aiko.posts("別々の受信箱へ").await;
    assert_eq!(iwate.deliver().await, 1);
    aiko.deletes(post.uri()).await;

    assert_eq!(iwate.deliver().await, 1, "the deletion does not wait for the other inbox");
    let to_mio: Vec<String> = server
        .received()
        .iter()
        .filter(|r| r.target.starts_with("/users/mio"))
        .map(Received::kind)
        .collect();
    assert_eq!(to_mio, ["Create", "Delete"]);
}

/// Two claims at once are never the same one, and what a process did not finish is another's when its time is over, and not before.
#[tokio::test]
async fn what_a_process_took_and_did_not_finish_is_anothers_two_minutes_later_and_not_before() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    let second = iwate.second_process().await;
    let post = aiko.posts("途中で止まる").await;
    server.holds_answers();
    let app = iwate.app().clone();
    let mut first = JoinSet::new();
    first.spawn(async move { delivery::deliver_due(&app).await });
    server.holds(1).await;
    first.shutdown().await;
    server.lets_go();

    net.advance(2 * MINUTE - SECOND);
    assert_eq!(delivery::deliver_due(&second).await.unwrap(), 0, "it is still the first one's");
    net.advance(SECOND);
    assert_eq!(delivery::deliver_due(&second).await.unwrap(), 1);
    assert_eq!(about(&server, post.uri()), ["Create", "Create"]);
    let ids: Vec<Value> = server.received().iter().map(|r| r.json()["id"].clone()).collect();
    assert_eq!(ids[0], ids[1], "under the same id");
}

#[tokio::test]
async fn a_server_that_holds_its_answers_keeps_no_other_from_being_asked() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    iwate.member("aiko").await;
    let slow = Stranger::start(&net, "slow").await;
    let quick = Stranger::start(&net, "quick").await;
    let wants = async |uris: Vec<String>| {
        let mut tx = iwate.app().db.begin().await.unwrap();
        for uri in &uris {
            fetch_queue::want(iwate.app(), &mut tx, fetch_queue::Kind::Post, uri).await.unwrap();
        }
        tx.commit().await.unwrap();
    };
    slow.holds_answers();
    wants((0..60).map(|n| slow.url(&format!("/notes/{n}"))).collect()).await;
    let app = iwate.app().clone();
    let mut fetching = JoinSet::new();
    fetching.spawn(async move { remote::fetch_due(&app).await });
    slow.holds(4).await;

    quick.holds_answers();
    wants(vec![quick.url("/notes/1")]).await;
    quick.holds(1).await;

    assert_eq!(slow.most_at_once(), 4);
    quick.lets_go();
    slow.lets_go();
    assert_eq!(fetching.join_next().await.unwrap().unwrap().unwrap(), 61);
}

#[tokio::test]
async fn a_process_that_is_told_to_stop_finishes_what_it_began_and_gives_the_rest_back() {
    let net = Network::new();
    let (iwate, aiko, server, _) = followed(&net).await;
    let second = iwate.second_process().await;
    for text in ["一", "二", "三"] {
        aiko.posts(text).await;
    }
    server.holds_answers();
    let app = iwate.app().clone();
    let mut running = JoinSet::new();
    running.spawn(async move { delivery::run(&app, Duration::from_secs(1)).await });
    server.holds(1).await;

    iwate.app().stopping.cancel();
    server.lets_go();
    running.join_next().await.unwrap().unwrap().unwrap();

    assert_eq!(server.received().len(), 1, "nothing is begun any more");
    assert_eq!(delivery::deliver_due(&second).await.unwrap(), 2, "another has them at once");
}

/// Each of them needs a key that is not in memory, and a connection to read it.
#[tokio::test]
async fn forty_members_whose_keys_are_not_in_memory_post_at_once() {
    let net = Network::new();
    let (iwate, _, _, hana) = followed(&net).await;
    let mut authors = Vec::new();
    for n in 0..40 {
        let author = iwate.member(&format!("member{n}")).await;
        hana.follows(&iwate, &author.uri).await;
        authors.push(author);
    }
    iwate.app().keys.local.invalidate_all();

    let said = authors.iter().map(|author| author.posts("みんなで"));

    assert_eq!(futures::future::join_all(said).await.len(), 40);
}
