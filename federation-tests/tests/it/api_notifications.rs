//! Notifications as programs read them: one by one, and in groups.
use federation_tests::{
    Browser, Member, Network, Node,
    chapters::{chapters, talk},
    settle,
};
use reqwest::Method;
use serde_json::{Value, json};
use tsudoi::clock::{DAY, HOUR};

const V1: &str = "/api/v1/notifications";
const V2: &str = "/api/v2/notifications";

/// Each notification's type and whose it is.
fn said(listed: &Value) -> Vec<String> {
    let words = |n: &Value| {
        format!("{} {}", n["type"].as_str().unwrap(), n["account"]["username"].as_str().unwrap())
    };
    listed.as_array().unwrap().iter().map(words).collect()
}

/// Aiko's post was liked by ken and mio, boosted by ken, and ken mentioned her and follows her.
async fn scene() -> (Network, Node, [Member; 3]) {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let (ken, mio) = (iwate.member("ken").await, iwate.member("mio").await);
    let about = aiko.posts("みなさんへ").await;
    ken.likes(about.uri()).await;
    net.advance(1);
    mio.likes(about.uri()).await;
    net.advance(1);
    ken.boosts(about.uri()).await;
    net.advance(1);
    ken.posts("@aiko おはよう").await;
    net.advance(1);
    ken.follows(&aiko.handle()).await;
    (net, iwate, [aiko, ken, mio])
}

#[tokio::test]
async fn a_program_reads_the_kinds_it_asks_for_and_from_whom() {
    let (_net, _iwate, [aiko, ken, _]) = scene().await;
    assert_eq!(
        said(&aiko.gets(V1).await),
        ["follow ken", "mention ken", "reblog ken", "favourite mio", "favourite ken"]
    );
    let only = aiko.gets(&format!("{V1}?types[]=mention&types[]=favourite")).await;
    assert_eq!(said(&only), ["mention ken", "favourite mio", "favourite ken"]);
    let without = aiko.gets(&format!("{V1}?exclude_types[]=favourite&exclude_types[]=poll")).await;
    assert_eq!(said(&without), ["follow ken", "mention ken", "reblog ken"]);
    let unknown = aiko.gets(&format!("{V1}?types[]=moderation_warning")).await;
    assert_eq!(said(&unknown), Vec::<String>::new());
    let id = ken.account().await.id;
    let from = aiko.gets(&format!("{V1}?account_id={id}&types[]=favourite")).await;
    assert_eq!(said(&from), ["favourite ken"]);
}

