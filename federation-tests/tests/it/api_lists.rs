//! Lists of accounts through the client API: what comes into them, what they keep from the home timeline, and who is on them.
use federation_tests::{Member, Network, Node, settle};
use reqwest::Method;
use serde_json::{Value, json};
use tsudoi::{error::Result, execute, fetch_all, jobs};

/// A new list with `others` on it.
async fn list(who: &Member, how: Value, others: &[&Member]) -> String {
    let made = who.call(Method::POST, "/api/v1/lists", Some(how)).await.succeeded().json();
    let id = made["id"].as_str().unwrap().to_owned();
    let mut ids = Vec::new();
    for other in others {
        ids.push(who.id_of(other).await);
    }
    let path = format!("/api/v1/lists/{id}/accounts");
    who.call(Method::POST, &path, Some(json!({"account_ids": ids}))).await.succeeded();
    id
}

async fn reads(who: &Member, list: &str) -> Vec<String> {
    let statuses = who.gets(&format!("/api/v1/timelines/list/{list}")).await;
    let shown = |s: &Value| federation_tests::Shown(s.clone()).text();
    statuses.as_array().unwrap().iter().map(shown).collect()
}

#[tokio::test]
async fn a_list_shows_those_who_are_on_it_and_an_exclusive_one_keeps_them_from_home() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken, mio) =
        (iwate.member("aiko").await, akita.member("ken").await, iwate.member("mio").await);
    aiko.follows(&ken.handle()).await;
    aiko.follows(&mio.handle()).await;
    settle(&[&iwate, &akita]).await;
    ken.posts("前から").await;
    settle(&[&iwate, &akita]).await;
    let friends = list(&aiko, json!({"title": " 友達 "}), &[&ken]).await;
    assert_eq!(reads(&aiko, &friends).await, ["前から"], "it begins with what is there");
    ken.posts("けん").await;
    settle(&[&iwate, &akita]).await;
    mio.posts("みお").await;
    assert_eq!(reads(&aiko, &friends).await, ["けん", "前から"]);
    assert_eq!(aiko.reads().await, ["みお", "けん", "前から"]);

    let path = format!("/api/v1/lists/{friends}");
    let changed = aiko.call(Method::PUT, &path, Some(json!({"exclusive": "true"}))).await;
    let expected =
        json!({"id": friends, "title": "友達", "replies_policy": "list", "exclusive": true});
    assert_eq!(changed.succeeded().json(), expected);
    assert_eq!(aiko.reads().await, ["みお"]);
    let last = ken.posts("あとから").await;
    settle(&[&iwate, &akita]).await;
    assert_eq!(aiko.reads().await, ["みお"]);
    assert_eq!(reads(&aiko, &friends).await, ["あとから", "けん", "前から"]);
    ken.deletes(last.uri()).await;
    settle(&[&iwate, &akita]).await;
    assert_eq!(reads(&aiko, &friends).await, ["けん", "前から"]);

    aiko.unfollows(&ken.handle()).await;
    assert!(reads(&aiko, &friends).await.is_empty(), "who is not followed is on no list");
    assert_eq!(aiko.gets(&format!("{path}/accounts?limit=0")).await, json!([]));
    assert_eq!(mio.call(Method::GET, &path, None).await.status, 404, "lists are private");
    let theirs = format!("/api/v1/timelines/list/{friends}");
    assert_eq!(mio.call(Method::GET, &theirs, None).await.status, 404);
    aiko.call(Method::DELETE, &path, None).await.succeeded();
    assert_eq!(aiko.gets("/api/v1/lists").await, json!([]));
}

