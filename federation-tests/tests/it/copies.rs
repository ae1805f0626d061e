//! Other servers' pictures, as our pages show them.
use federation_tests::{Actor, Answer, Member, Network, Node, Reply, Stranger};
use serde_json::{Value, json};
use tsudoi::accounts::{actions::sign_in, queries};

const SKY: &[u8] = include_bytes!("../foreign/sky.png");

/// An account of another server that `member` follows.
async fn followed_stranger(net: &Network, member: &Member) -> Actor {
    let hana = Stranger::start(net, "stranger").await.actor("hana");
    hana.is_followed_by(member).await;
    hana
}

/// Says something with a picture that stands at `path`; answers with the address of our copy.
async fn shows(actor: &Actor, to: &Member, path: &str, change: &Value) -> String {
    let mut change = change.clone();
    change["attachment"] = json!([
        {"type": "Document", "mediaType": "image/png", "url": actor.server.url(path), "name": "空"}
    ]);
    let note = actor.note_with("写真です", &change);
    actor.sends(&to.node, &actor.create_of(&note)).await;
    let seen = to.timeline().await;
    let id = seen[0].0["media_attachments"][0]["id"].as_str().unwrap().to_owned();
    format!("/copies/pictures/{id}")
}

async fn looks(node: &Node, path: &str) -> Answer {
    node.get(path, "image/*").await
}

/// As the browser in which the member has signed in.
async fn looks_as(member: &Member, path: &str) -> u16 {
    let app = member.node.app();
    let mut tx = app.db.begin().await.unwrap();
    let id = queries::by_uri(&mut tx, &member.uri).await.unwrap().unwrap().id;
    let secret = sign_in::open_session(app, &mut tx, id, "test").await.unwrap();
    tx.commit().await.unwrap();
    let request = member.node.net().http.get(member.node.url(path));
    request.header("cookie", format!("tsudoi={secret}")).send().await.unwrap().status().as_u16()
}

fn times_asked(actor: &Actor, path: &str) -> usize {
    actor.server.asked().iter().filter(|r| r.target == path).count()
}

#[tokio::test]
async fn a_remote_picture_is_fetched_once_and_stays_when_its_server_is_down() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = followed_stranger(&net, &aiko).await;
    hana.server.serves("/sky.png", Reply::file("image/png", SKY));
    let path = shows(&hana, &aiko, "/sky.png", &json!({})).await;
    assert_eq!(times_asked(&hana, "/sky.png"), 0, "nobody has looked yet");

    let (one, two) = tokio::join!(looks(&iwate, &path), looks(&iwate, &path));
    assert_eq!((one.status, two.status), (200, 200));
    assert!(one.header("content-type").starts_with("image/"));
    assert!(one.header("content-security-policy").contains("sandbox"));
    assert_eq!(one.header("x-content-type-options"), "nosniff");
    assert_eq!(times_asked(&hana, "/sky.png"), 1);

    hana.server.goes_down().await;
    let later = iwate.second_process().await;
    assert!(later.copied.get("anything").await.is_none(), "it remembers nothing but files");
    assert_eq!(looks(&iwate, &path).await.body, one.body);
}

/// Each is held in memory until its copy is made, and its server may take its time.
#[tokio::test]
async fn however_many_pictures_are_looked_at_eight_are_fetched_at_a_time() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = followed_stranger(&net, &aiko).await;
    let mut paths = Vec::new();
    for n in 0..12 {
        let at = format!("/{n}.png");
        hana.server.serves(&at, Reply::file("image/png", SKY));
        paths.push(shows(&hana, &aiko, &at, &json!({})).await);
    }
    hana.server.holds_answers();
    let all = futures::future::join_all(paths.iter().map(|path| looks(&iwate, path)));
    let meanwhile = async {
        hana.server.holds(8).await;
        // The others had the time that a page takes.
        assert_eq!(iwate.get("/about", "text/html").await.status, 200);
        hana.server.lets_go();
    };
    let (answers, ()) = tokio::join!(all, meanwhile);
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(hana.server.most_at_once(), 8);
}

#[tokio::test]
async fn a_file_that_is_no_picture_is_not_passed_on_and_not_asked_for_again_at_once() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = followed_stranger(&net, &aiko).await;
    let script = b"<script>alert(1)</script>";
    let elsewhere = Reply::redirect("http://127.0.0.1:9/sky.png");
    let wrong = [
        ("/page.png", Reply::file("image/png", script)),
        (
            "/drawing.svg",
            Reply::file("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ),
        ("/gone.png", Reply::status(404)),
        ("/elsewhere.png", elsewhere),
    ];
    for (at, reply) in wrong {
        hana.server.serves(at, reply);
        let path = shows(&hana, &aiko, at, &json!({})).await;
        for _ in 0..2 {
            assert_eq!(looks(&iwate, &path).await.status, 404, "{at}");
        }
        assert_eq!(times_asked(&hana, at), 1, "{at}");
    }
}

#[tokio::test]
async fn a_picture_for_followers_is_for_followers_and_goes_with_its_post() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, yui) = (iwate.member("aiko").await, iwate.member("yui").await);
    let hana = followed_stranger(&net, &aiko).await;
    hana.server.serves("/sky.png", Reply::file("image/png", SKY));
    let only = json!({"to": [format!("{}/followers", hana.uri)], "cc": []});
    let path = shows(&hana, &aiko, "/sky.png", &only).await;
    assert_eq!(looks(&iwate, &path).await.status, 404);
    assert_eq!(looks_as(&yui, &path).await, 404);
    assert_eq!(looks_as(&aiko, &path).await, 200);

    let note = aiko.timeline().await[0].uri().to_owned();
    let gone = json!({"type": "Tombstone", "id": note});
    hana.sends(&iwate, &hana.activity("Delete", &gone)).await;
    assert_eq!(looks_as(&aiko, &path).await, 404);
}

#[tokio::test]
async fn a_remote_avatar_is_shown_from_here_and_a_missing_one_is_replaced_by_a_drawing() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = followed_stranger(&net, &aiko).await;
    hana.server.serves("/face.png", Reply::file("image/png", SKY));
    let wears = async |picture: &str| {
        let mut profile = hana.document();
        profile["icon"] = json!({"type": "Image", "url": hana.server.url(picture)});
        hana.serves(&profile);
        hana.sends(&iwate, &hana.activity("Update", &profile)).await;
        iwate.fetch().await;
        iwate.account(&hana.uri).await.unwrap().avatar_url()
    };
    let first = wears("/face.png").await;
    assert!(first.starts_with("/copies/avatars/"), "{first}");
    assert_eq!(looks(&iwate, &first).await.status, 200);
    let second = wears("/lost.png").await;
    assert_ne!(first, second, "browsers keep an address for a week");
    let answer = looks(&iwate, &second).await;
    assert_eq!(answer.status, 307);
    assert!(answer.header("location").starts_with("/assets/avatar"));
    assert_eq!(answer.header("cache-control"), "no-store");
    let vast = [SKY.to_owned(), vec![0; 8 << 20]].concat();
    hana.server.serves("/vast.png", Reply::file("image/png", &vast));
    assert_eq!(looks(&iwate, &wears("/vast.png").await).await.status, 307, "too large");
    let local = iwate.account(&aiko.uri).await.unwrap();
    assert_eq!(looks(&iwate, &format!("/copies/avatars/{}", local.id)).await.status, 404);
}