#[tokio::test]
async fn pages_lead_to_each_other_in_both_directions() {
    let (_net, iwate, [aiko, ..]) = scene().await;
    let link = |header: &str, rel: &str| -> String {
        let found = header.split(", ").find(|l| l.ends_with(&format!(r#"rel="{rel}""#)));
        let url = found.unwrap_or_else(|| panic!("no {rel} in {header}"));
        let url = url.trim_start_matches('<').split('>').next().unwrap();
        url.strip_prefix(&iwate.url("")).expect("an absolute address of the node").to_owned()
    };
    let first = aiko.call(Method::GET, &format!("{V1}?limit=2&exclude_types[]=follow"), None).await;
    assert_eq!(said(&first.json()), ["mention ken", "reblog ken"]);
    let second = aiko.call(Method::GET, &link(first.header("link"), "next"), None).await;
    assert_eq!(said(&second.json()), ["favourite mio", "favourite ken"]);
    let back = aiko.call(Method::GET, &link(second.header("link"), "prev"), None).await;
    assert_eq!(said(&back.json()), ["mention ken", "reblog ken"]);
}

#[tokio::test]
async fn one_is_read_and_dismissed_and_all_are_cleared() {
    let (_net, _iwate, [aiko, ken, _]) = scene().await;
    let listed = aiko.gets(V1).await;
    let id = listed[1]["id"].as_str().unwrap();
    assert_eq!(aiko.gets(&format!("{V1}/{id}")).await, listed[1]);
    assert_eq!(ken.call(Method::GET, &format!("{V1}/{id}"), None).await.status, 404);
    assert_eq!(ken.sends(Method::POST, &format!("{V1}/{id}/dismiss"), json!({})).await.status, 200);
    assert_eq!(aiko.gets(&format!("{V1}/{id}")).await, listed[1], "it is aiko's alone");

    assert_eq!(
        aiko.sends(Method::POST, &format!("{V1}/{id}/dismiss"), json!({})).await.status,
        200
    );
    assert_eq!(aiko.call(Method::GET, &format!("{V1}/{id}"), None).await.status, 404);
    assert_eq!(said(&aiko.gets(V1).await).len(), 4);
    assert_eq!(aiko.sends(Method::POST, &format!("{V1}/clear"), json!({})).await.status, 200);
    assert_eq!(aiko.gets(V1).await, json!([]));
}

#[tokio::test]
async fn the_unread_count_is_the_webs() {
    let (_net, iwate, [aiko, ken, _]) = scene().await;
    let me = aiko.account().await.id;
    let web = async || {
        let mut tx = iwate.app().db.read().await.unwrap();
        tsudoi::feeds::notifications::unread(&mut tx, me).await.unwrap()
    };
    let count = |v: Value| v["count"].as_i64().unwrap();
    assert_eq!(count(aiko.gets(&format!("{V1}/unread_count")).await), 5);
    assert_eq!(web().await, 5);
    assert_eq!(count(aiko.gets(&format!("{V2}/unread_count")).await), 4, "likes are one group");
    assert_eq!(count(aiko.gets(&format!("{V1}/unread_count?limit=2")).await), 2);

    let newest: i64 = aiko.gets(V1).await[0]["id"].as_str().unwrap().parse().unwrap();
    let mut tx = iwate.app().db.begin().await.unwrap();
    tsudoi::feeds::notifications::mark_read(&mut tx, me, newest).await.unwrap();
    tx.commit().await.unwrap();
    ken.posts("@aiko もう一度").await;
    assert_eq!(count(aiko.gets(&format!("{V1}/unread_count")).await), 1);
    assert_eq!(web().await, 1);
    assert_eq!(count(aiko.gets(&format!("{V2}/unread_count")).await), 1);
}

#[tokio::test]
async fn what_many_did_in_one_way_is_one_group_with_its_people_and_its_post() {
    let (_net, _iwate, [aiko, ken, mio]) = scene().await;
    let page = aiko.gets(V2).await;
    let groups = page["notification_groups"].as_array().unwrap();
    let types: Vec<&str> = groups.iter().map(|g| g["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["follow", "mention", "reblog", "favourite"]);
    let likes = &groups[3];
    assert_eq!(likes["notifications_count"], 2);
    let (ken_id, mio_id) = (ken.account().await.id, mio.account().await.id);
    assert_eq!(likes["sample_account_ids"], json!([mio_id, ken_id]));
    let one_by_one = aiko.gets(&format!("{V1}?types[]=favourite")).await;
    assert_eq!(likes["most_recent_notification_id"], one_by_one[0]["id"]);
    assert_eq!(likes["page_max_id"], one_by_one[0]["id"]);
    assert_eq!(likes["page_min_id"], one_by_one[1]["id"]);
    assert_eq!(likes["latest_page_notification_at"], one_by_one[0]["created_at"]);
    assert_eq!(page["accounts"].as_array().unwrap().len(), 2, "each account once");
    assert_eq!(page["statuses"].as_array().unwrap().len(), 2, "each status once");
    assert_eq!(likes["status_id"], groups[2]["status_id"]);

    let key = likes["group_key"].as_str().unwrap();
    let alone = aiko.gets(&format!("{V2}/{key}")).await;
    assert_eq!(alone["notification_groups"], json!([likes]));
    let people = aiko.gets(&format!("{V2}/{key}/accounts")).await;
    let people: Vec<&Value> = people.as_array().unwrap().iter().map(|a| &a["username"]).collect();
    assert_eq!(people, ["mio", "ken"]);
    assert_eq!(ken.call(Method::GET, &format!("{V2}/{key}"), None).await.status, 404);

    assert_eq!(
        aiko.sends(Method::POST, &format!("{V2}/{key}/dismiss"), json!({})).await.status,
        200
    );
    assert_eq!(said(&aiko.gets(V1).await), ["follow ken", "mention ken", "reblog ken"]);
    assert_eq!(aiko.call(Method::GET, &format!("{V2}/{key}"), None).await.status, 404);
}

#[tokio::test]
async fn a_program_says_what_is_grouped_and_how_much_it_is_told_of_accounts() {
    let (_net, _iwate, [aiko, ..]) = scene().await;
    let apart = aiko.gets(&format!("{V2}?grouped_types[]=follow&types[]=favourite")).await;
    let groups = apart["notification_groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2);
    assert!(groups[0]["group_key"].as_str().unwrap().starts_with("ungrouped-"));

    let path = format!("{V2}?types[]=favourite&expand_accounts=partial_avatars");
    let partly = aiko.gets(&path).await;
    assert_eq!(partly["accounts"][0]["username"], "mio");
    assert_eq!(partly["partial_accounts"].as_array().unwrap().len(), 1);
    assert!(partly["partial_accounts"][0]["avatar"].is_string());
    assert!(partly["partial_accounts"][0].get("note").is_none());
    let wrong = aiko.call(Method::GET, &format!("{V2}?expand_accounts=some"), None).await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn pages_of_groups_leave_nothing_out_and_say_how_large_a_group_is() {
    let (net, iwate, [aiko, ken, _]) = scene().await;
    // A like of the next day is another group.
    net.advance(DAY);
    let late = iwate.member("rei").await;
    late.likes(aiko.timeline().await.last().unwrap().uri()).await;
    let mut seen = Vec::new();
    let mut path = format!("{V2}?limit=1");
    loop {
        let answer = aiko.call(Method::GET, &path, None).await;
        let page = answer.json();
        let groups = page["notification_groups"].as_array().unwrap();
        assert!(groups.len() <= 1);
        let Some(group) = groups.first() else { break };
        seen.push(format!("{} {}", group["type"].as_str().unwrap(), group["notifications_count"]));
        let oldest = group["page_min_id"].as_str().unwrap();
        path = format!("{V2}?limit=1&max_id={oldest}");
    }
    assert_eq!(seen, ["favourite 1", "follow 1", "mention 1", "reblog 1", "favourite 2"]);
    drop(ken);
}

#[tokio::test]
async fn nothing_is_held_back_and_nobody_is_told_otherwise() {
    let (_net, _iwate, [aiko, ..]) = scene().await;
    let policy = aiko.gets("/api/v2/notifications/policy").await;
    assert_eq!(policy["for_not_following"], "accept");
    assert_eq!(policy["summary"]["pending_requests_count"], 0);
    let change = |word: &str| Some(json!({"for_new_accounts": word}));
    let path = "/api/v2/notifications/policy";
    assert_eq!(aiko.call(Method::PATCH, path, change("filter")).await.status, 422);
    assert_eq!(aiko.call(Method::PATCH, path, change("accept")).await.status, 200);
    assert_eq!(aiko.gets("/api/v1/notifications/requests").await, json!([]));
    let merged = aiko.gets("/api/v1/notifications/requests/merged").await;
    assert_eq!(merged, json!({"merged": true}));
}

#[tokio::test]
async fn how_far_a_member_has_read_is_told_from_program_to_program_and_to_the_pages() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    ken.posts("@aiko おはよう").await;
    let ask = "/api/v1/markers?timeline[]=home&timeline[]=notifications";
    assert_eq!(aiko.call(Method::GET, ask, None).await.json(), json!({}));
    let listed = aiko.call(Method::GET, "/api/v1/notifications", None).await.json();
    let newest = listed[0]["id"].as_str().unwrap().to_owned();
    let unread = "/api/v1/notifications/unread_count";
    assert_eq!(aiko.call(Method::GET, unread, None).await.json()["count"], 1);

    let read = json!({"notifications": {"last_read_id": newest}, "home": {"last_read_id": "5"}});
    let told = aiko.call(Method::POST, "/api/v1/markers", Some(read)).await.succeeded().json();
    assert_eq!(told["notifications"]["last_read_id"], newest);
    assert_eq!(aiko.call(Method::GET, unread, None).await.json()["count"], 0);
    let again = json!({"home": {"last_read_id": "7"}});
    let told = aiko.call(Method::POST, "/api/v1/markers", Some(again)).await.json();
    assert_eq!(
        (told["home"]["last_read_id"].clone(), told["home"]["version"].clone()),
        (json!("7"), json!(2))
    );
    assert!(told.get("notifications").is_none(), "only what was changed");
    let home = aiko.call(Method::GET, "/api/v1/markers?timeline[]=home", None).await.json();
    assert_eq!(home["home"]["last_read_id"], "7");
    assert!(home.get("notifications").is_none());
    assert_eq!(ken.call(Method::GET, ask, None).await.json(), json!({}), "each has their own");
}

/// Follows somebody so, or changes how they are followed.
async fn follows(who: &Member, other: &Member, how: Value) {
    let id = who.id_of(other).await;
    who.does(&format!("/api/v1/accounts/{id}/follow"), how).await;
}

#[tokio::test]
async fn who_wishes_so_is_told_of_each_new_post_of_somebody_they_follow() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    let (mio, rei) = (iwate.member("mio").await, iwate.member("rei").await);
    follows(&aiko, &ken, json!({"notify": true})).await;
    mio.follows(&ken.handle()).await;
    let post = ken.posts_to("followers", "仲間へ").await;
    let told = aiko.gets(&format!("{V1}?types[]=status")).await;
    assert_eq!(said(&told), ["status ken"]);
    assert_eq!(told[0]["status"]["id"], post.id());
    assert!(mio.notifications().await.is_empty(), "mio did not ask for it");

    ken.replies_to(post.uri(), "つづき").await;
    assert_eq!(aiko.notifications().await, ["status ken", "status ken"], "a thread of his own");
    let of_rei = rei.posts("みなさんへ").await;
    ken.boosts(of_rei.uri()).await;
    ken.replies_to(of_rei.uri(), "こんにちは").await;
    ken.posts_to("direct", "@rei 内緒").await;
    assert_eq!(aiko.notifications().await.len(), 2, "neither boosts nor what he says to others");
    ken.posts("@aiko おはよう").await;
    assert_eq!(aiko.notifications().await, ["mention ken", "status ken", "status ken"]);

    follows(&aiko, &ken, json!({"notify": true, "languages": ["ja"]})).await;
    ken.says(json!({"status": "Hello", "language": "en"})).await;
    assert_eq!(aiko.notifications().await.len(), 3, "aiko does not read his English posts");
    let mute = format!("/api/v1/accounts/{}/mute", aiko.id_of(&ken).await);
    aiko.does(&mute, json!({"notifications": false})).await;
    ken.says(json!({"status": "おはよう", "language": "ja"})).await;
    aiko.relates("unmute", &ken.handle()).await.succeeded();
    assert_eq!(aiko.notifications().await.len(), 3, "nor what he says while he is muted");
    follows(&aiko, &ken, json!({"notify": false})).await;
    ken.says(json!({"status": "また", "language": "ja"})).await;
    assert_eq!(aiko.notifications().await.len(), 3);

    ken.deletes(post.uri()).await;
    assert_eq!(aiko.notifications().await, ["mention ken", "status ken"]);
    let page = Browser::of(&aiko).await.opens("/notifications").await;
    assert!(page.text().contains("さんが投稿しました"));
}

#[tokio::test]
async fn who_is_quoted_is_told_that_and_not_of_the_post_as_well() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    follows(&aiko, &ken, json!({"notify": true})).await;
    let own = aiko.posts("おはよう").await;
    ken.quotes(own.uri(), "いい朝です").await;
    assert_eq!(aiko.notifications().await, ["quote ken"]);
    let other = ken.posts("こんにちは").await;
    ken.quotes(other.uri(), "昨日も言いました").await;
    assert_eq!(aiko.notifications().await, ["status ken", "status ken", "quote ken"]);
    // Nobody is told of quotes that stay on the node.
    let id = aiko.finds_post(own.uri()).await;
    let quoting = json!({"status": "支部で", "visibility": "chapter", "quoted_status_id": id.id()});
    ken.says(quoting).await;
    assert_eq!(aiko.notifications().await[0], "status ken");
}

#[tokio::test]
async fn who_asked_to_follow_is_told_of_posts_once_they_may_read_them() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    ken.locks().await;
    follows(&aiko, &ken, json!({"notify": true})).await;
    ken.posts("前").await;
    assert!(aiko.notifications().await.is_empty());
    ken.answers_request(&aiko.handle(), "authorize").await;
    ken.posts("後").await;
    assert_eq!(aiko.notifications().await, ["status ken"]);
}

#[tokio::test]
async fn a_post_from_elsewhere_is_told_of_while_it_is_news() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);
    follows(&aiko, &ken, json!({"notify": true})).await;
    settle(&[&iwate, &akita]).await;
    let late = ken.posts("きのう").await;
    net.advance(7 * HOUR);
    settle(&[&iwate, &akita]).await;
    assert_eq!(aiko.reads().await, ["きのう"]);
    assert!(aiko.notifications().await.is_empty(), "it is found in the timeline");
    ken.edits(late.uri(), "おととい").await;
    ken.posts("いま").await;
    settle(&[&iwate, &akita]).await;
    assert_eq!(aiko.reads().await, ["いま", "おととい"], "the edit has arrived, too");
    assert_eq!(aiko.notifications().await, ["status ken"]);
}

#[tokio::test]
async fn all_who_wish_so_are_told_of_a_post_each_once() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let ken = iwate.member("ken").await;
    let mut readers = Vec::new();
    for name in ["aiko", "mio", "rei"] {
        let reader = iwate.member(name).await;
        follows(&reader, &ken, json!({"notify": true})).await;
        readers.push(reader);
    }
    ken.posts("おはよう").await;
    for reader in &readers {
        assert_eq!(reader.notifications().await, ["status ken"]);
    }
}

