//! Answers that are given again: never to somebody else, never longer than they are true.
use federation_tests::Network;

const PAGE: &str = "text/html";

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
    let mut tx = other.db.begin().await.unwrap();
    let mut account = aiko.account().await;
    account.display_name = "相子".to_owned();
    tsudoi::accounts::queries::update(&mut tx, &account).await.unwrap();
    tx.commit().await.unwrap();

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
