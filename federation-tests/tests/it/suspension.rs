//! What an admin's suspension of a member does at their own node and everywhere else.
use federation_tests::{
    Member, Network, Node, Stranger,
    chapters::{chapters, talk},
    settle,
};
use reqwest::Method;
use serde_json::json;
use tsudoi::{
    accounts::{
        actions::{profile, roles},
        queries,
        types::{MemberState, Role},
    },
    clock::{HOUR, MINUTE},
};

/// The node's admin suspends the member, or takes them back in.
async fn decides(node: &Node, admin: &Member, whose: &Member, suspended: bool) {
    let app = node.app();
    let mut tx = app.db.begin().await.unwrap();
    let by = admin.account().await.id;
    queries::set_role(&mut tx, by, Role::Admin).await.unwrap();
    let by = queries::member(&mut tx, by).await.unwrap();
    let whose = queries::by_uri(&mut tx, &whose.uri).await.unwrap().unwrap().id;
    roles::set_suspended(app, &mut tx, &by, whose, suspended).await.unwrap();
    tx.commit().await.unwrap();
}

async fn state(node: &Node, member: &Member) -> MemberState {
    let id = member.account().await.id;
    queries::member(&mut node.app().db.read().await.unwrap(), id).await.unwrap().state
}

/// Posts that a reader meets among all that their node knows.
async fn known_to(reader: &Member) -> Vec<String> {
    let answer = reader.call(Method::GET, "/api/v1/timelines/public", None).await;
    let statuses = answer.json();
    statuses.as_array().unwrap().iter().map(|s| s["uri"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn who_is_suspended_is_hidden_at_every_node_and_shown_again_when_it_is_lifted() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let (aomori, miyagi) = (&nodes[0], &nodes[2]);
    let all: Vec<&Node> = nodes.iter().collect();
    let (aiko, sewa) = (aomori.member("aiko").await, aomori.member("sewa").await);
    let (hana, taro) = (miyagi.member("hana").await, miyagi.member("taro").await);
    let friend = Stranger::start(&net, "mastodon").await.actor("rin");
    friend.follows(aomori, &aiko.uri).await;
    settle(&all).await;
    let theirs = aiko.posts("藍子の投稿").await;
    let other = taro.posts("太郎の投稿").await;
    talk(&all).await;
    hana.follows(&aiko.handle()).await;
    talk(&all).await;
    aiko.boosts(other.uri()).await;
    talk(&all).await;
    let boosted = async || hana.timeline().await.iter().any(|s| s.uri() == other.uri());
    assert!(boosted().await);
    assert!(hana.reads_post(theirs.uri()).await.is_some());
    assert!(known_to(&hana).await.contains(&theirs.uri().to_owned()));

    let known_as = hana.finds_account(&aiko.handle()).await["id"].as_str().unwrap().to_owned();
    decides(aomori, &sewa, &aiko, true).await;
    net.advance(MINUTE);
    talk(&all).await;
    settle(&all).await;
    for reader in [&hana, &sewa] {
        assert!(reader.reads_post(theirs.uri()).await.is_none());
        let known = known_to(reader).await;
        assert!(!known.contains(&theirs.uri().to_owned()), "{known:?}");
        assert!(known.contains(&other.uri().to_owned()), "{known:?}");
        for words in ["aiko", &aiko.handle(), &aiko.uri] {
            assert_eq!(reader.searches(words).await["accounts"], json!([]), "{words}");
        }
    }
    assert!(!boosted().await);
    assert_eq!(miyagi.get(&format!("/@{}", aiko.handle()), "text/html").await.status, 410);
    let by_id = format!("/api/v1/accounts/{known_as}");
    assert_eq!(hana.call(Method::GET, &by_id, None).await.status, 403);
    assert_eq!(hana.call(Method::POST, &format!("{by_id}/follow"), None).await.status, 403);
    let actor = aomori.document(&aiko.path("")).await;
    assert_eq!((actor.status, &actor.json()["suspended"]), (200, &json!(true)));
    assert_eq!(
        aomori.document(theirs.path()).await.status,
        403,
        "404 would be taken for a deletion"
    );
    assert_eq!(aomori.document(&aiko.path("/outbox?page=true")).await.status, 403);
    let told = friend.server.received().pop().unwrap().json();
    assert_eq!((&told["type"], &told["object"]["suspended"]), (&json!("Update"), &json!(true)));

    decides(aomori, &sewa, &aiko, false).await;
    net.advance(MINUTE);
    talk(&all).await;
    for reader in [&hana, &sewa] {
        assert!(reader.reads_post(theirs.uri()).await.is_some());
        assert!(known_to(reader).await.contains(&theirs.uri().to_owned()));
    }
    assert!(boosted().await);
    assert_eq!(aomori.document(theirs.path()).await.status, 200);
    assert_eq!(state(aomori, &aiko).await, MemberState::Active);
}

#[tokio::test]
async fn a_suspension_outlives_a_restore_from_a_copy_that_is_older() {
    let net = Network::new();
    let mut nodes = chapters(&net, 3).await;
    let mut aiko = nodes[0].member("aiko").await;
    let mut sewa = nodes[0].member("sewa").await;
    let theirs = aiko.posts("藍子の投稿").await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;
    nodes[0].stops().await;
    let backup = nodes[0].backup().await;
    nodes[0] = nodes[0].starts().await;
    (aiko, sewa) = (aiko.at(&nodes[0]), sewa.at(&nodes[0]));
    decides(&nodes[0], &sewa, &aiko, true).await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;

    nodes[0].stops().await;
    nodes[0] = nodes[0].starts_from(&backup).await;
    (aiko, sewa) = (aiko.at(&nodes[0]), sewa.at(&nodes[0]));
    assert!(sewa.reads_post(theirs.uri()).await.is_some(), "the copy does not know");
    for _ in 0..4 {
        net.advance(10 * MINUTE);
        talk(&nodes.iter().collect::<Vec<_>>()).await;
    }
    assert!(sewa.reads_post(theirs.uri()).await.is_none());
    assert_eq!(aiko.tries_to_say(json!({"status": "まだ？"})).await.status, 401);
    assert_eq!(state(&nodes[0], &aiko).await, MemberState::Suspended);
}

#[tokio::test]
async fn a_suspension_takes_effect_while_the_log_is_held_and_is_told_when_it_opens() {
    let net = Network::new();
    let mut nodes = chapters(&net, 2).await;
    let mut aiko = nodes[0].member("aiko").await;
    let mut sewa = nodes[0].member("sewa").await;
    let theirs = aiko.posts("藍子の投稿").await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;
    nodes[0].stops().await;
    net.advance(-2 * HOUR);
    nodes[0] = nodes[0].starts().await;
    (aiko, sewa) = (aiko.at(&nodes[0]), sewa.at(&nodes[0]));
    assert_eq!(aiko.tries_to_say(json!({"status": "二時間前"})).await.status, 403, "held");

    decides(&nodes[0], &sewa, &aiko, true).await;
    nodes[0].speak().await;
    assert_eq!(aiko.tries_to_say(json!({"status": "まだ？"})).await.status, 401);
    assert!(sewa.reads_post(theirs.uri()).await.is_none());
    let hana = nodes[1].member("hana").await;
    assert!(hana.reads_post(theirs.uri()).await.is_some(), "not told yet");

    nodes[0].stops().await;
    net.advance(2 * HOUR + MINUTE);
    nodes[0] = nodes[0].starts().await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;
    assert!(hana.reads_post(theirs.uri()).await.is_none());
}

#[tokio::test]
async fn a_profile_form_that_was_under_way_does_not_undo_a_suspension() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, sewa) = (iwate.member("aiko").await, iwate.member("sewa").await);
    let read_before = aiko.account().await;
    decides(&iwate, &sewa, &aiko, true).await;
    let mut tx = iwate.app().db.begin().await.unwrap();
    let refused = profile::save(iwate.app(), &mut tx, &read_before).await.unwrap_err();
    assert_eq!(refused.message().0, "account-suspended");
    tx.commit().await.unwrap();
    assert!(aiko.account().await.suspended_at.is_some());
}

#[tokio::test]
async fn a_suspension_during_a_restore_is_not_undone_by_what_was_said_before_it() {
    let net = Network::new();
    let mut nodes = chapters(&net, 2).await;
    let mut aiko = nodes[0].member("aiko").await;
    let mut sewa = nodes[0].member("sewa").await;
    let hana = nodes[1].member("hana").await;
    let theirs = aiko.posts("藍子の投稿").await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;
    nodes[0].stops().await;
    let backup = nodes[0].backup().await;
    nodes[0] = nodes[0].starts().await;
    aiko.at(&nodes[0]).renames("青森の藍子").await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;

    nodes[0].stops().await;
    nodes[0] = nodes[0].starts_from(&backup).await;
    (aiko, sewa) = (aiko.at(&nodes[0]), sewa.at(&nodes[0]));
    decides(&nodes[0], &sewa, &aiko, true).await;
    for _ in 0..4 {
        net.advance(10 * MINUTE);
        talk(&nodes.iter().collect::<Vec<_>>()).await;
    }
    assert_eq!(aiko.account().await.display_name, "青森の藍子", "what came back");
    assert_eq!(state(&nodes[0], &aiko).await, MemberState::Suspended);
    assert!(hana.reads_post(theirs.uri()).await.is_none());
}
