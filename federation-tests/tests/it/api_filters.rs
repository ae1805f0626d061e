//! Filters through the client API: what they find, where that is said, and how they are kept.
use federation_tests::{Member, Network};
use reqwest::Method;
use serde_json::{Value, json};
use tsudoi::clock::MINUTE;

async fn filter(who: &Member, body: Value) -> Value {
    who.sends(Method::POST, "/api/v2/filters", body).await.succeeded().json()
}

/// Texts of the home timeline with the titles of the filters that they meet.
async fn filtered(who: &Member) -> Vec<(String, Vec<String>)> {
    let hits = |s: &Value| -> Vec<String> {
        let each = s["filtered"].as_array().unwrap().iter();
        each.map(|f| f["filter"]["title"].as_str().unwrap().to_owned()).collect()
    };
    who.timeline().await.iter().map(|s| (s.text(), hits(&s.0))).collect()
}

#[tokio::test]
async fn what_a_filter_finds_is_said_with_every_post_that_is_read() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let (aiko, ken) = (node.member("aiko").await, node.member("ken").await);
    aiko.follows("ken").await;
    let made = filter(
        &aiko,
        json!({
            "title": "選挙", "context": ["home", "public"], "filter_action": "hide",
            "keywords_attributes": [{"keyword": "選挙"}, {"keyword": "ＶＯＴＥ", "whole_word": "true"}],
        }),
    )
    .await;
    assert_eq!(made["keywords"][1]["whole_word"], json!(true));
    assert_eq!((&made["context"], &made["expires_at"]), (&json!(["home", "public"]), &Value::Null));
    let post = ken.posts("@aiko 市長選挙の話").await;
    ken.posts("Please vote!").await;
    ken.posts("devoted readers").await;
    ken.says(json!({"status": "中身", "spoiler_text": "選挙"})).await;
    aiko.posts("私の選挙の話").await;
    let hit = || vec!["選挙".to_owned()];
    let expected: Vec<Vec<String>> = vec![vec![], hit(), vec![], hit(), hit()];
    let home = filtered(&aiko).await;
    assert_eq!(home.iter().map(|(_, hits)| hits.clone()).collect::<Vec<_>>(), expected, "{home:?}");
    let shown = aiko.reads_post(post.uri()).await.unwrap().0;
    assert_eq!(shown["filtered"][0]["keyword_matches"], json!(["選挙"]));
    assert_eq!(shown["filtered"][0]["filter"]["filter_action"], json!("hide"));
    let known = aiko.gets("/api/v1/timelines/public").await;
    assert_eq!(known[4]["filtered"][0]["filter"]["id"], made["id"]);
    let notified = aiko.gets("/api/v1/notifications").await;
    assert_eq!(notified[0]["status"]["filtered"][0]["filter"]["id"], made["id"]);
    let answer = aiko.replies_to(post.uri(), "読みました").await;
    let path = format!("/api/v1/statuses/{}/context", answer.id());
    assert_eq!(aiko.gets(&path).await["ancestors"][0]["filtered"][0]["filter"]["id"], made["id"]);
    let theirs = ken.reads_post(post.uri()).await.unwrap().0;
    assert_eq!(theirs["filtered"], json!([]), "others are not concerned");
}