#[tokio::test]
async fn a_list_shows_the_replies_that_its_owner_wants() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let (aiko, ken) = (node.member("aiko").await, node.member("ken").await);
    let (mio, saku) = (node.member("mio").await, node.member("saku").await);
    for other in [&ken, &mio, &saku] {
        aiko.follows(&other.handle()).await;
    }
    let none = list(&aiko, json!({"title": "a", "replies_policy": "none"}), &[&ken, &mio]).await;
    let inside = list(&aiko, json!({"title": "b"}), &[&ken, &mio]).await;
    let all = list(&aiko, json!({"title": "c", "replies_policy": "followed"}), &[&ken, &mio]).await;
    let (to_mio, to_saku) = (mio.posts("みお").await, saku.posts("さく").await);
    ken.replies_to(to_mio.uri(), "みおへ").await;
    ken.replies_to(to_saku.uri(), "さくへ").await;
    assert_eq!(reads(&aiko, &none).await, ["みお"]);
    assert_eq!(reads(&aiko, &inside).await, ["みおへ", "みお"]);
    assert_eq!(reads(&aiko, &all).await, ["さくへ", "みおへ", "みお"]);
}

#[tokio::test]
async fn who_is_on_a_list_is_named_taken_off_and_must_be_followed() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let (aiko, ken, mio) =
        (node.member("aiko").await, node.member("ken").await, node.member("mio").await);
    aiko.follows("ken").await;
    let id = list(&aiko, json!({"title": "友達"}), &[&ken]).await;
    let path = format!("/api/v1/lists/{id}/accounts");
    let (ken_id, mio_id) = (aiko.id_of(&ken).await, aiko.id_of(&mio).await);
    let stranger = json!({"account_ids": [mio_id]});
    assert_eq!(aiko.call(Method::POST, &path, Some(stranger)).await.status, 404);
    assert_eq!(aiko.gets(&path).await[0]["username"], json!("ken"));
    let with = format!("/api/v1/accounts/{ken_id}/lists");
    assert_eq!(aiko.gets(&with).await[0]["title"], json!("友達"));
    ken.posts("けん").await;
    assert_eq!(reads(&aiko, &id).await, ["けん"]);
    let off = json!({"account_ids": [ken_id]});
    aiko.call(Method::DELETE, &path, Some(off)).await.succeeded();
    assert_eq!(aiko.gets(&with).await, json!([]));
    assert!(reads(&aiko, &id).await.is_empty());
    for wrong in [json!({"title": " "}), json!({"title": "あ".repeat(101)})] {
        assert_eq!(aiko.call(Method::POST, "/api/v1/lists", Some(wrong)).await.status, 422);
    }
}

/// Nine hundred lines that arrived before all others, in the home timeline of aiko and in the only list.
async fn older_lines(node: &Node) -> Result<()> {
    let mut tx = node.app().db.begin().await?;
    for older in [
        "INSERT INTO home_entry (account_id, id, post_id, author_id)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
         SELECT (SELECT MIN(id) FROM account WHERE name = 'aiko'), i, i, 1 FROM n",
        "INSERT INTO list_entry (list_id, id, post_id, author_id)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
         SELECT (SELECT MIN(id) FROM list), i, i, 1 FROM n",
    ] {
        assert_eq!(execute!(&mut tx, sqlx::query(older)), 900);
    }
    tx.commit().await
}

/// How many lines each home timeline and list has, and the oldest of them.
async fn lines(node: &Node) -> Result<Vec<(i64, i64)>> {
    let mut tx = node.app().db.read().await?;
    Ok(fetch_all!(
        &mut tx,
        sqlx::query_as(
            "SELECT COUNT(*) AS n, MIN(id) FROM home_entry GROUP BY account_id
             UNION ALL SELECT COUNT(*), MIN(id) FROM list_entry GROUP BY list_id ORDER BY n"
        )
    ))
}

#[tokio::test]
async fn home_and_a_list_keep_their_newest_eight_hundred_lines_and_others_keep_theirs() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    aiko.follows("ken").await;
    let friends = list(&aiko, json!({"title": "友達"}), &[&ken]).await;
    let newest = ken.posts("いちばん新しい").await.id().parse().unwrap();
    older_lines(&iwate).await.unwrap();

    jobs::tidy_up(iwate.app()).await.unwrap();

    let kept = [(1, newest), (800, 102), (800, 102)];
    assert_eq!(lines(&iwate).await.unwrap(), kept, "the newest, and 799 of those before it");
    assert_eq!(reads(&aiko, &friends).await, ["いちばん新しい"]);
}
