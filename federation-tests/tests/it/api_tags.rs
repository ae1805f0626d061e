//! Tags that are followed and featured, people who are recommended, what is talked about, conversations and reports, through the client API.
use federation_tests::{Network, settle};
use reqwest::Method;
use serde_json::{Value, json};

fn words<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|t| t[key].as_str().unwrap()).collect()
}

#[tokio::test]
async fn public_posts_with_a_followed_tag_come_home() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let (aiko, ken, mio) =
        (node.member("aiko").await, node.member("ken").await, node.member("mio").await);
    let tag = aiko.does("/api/v1/tags/%E9%87%9C%E7%9F%B3/follow", json!({})).await;
    assert_eq!((&tag["name"], &tag["following"]), (&json!("釜石"), &json!(true)));
    assert_eq!(words(&aiko.gets("/api/v1/followed_tags?limit=200").await, "name"), ["釜石"]);
    ken.posts("#釜石 の海").await;
    ken.posts_to("followers", "#釜石 の内緒").await;
    ken.posts("#宮古 の海").await;
    aiko.blocks("mio").await;
    mio.posts("#釜石 の山").await;
    assert_eq!(aiko.reads().await, ["#釜石 の海"]);
    aiko.does("/api/v1/tags/%E9%87%9C%E7%9F%B3/unfollow", json!({})).await;
    ken.posts("#釜石 の空").await;
    assert_eq!(aiko.reads().await, ["#釜石 の海"]);
    assert_eq!(aiko.gets("/api/v1/followed_tags").await, json!([]));
    let nothing = aiko.call(Method::POST, "/api/v1/tags/%20/follow", None).await;
    assert_eq!(nothing.status, 422);
}

#[tokio::test]
async fn a_profile_features_tags_and_people() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let (aiko, ken) = (node.member("aiko").await, node.member("ken").await);
    aiko.posts("#釜石 で #勉強会").await;
    aiko.posts("#釜石").await;
    let suggested = aiko.gets("/api/v1/featured_tags/suggestions").await;
    assert_eq!(words(&suggested, "name"), ["釜石", "勉強会"]);
    let made = aiko.does("/api/v1/featured_tags", json!({"name": "#釜石"})).await;
    assert_eq!((&made["name"], &made["statuses_count"]), (&json!("釜石"), &json!("2")));
    let me = ken.id_of(&aiko).await;
    assert_eq!(ken.gets(&format!("/api/v1/accounts/{me}/featured_tags")).await, json!([made]));
    let path = format!("/api/v1/featured_tags/{}", made["id"].as_str().unwrap());
    assert_eq!(ken.call(Method::DELETE, &path, None).await.status, 404);
    aiko.call(Method::DELETE, &path, None).await.succeeded();
    assert_eq!(aiko.gets("/api/v1/featured_tags").await, json!([]));

    assert_eq!(aiko.relates("endorse", "ken").await.status, 422, "only whom one follows");
    aiko.follows("ken").await;
    let said = aiko.relates("endorse", "ken").await.succeeded().json();
    assert_eq!(said["endorsed"], json!(true));
    let shown = ken.gets(&format!("/api/v1/accounts/{me}/endorsements")).await;
    assert_eq!(words(&shown, "username"), ["ken"]);
    aiko.unfollows("ken").await;
    assert_eq!(aiko.gets("/api/v1/endorsements").await, json!([]));
}

#[tokio::test]
async fn people_and_topics_of_the_node_are_found() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let (aiko, ken, mio) =
        (node.member("aiko").await, node.member("ken").await, node.member("mio").await);
    let liked = ken.posts("#釜石 の海").await;
    mio.posts("#釜石 と #宮古").await;
    aiko.likes(liked.uri()).await;
    let trends = aiko.gets("/api/v1/trends/tags").await;
    assert_eq!(words(&trends, "name"), ["釜石", "宮古"]);
    assert_eq!(trends[0]["history"][0]["accounts"], json!("2"));
    assert_eq!(words(&aiko.gets("/api/v1/trends/statuses").await, "uri"), [liked.uri()]);
    assert_eq!(words(&aiko.gets("/api/v1/directory").await, "username"), ["mio", "ken", "aiko"]);
    assert_eq!(words(&aiko.gets("/api/v1/directory?limit=1&offset=1").await, "username"), ["ken"]);
    aiko.follows("ken").await;
    let suggested = aiko.gets("/api/v2/suggestions").await;
    assert_eq!(suggested.as_array().unwrap().len(), 1);
    assert_eq!(suggested[0]["account"]["username"], json!("mio"));
    assert_eq!(aiko.gets("/api/v1/trends/links").await, json!([]));
}

