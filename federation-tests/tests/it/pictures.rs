//! Pictures of member nodes: there before anybody looks, kept by two others, seen when their own node is not.
use federation_tests::{
    Member, Network, Node,
    chapters::{chapters, join, talk},
};
use serde_json::json;
use std::path::PathBuf;
use tokio::fs;
use tsudoi::{
    clock::{DAY, MINUTE},
    ids::MediaId,
    jobs,
    media::image::{self, Limits},
    network::joining::{self, Introduction},
    posts::{queries, types::Media},
};

const SKY: &[u8] = include_bytes!("../foreign/sky.png");

/// Says something with a picture of the sky; the post's address and the picture's.
async fn shows(member: &Member, audience: &str) -> (String, String) {
    let app = member.node.app();
    let picture = image::process(SKY, Limits::default()).unwrap();
    let url = app.media.put(&picture.bytes, picture.extension).unwrap();
    let media = Media {
        id: MediaId(tsudoi::ids::new_id(app.now())),
        account_id: member.account().await.id,
        post_id: None,
        media_type: picture.media_type.to_owned(),
        url: url.clone(),
        thumbnail_url: None,
        width: i64::from(picture.width),
        height: i64::from(picture.height),
        blurhash: None,
        description: "空".to_owned(),
        focus_x: 0.0,
        focus_y: 0.0,
    };
    let mut tx = app.db.begin().await.unwrap();
    queries::insert_media(&mut tx, &media, 0, app.now()).await.unwrap();
    tx.commit().await.unwrap();
    let ids = [media.id.to_string()];
    let post = json!({"status": "写真です", "media_ids": ids, "visibility": audience});
    (member.says(post).await.uri().to_owned(), app.url(&format!("/media/{url}")))
}

/// The status of the picture of a post on a node's page.
async fn looks(node: &Node, post: &str) -> u16 {
    let post = node.post(post).await.unwrap();
    let mut tx = node.app().db.read().await.unwrap();
    let media = queries::media_of(&mut tx, &[post.id]).await.unwrap();
    drop(tx);
    node.get(&format!("/copies/pictures/{}", media[0].id), "image/*").await.status
}

/// The file that a node keeps of a picture, or would keep.
fn original(node: &Node, picture: &str) -> PathBuf {
    node.app().originals.path(picture.split_once("/media/").unwrap().1).unwrap()
}

fn copies(node: &Node) -> PathBuf {
    node.app().config.data_dir.join("media/copies")
}

async fn given(node: &Node, picture: &str) -> u16 {
    let of: String = url::form_urlencoded::byte_serialize(picture.as_bytes()).collect();
    node.get(&format!("/copies/originals?of={of}"), "image/*").await.status
}

#[tokio::test]
async fn a_picture_is_seen_at_every_node_and_kept_by_two_though_its_own_is_down() {
    let net = Network::new();
    let nodes = chapters(&net, 4).await;
    let all: Vec<&Node> = nodes.iter().collect();
    let (post, picture) = shows(&nodes[0].member("aiko").await, "public").await;
    talk(&all).await;
    nodes[0].goes_down().await;
    let published =
        fs::read(nodes[0].app().media.path(picture.split_once("/media/").unwrap().1).unwrap());
    let published = published.await.unwrap();
    let mut keepers = 0;
    for node in &nodes[1..] {
        assert_eq!(looks(node, &post).await, 200, "{}", node.host());
        let kept = original(node, &picture);
        if kept.is_file() {
            assert_eq!(fs::read(kept).await.unwrap(), published, "as it was published");
            assert_eq!(given(node, &picture).await, 200);
            keepers += 1;
        } else {
            assert_eq!(given(node, &picture).await, 404);
        }
    }
    assert_eq!(keepers, 2);
}