#[tokio::test]
async fn a_post_can_be_filtered_and_a_filter_ends() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let (aiko, ken) = (node.member("aiko").await, node.member("ken").await);
    aiko.follows("ken").await;
    let post = ken.posts("ひとつの投稿").await;
    let lasts = json!({"title": "もういい", "context": ["home"], "expires_in": 600});
    let made = filter(&aiko, lasts).await;
    let path = format!("/api/v2/filters/{}", made["id"].as_str().unwrap());
    let id = aiko.finds_post(post.uri()).await.id().to_owned();
    let body = json!({"status_id": id});
    let kept = aiko.sends(Method::POST, &format!("{path}/statuses"), body).await.succeeded().json();
    assert_eq!(kept["status_id"], json!(id));
    let shown = aiko.reads_post(post.uri()).await.unwrap().0;
    assert_eq!(shown["filtered"][0]["status_matches"], json!([id]));
    assert_eq!(aiko.gets(&path).await["statuses"], json!([kept]));
    net.advance(11 * MINUTE);
    assert_eq!(aiko.reads_post(post.uri()).await.unwrap().0["filtered"], json!([]));
    let changed =
        aiko.sends(Method::PUT, &path, json!({"expires_in": ""})).await.succeeded().json();
    assert_eq!(changed["expires_at"], Value::Null);
    assert_eq!(
        aiko.reads_post(post.uri()).await.unwrap().0["filtered"].as_array().unwrap().len(),
        1
    );
    let one = format!("/api/v2/filters/statuses/{}", kept["id"].as_str().unwrap());
    assert_eq!(ken.call(Method::GET, &one, None).await.status, 404);
    aiko.call(Method::DELETE, &one, None).await.succeeded();
    assert_eq!(aiko.reads_post(post.uri()).await.unwrap().0["filtered"], json!([]));
}

#[tokio::test]
async fn filters_are_made_changed_and_taken_away_by_their_owner_alone() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let (aiko, ken) = (node.member("aiko").await, node.member("ken").await);
    let keywords = json!([{"keyword": "雪"}, {"keyword": "rain", "whole_word": true}]);
    let made = filter(
        &aiko,
        json!({"title": "天気", "context": ["home"], "keywords_attributes": keywords}),
    )
    .await;
    let path = format!("/api/v2/filters/{}", made["id"].as_str().unwrap());
    let old = aiko.gets("/api/v1/filters").await;
    assert_eq!((&old[0]["phrase"], &old[1]["whole_word"]), (&json!("雪"), &json!(true)));
    let first = made["keywords"][0]["id"].as_str().unwrap();
    let change = json!({"title": "空", "keywords_attributes": [{"id": first, "_destroy": "true"}, {"keyword": "霧"}]});
    let changed = aiko.sends(Method::PUT, &path, change).await.succeeded().json();
    let words: Vec<_> =
        changed["keywords"].as_array().unwrap().iter().map(|k| &k["keyword"]).collect();
    assert_eq!(words, [&json!("rain"), &json!("霧")]);
    assert_eq!(changed["title"], json!("空"));
    let added = format!("{path}/keywords");
    let added = aiko.sends(Method::POST, &added, json!({"keyword": "風"})).await;
    let added = added.succeeded().json();
    let one = format!("/api/v2/filters/keywords/{}", added["id"].as_str().unwrap());
    let changed =
        aiko.sends(Method::PUT, &one, json!({"whole_word": "1"})).await.succeeded().json();
    assert_eq!((&changed["keyword"], &changed["whole_word"]), (&json!("風"), &json!(true)));
    for theirs in [&path, &one] {
        assert_eq!(ken.call(Method::GET, theirs, None).await.status, 404);
        assert_eq!(ken.call(Method::DELETE, theirs, None).await.status, 404);
    }
    aiko.call(Method::DELETE, &one, None).await.succeeded();
    assert_eq!(aiko.gets(&format!("{path}/keywords")).await.as_array().unwrap().len(), 2);
    for wrong in [
        json!({"title": "", "context": ["home"]}),
        json!({"title": "a", "context": []}),
        json!({"title": "a", "context": ["home"], "keywords_attributes": [{"keyword": " "}]}),
    ] {
        let answer = aiko.sends(Method::POST, "/api/v2/filters", wrong.clone()).await;
        assert_eq!(answer.status, 422, "{wrong}");
    }
    assert_eq!(
        aiko.gets("/api/v2/filters").await.as_array().unwrap().len(),
        1,
        "nothing half-written"
    );
    aiko.call(Method::DELETE, &path, None).await.succeeded();
    assert_eq!(aiko.gets("/api/v2/filters").await, json!([]));
}