#[tokio::test]
async fn a_report_reaches_the_moderators() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let (aiko, ken, mio) =
        (node.member("aiko").await, node.member("ken").await, node.member("mio").await);
    let bad = ken.posts("ひどい投稿").await;
    let other = mio.posts("ほかの投稿").await;
    let (ken_id, bad_id) = (aiko.id_of(&ken).await, aiko.finds_post(bad.uri()).await);
    let body = json!({"account_id": ken_id, "status_ids": [bad_id.id()], "comment": "見てください", "category": "spam"});
    let made = aiko.does("/api/v1/reports", body).await;
    assert_eq!((&made["category"], &made["forwarded"]), (&json!("spam"), &json!(false)));
    assert_eq!(made["target_account"]["username"], json!("ken"));
    let mut tx = node.app().db.read().await.unwrap();
    let kept = tsudoi::accounts::queries::reports(&mut tx, i64::MAX, 10).await.unwrap();
    assert_eq!((kept.len(), kept[0].comment.as_str()), (1, "見てください"));
    drop(tx);
    let not_theirs =
        json!({"account_id": ken_id, "status_ids": [aiko.finds_post(other.uri()).await.id()]});
    assert_eq!(aiko.call(Method::POST, "/api/v1/reports", Some(not_theirs)).await.status, 404);
    let long = json!({"account_id": ken_id, "comment": "あ".repeat(5_001)});
    assert_eq!(aiko.call(Method::POST, "/api/v1/reports", Some(long)).await.status, 422);
    let oneself = json!({"account_id": aiko.id_of(&aiko).await});
    assert_eq!(aiko.call(Method::POST, "/api/v1/reports", Some(oneself)).await.status, 403);
}

#[tokio::test]
async fn direct_posts_are_read_as_conversations() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);
    let mio = iwate.member("mio").await;
    let first = aiko.posts_to("direct", &format!("@{} こんにちは", ken.handle())).await;
    settle(&[&iwate, &akita]).await;
    let listed = ken.gets("/api/v1/conversations").await;
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["unread"]), (1, &json!(true)));
    assert_eq!(words(&listed[0]["accounts"], "username"), ["aiko"]);
    assert_eq!(listed[0]["last_status"]["uri"], json!(first.uri()));
    assert_eq!(aiko.gets("/api/v1/conversations").await[0]["unread"], json!(false));
    let path = format!("/api/v1/conversations/{}", listed[0]["id"].as_str().unwrap());
    assert_eq!(ken.does(&format!("{path}/read"), json!({})).await["unread"], json!(false));
    assert_eq!(ken.gets("/api/v1/conversations").await[0]["unread"], json!(false));
    assert_eq!(ken.does(&format!("{path}/unread"), json!({})).await["unread"], json!(true));

    let parent = ken.finds_post(first.uri()).await;
    let text = format!("@{} はい", aiko.handle());
    let reply = json!({"status": text, "visibility": "direct", "in_reply_to_id": parent.id()});
    let answer = ken.says(reply).await;
    aiko.posts_to("direct", "@mio 別の話").await;
    settle(&[&iwate, &akita]).await;
    let listed = aiko.gets("/api/v1/conversations").await;
    let last: Vec<_> =
        listed.as_array().unwrap().iter().map(|c| &c["last_status"]["uri"]).collect();
    assert_eq!((last.len(), last[1]), (2, &json!(answer.uri())), "a thread is one conversation");
    assert_eq!(listed[1]["unread"], json!(true));
    assert_eq!(
        words(&mio.gets("/api/v1/conversations").await[0]["accounts"], "username"),
        ["aiko"]
    );
    let theirs = format!("/api/v1/conversations/{}", listed[1]["id"].as_str().unwrap());
    assert_eq!(mio.call(Method::DELETE, &theirs, None).await.status, 404);
    aiko.call(Method::DELETE, &theirs, None).await.succeeded();
    assert_eq!(aiko.gets("/api/v1/conversations").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_timeline_of_a_tag_can_be_widened_and_narrowed() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    for text in ["#山", "#海", "#山 #海", "#山 #雨", "#川"] {
        aiko.posts(text).await;
    }
    for (asked, count) in [
        ("", 3),
        ("?any[]=海", 4),
        ("?any[]=海&any[]=川", 5),
        ("?all[]=海", 1),
        ("?none[]=海", 2),
        ("?any[]=海&none[]=雨", 3),
        ("?local=true", 3),
        ("?remote=true", 0),
        ("?only_media=true", 0),
    ] {
        let found = ken.gets(&format!("/api/v1/timelines/tag/山{asked}")).await;
        assert_eq!(found.as_array().unwrap().len(), count, "{asked}: {found}");
    }
    let pages = "/api/v1/timelines/tag/山?any[]=海&limit=3";
    let first = ken.gets(pages).await;
    let last = first[2]["id"].as_str().unwrap();
    let second = ken.gets(&format!("{pages}&max_id={last}")).await;
    assert_eq!(second.as_array().unwrap().len(), 1, "each post once, over all pages");
    let above = ken.gets(&format!("{pages}&limit=1&min_id={last}")).await;
    assert_eq!(above[0]["id"], first[1]["id"]);
    let many = format!("/api/v1/timelines/tag/山?{}", "none[]=a&".repeat(5));
    assert_eq!(ken.call(Method::GET, &many, None).await.status, 400);
}