#[tokio::test]
async fn a_post_for_the_network_is_told_of_at_other_nodes_and_one_for_the_chapter_at_home() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let (near, far) = (nodes[0].member("aiko").await, nodes[1].member("mio").await);
    let ken = nodes[0].member("ken").await;
    for reader in [&near, &far] {
        follows(reader, &ken, json!({"notify": true})).await;
    }
    talk(&[&nodes[0], &nodes[1]]).await;
    settle(&[&nodes[0], &nodes[1]]).await;

    let shared = ken.posts_to("network", "来週の下見").await;
    let inside = ken.posts_to("chapter", "支部の連絡").await;
    talk(&[&nodes[0], &nodes[1]]).await;

    let told = far.gets(&format!("{V1}?types[]=status")).await;
    assert_eq!(said(&told), ["status ken"], "by the log, once");
    assert_eq!(told[0]["status"]["uri"], shared.uri());
    let told = near.gets(&format!("{V1}?types[]=status")).await;
    assert_eq!(said(&told), ["status ken", "status ken"]);
    assert_eq!(told[0]["status"]["uri"], inside.uri());
}

#[tokio::test]
async fn who_does_not_want_to_hear_of_a_conversation_is_not_told_of_posts_in_it() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    follows(&aiko, &ken, json!({"notify": true})).await;
    let first = ken.posts("長い話").await;
    aiko.reacts("mute", first.uri()).await.succeeded();
    ken.replies_to(first.uri(), "つづき").await;
    assert_eq!(aiko.notifications().await, ["status ken"], "of the first");
    ken.posts("別の話").await;
    assert_eq!(aiko.notifications().await, ["status ken", "status ken"]);
}
