//! Answers that are given again: never to somebody else, never longer than they are true.
use federation_tests::{Member, Network};
use reqwest::Method;
use tsudoi::{
    accounts::{actions::sign_in, queries, types::MemberState},
    app::App,
};

const PAGE: &str = "text/html";
const HOME: &str = "/api/v1/timelines/home";
const ME: &str = "/api/v1/accounts/verify_credentials";

/// In another process, of whose writing the first one hears nothing.
async fn renames_elsewhere(other: &App, member: &Member, name: &str) {
    let mut tx = other.db.begin().await.unwrap();
    let mut account = member.account().await;
    name.clone_into(&mut account.display_name);
    queries::update(&mut tx, &account).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_was_written_is_in_the_next_answer() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    assert!(!iwate.get("/@aiko", PAGE).await.text().contains("おはよう"));

    aiko.posts("おはよう").await;

    assert!(iwate.get("/@aiko", PAGE).await.text().contains("おはよう"));
}

#[tokio::test]
async fn an_answer_is_for_those_who_ask_in_the_same_way() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, yui) = (iwate.member("aiko").await, iwate.member("yui").await);
    aiko.posts("わたしだけ").await;

    assert_eq!(aiko.reads().await, ["わたしだけ"]);
    assert_eq!(yui.reads().await, [""; 0]);
    let page = iwate.get("/@aiko", PAGE).await;
    assert!(page.header("content-type").starts_with("text/html"));
    assert_eq!(iwate.document("/@aiko").await.status, 307);
    assert_eq!(iwate.document("/users/aiko").await.json()["id"], aiko.uri);
    assert_eq!(iwate.get("/users/aiko", PAGE).await.status, 303);
}

#[tokio::test]
async fn what_another_process_wrote_is_there_a_second_later() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    assert_eq!(iwate.document("/users/aiko").await.json()["name"], "aiko");
    let other = iwate.second_process().await;
    renames_elsewhere(&other, &aiko, "相子").await;

    net.advance(1_000);

    assert_eq!(iwate.document("/users/aiko").await.json()["name"], "相子");
}

#[tokio::test]
async fn a_link_that_worked_once_does_not_work_again_by_an_old_answer() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let other = iwate.second_process().await;
    let mut tx = other.db.begin().await.unwrap();
    let token = tsudoi::node::new_setup_token(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let link = format!("/setup?token={token}");
    let page = iwate.get(&link, PAGE).await;
    assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));

    let mut tx = other.db.begin().await.unwrap();
    tsudoi::node::new_setup_token(&mut tx).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(iwate.get(&link, PAGE).await.status, 403);
}

#[tokio::test]
async fn a_program_reads_at_once_what_was_written() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    assert_eq!(aiko.reads().await, [""; 0]);

    let post = aiko.posts("おはよう").await;
    assert_eq!(aiko.reads().await, ["おはよう"]);
    aiko.likes(post.uri()).await;

    assert_eq!(aiko.timeline().await[0].0["favourited"], true);
}

#[tokio::test]
async fn an_answer_to_one_token_is_never_given_to_another_nor_to_nobody() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, yui) = (iwate.member("aiko").await, iwate.member("yui").await);
    let stranger = |token: &'static str| {
        net.http.request(Method::GET, iwate.url(ME)).header("authorization", token).send()
    };

    for _ in 0..2 {
        for member in [&aiko, &yui] {
            let answer = member.call(Method::GET, ME, None).await;
            assert_eq!(answer.json()["username"], member.name.as_str());
            assert_eq!(answer.header("cache-control"), "private, no-store");
        }
        assert_eq!(iwate.get(ME, "*/*").await.status, 401);
        for token in ["Bearer ", "Bearer wrong", "Basic wrong"] {
            assert_eq!(stranger(token).await.unwrap().status(), 401);
        }
    }
}

#[tokio::test]
async fn a_token_that_was_taken_back_opens_nothing_from_then_on() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, yui) = (iwate.member("aiko").await, iwate.member("yui").await);
    for member in [&aiko, &yui] {
        assert_eq!(member.call(Method::GET, HOME, None).await.status, 200);
    }

    let mut tx = iwate.app().db.begin().await.unwrap();
    sign_in::close_all_sessions(&mut tx, aiko.account().await.id).await.unwrap();
    let yuis = yui.account().await.id;
    queries::set_state(&mut tx, yuis, MemberState::Suspended).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(aiko.call(Method::GET, HOME, None).await.status, 401);
    assert_eq!(yui.call(Method::GET, HOME, None).await.status, 403);
}

#[tokio::test]
async fn a_program_is_answered_the_same_again_within_a_second_but_not_where_it_asks_elsewhere() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let name = async || aiko.call(Method::GET, ME, None).await.json()["display_name"].clone();
    assert_eq!(name().await, "aiko");
    assert_eq!(aiko.finds_account("@aiko").await["display_name"], "aiko");

    let other = iwate.second_process().await;
    renames_elsewhere(&other, &aiko, "相子").await;

    assert_eq!(aiko.finds_account("@aiko").await["display_name"], "相子");
    assert_eq!(name().await, "aiko");
    net.advance(1_000);
    assert_eq!(name().await, "相子");
}