#[tokio::test]
async fn who_has_no_copy_gets_it_from_a_keeper_and_takes_no_other_picture_for_it() {
    let net = Network::new();
    let nodes = chapters(&net, 4).await;
    let all: Vec<&Node> = nodes.iter().collect();
    let (post, picture) = shows(&nodes[0].member("aiko").await, "public").await;
    talk(&all).await;
    nodes[0].goes_down().await;
    let (keepers, others): (Vec<&Node>, Vec<&Node>) =
        nodes[1..].iter().partition(|n| original(n, &picture).is_file());
    for node in &nodes[1..] {
        fs::remove_dir_all(copies(node)).await.unwrap();
    }
    let (one, two) = (keepers[0], keepers[1]);
    one.goes_down().await;
    assert_eq!(looks(two, &post).await, 200, "a keeper looks at home");
    let true_one = fs::read(original(two, &picture)).await.unwrap();
    fs::write(original(two, &picture), SKY).await.unwrap();
    assert_eq!(looks(others[0], &post).await, 404, "not another picture");
    fs::write(original(two, &picture), true_one).await.unwrap();
    others[0].app().copied.invalidate_all();
    assert_eq!(looks(others[0], &post).await, 200);
}

#[tokio::test]
async fn a_kept_picture_goes_with_its_post() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let all: Vec<&Node> = nodes.iter().collect();
    let aiko = nodes[0].member("aiko").await;
    let (post, picture) = shows(&aiko, "network").await;
    talk(&all).await;
    assert!(original(&nodes[1], &picture).is_file(), "the only other node keeps it");
    assert_eq!(looks(&nodes[1], &post).await, 404, "visitors do not see a network post");
    aiko.deletes(&post).await;
    talk(&all).await;
    assert_eq!(given(&nodes[1], &picture).await, 404);
    jobs::tidy_up(nodes[1].app()).await.unwrap();
    assert!(!original(&nodes[1], &picture).exists());
}

#[tokio::test]
async fn nothing_is_fetched_ahead_over_the_budget_or_of_old_posts_or_of_what_no_log_carries() {
    let net = Network::new();
    let introduction = Introduction { node: "aomori".into(), prefecture: "青森県".into() };
    let aomori = net.node("aomori").await;
    let poor = net.node_with("iwate", |c| c.pictures_ahead_daily_mb = 0).await;
    let full = net.node_with("miyagi", |c| c.pictures_ahead_mb = 0).await;
    let late = net.node("akita").await;
    joining::found(aomori.app(), "東北OM", &introduction).await.unwrap();
    let mut nodes = vec![aomori];
    for node in [&poor, &full] {
        join(&nodes, &nodes[0], node).await;
        nodes.push(node.clone());
    }
    let aiko = nodes[0].member("aiko").await;
    let (post, _) = shows(&aiko, "public").await;
    let all: Vec<&Node> = nodes.iter().collect();
    talk(&all).await;
    net.advance(31 * DAY);
    join(&nodes, &nodes[0], &late).await;
    let hana = late.member("hana").await;
    hana.follows(&aiko.handle()).await;
    net.advance(MINUTE);
    talk(&[&nodes[0], &late]).await;
    let (closed, _) = shows(&aiko, "followers").await;
    talk(&[&nodes[0], &late]).await;
    assert!(late.post(&closed).await.is_some());
    for node in [&poor, &full, &late] {
        assert!(node.post(&post).await.is_some(), "{}", node.host());
        assert!(!copies(node).exists(), "{}", node.host());
        assert_eq!(looks(node, &post).await, 200, "{}: when somebody looks", node.host());
    }
}

#[tokio::test]
async fn on_a_full_disk_words_and_the_network_go_on_and_pictures_wait() {
    let net = Network::new();
    let aomori = net.node("aomori").await;
    let iwate = net.node_with("iwate", |config| config.media_reserve_percent = 100).await;
    let introduction = Introduction { node: "aomori".into(), prefecture: "青森県".into() };
    joining::found(aomori.app(), "東北OM", &introduction).await.unwrap();
    join(std::slice::from_ref(&aomori), &aomori, &iwate).await;
    let both = [&aomori, &iwate];
    talk(&both).await;

    let goro = iwate.member("goro").await;
    let refused = iwate.app().media.put(SKY, "png").unwrap_err();
    assert_eq!(refused.message().0, "media-disk-full");
    let words = goro.posts("言葉だけでも").await;
    let (post, picture) = shows(&aomori.member("aiko").await, "public").await;
    talk(&both).await;
    assert!(iwate.post(&post).await.is_some());
    assert!(aomori.post(words.uri()).await.is_some());
    assert_eq!(looks(&iwate, &post).await, 404);
    assert!(!copies(&iwate).exists() && !original(&iwate, &picture).exists());
}
