//! The client API: writing, reading and keeping statuses, as programs do it.
use federation_tests::{
    Answer, Member, Network, Node, Shown,
    chapters::{chapters, talk},
};
use reqwest::{Method, multipart};
use serde_json::{Value, json};
use tsudoi::{
    clock::{DAY, HOUR, MINUTE},
    jobs,
    posts::actions::schedule,
};

async fn a_node() -> (Node, Member, Member) {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    (iwate, aiko, ken)
}

fn texts(statuses: &Value) -> Vec<String> {
    statuses.as_array().unwrap().iter().cloned().map(|s| Shown(s).text()).collect()
}

/// The address in the header `Link` of this relation, without the node's own.
fn link(answer: &Answer, rel: &str) -> Option<String> {
    let links = answer.header("link").to_owned();
    let one = links.split(", ").find(|l| l.ends_with(&format!("rel=\"{rel}\"")))?;
    let address = one.split_once('<').unwrap().1.split_once('>').unwrap().0;
    Some(address.split_once(".localhost").unwrap().1.split_once('/').unwrap().1.to_owned())
}

#[tokio::test]
async fn a_picture_with_a_description_is_uploaded_described_anew_and_posted() {
    let (_iwate, aiko, ken) = a_node().await;

    let media = aiko.uploads("/api/v2/media", "青い空").await.succeeded().json();
    let id = media["id"].as_str().unwrap().to_owned();
    assert_eq!(media["type"], "image");
    assert_eq!(media["description"], "青い空");
    assert_eq!(media["meta"]["focus"], json!({"x": 0.5, "y": -0.25}));
    let (width, height) =
        (&media["meta"]["original"]["width"], &media["meta"]["original"]["height"]);
    assert_eq!(media["meta"]["original"]["size"], format!("{width}x{height}"));
    assert!(media["blurhash"].is_string() && media["preview_url"].is_string());
    let path = format!("/api/v1/media/{id}");
    assert_eq!(aiko.gets(&path).await["id"], id);
    assert_eq!(ken.call(Method::GET, &path, None).await.status, 404, "it is aiko's");

    let changed = aiko.sends(Method::PUT, &path, json!({"description": "夏の空"})).await.json();
    assert_eq!(changed["description"], "夏の空");
    assert_eq!(changed["meta"]["focus"]["x"], 0.5, "what is not named stays");
    let post = aiko.says(json!({"status": "盛岡の空", "media_ids": [id]})).await;
    assert_eq!(post.0["media_attachments"][0]["description"], "夏の空");
    assert_eq!(aiko.sends(Method::PUT, &path, json!({"description": "x"})).await.status, 404);
    assert_eq!(aiko.call(Method::DELETE, &path, None).await.status, 422, "the post has it");

    let older = aiko.uploads("/api/v1/media", "").await.succeeded().json();
    let unused = format!("/api/v1/media/{}", older["id"].as_str().unwrap());
    aiko.call(Method::DELETE, &unused, None).await.succeeded();
    jobs::tidy_up(aiko.node.app()).await.unwrap();
    assert_eq!(aiko.call(Method::GET, &unused, None).await.status, 404);
}

#[tokio::test]
async fn what_is_no_picture_is_refused_in_the_readers_words() {
    let (_iwate, aiko, _) = a_node().await;
    let file = multipart::Part::bytes(&b"%PDF-1.7"[..]).file_name("a.pdf");
    let form = multipart::Form::new().part("file", file);
    let request = aiko.node.net().http.post(aiko.node.url("/api/v2/media"));
    let request = request.bearer_auth(aiko.token()).header("accept-language", "en").multipart(form);
    let answer = Answer::of(request.send().await.unwrap()).await;
    assert_eq!(answer.status, 422);
    assert_eq!(
        answer.json()["error"],
        "This kind of file cannot be used. Please choose a picture in JPEG, PNG, GIF or WebP format."
    );
    assert_eq!(aiko.sends(Method::POST, "/api/v2/media", json!({})).await.status, 400);
}

#[tokio::test]
async fn a_form_in_the_manner_of_rails_posts_a_poll_and_others_vote() {
    let (iwate, aiko, ken) = a_node().await;
    let form = "status=%E3%81%84%E3%81%A4%EF%BC%9F&poll[options][]=%E5%9C%9F&poll[options][]=%E6%97%A5&poll[expires_in]=3600\
                &poll[multiple]=1&visibility=public&sensitive=false";
    let request = iwate.net().http.post(iwate.url("/api/v1/statuses")).bearer_auth(aiko.token());
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    let post = Answer::of(request.send().await.unwrap()).await.succeeded().json();
    assert_eq!(post["poll"]["multiple"], true);
    let path = format!("/api/v1/polls/{}", post["poll"]["id"].as_str().unwrap());

    let voted =
        ken.sends(Method::POST, &format!("{path}/votes"), json!({"choices": ["0", 1]})).await;
    assert_eq!(voted.succeeded().json()["own_votes"], json!([0, 1]));
    assert_eq!(aiko.gets(&path).await["votes_count"], 2);
    let again = ken.sends(Method::POST, &format!("{path}/votes"), json!({"choices": [0]})).await;
    assert_eq!(again.status, 422);
    assert_eq!(aiko.gets(&path).await["voters_count"], 1);
}

#[tokio::test]
async fn an_edit_keeps_what_it_does_not_name_and_every_version_can_be_read() {
    let (_iwate, aiko, ken) = a_node().await;
    let media = aiko.uploads("/api/v2/media", "空").await.json();
    let first = json!({"status": "あした", "media_ids": [media["id"]], "spoiler_text": "予定"});
    let post = aiko.says(first).await;
    let path = format!("/api/v1/statuses/{}", post.id());

    let edited =
        aiko.sends(Method::PUT, &path, json!({"status": "あさって"})).await.succeeded().json();
    assert_eq!(Shown(edited.clone()).text(), "あさって");
    assert_eq!(edited["spoiler_text"], "予定");
    assert_eq!(edited["media_attachments"][0]["id"], media["id"]);
    assert!(edited["edited_at"].is_string());
    let about = json!({"media_ids": [media["id"]], "media_attributes": [{"id": media["id"], "description": "朝の空"}]});
    let edited = aiko.sends(Method::PUT, &path, about).await.succeeded().json();
    assert_eq!(edited["media_attachments"][0]["description"], "朝の空");
    let without = aiko.sends(Method::PUT, &path, json!({"media_ids": []})).await.succeeded().json();
    assert_eq!(without["media_attachments"], json!([]));

    let versions = ken.gets(&format!("{path}/history")).await;
    let said: Vec<String> =
        versions.as_array().unwrap().iter().map(|v| Shown(v.clone()).text()).collect();
    assert_eq!(said, ["あした", "あさって", "あさって", "あさって"]);
    assert_eq!(aiko.gets(&format!("{path}/source")).await["text"], "あさって");
    let not_hers = ken.call(Method::GET, &format!("{path}/source"), None).await;
    assert_eq!(not_hers.status, 404, "only the author edits");
    assert_eq!(ken.sends(Method::PUT, &path, json!({"status": "x"})).await.status, 404);
}

#[tokio::test]
async fn the_choices_of_a_poll_stay_as_they_were_voted_for() {
    let (_iwate, aiko, _) = a_node().await;
    let post = aiko.asks("どちら？", &["山", "海"], 3_600).await;
    let path = format!("/api/v1/statuses/{}", post.id());
    let other = json!({"status": "どこ？", "poll": {"options": ["山", "川"], "expires_in": 3600}});
    assert_eq!(aiko.sends(Method::PUT, &path, other).await.status, 422);
    assert_eq!(Shown(aiko.gets(&path).await).text(), "どちら？", "nothing was changed");
    let same = json!({"status": "どこ？", "poll": {"options": ["山", "海"], "expires_in": 3600}});
    assert_eq!(aiko.sends(Method::PUT, &path, same).await.status, 200);
}

#[tokio::test]
async fn a_timeline_is_read_to_its_end_and_a_gap_is_filled_from_below() {
    let (_iwate, aiko, _) = a_node().await;
    for n in 1..=5 {
        aiko.posts(&format!("{n}")).await;
    }
    let home = "/api/v1/timelines/home";
    let first = aiko.call(Method::GET, &format!("{home}?limit=2&unknown=x"), None).await;
    assert_eq!(texts(&first.json()), ["5", "4"]);
    let next = link(&first, "next").unwrap();
    assert!(next.contains("unknown=x") && next.contains("limit=2"), "what was asked stays: {next}");
    let second = aiko.call(Method::GET, &format!("/{next}"), None).await;
    assert_eq!(texts(&second.json()), ["3", "2"]);
    let last = aiko.call(Method::GET, &format!("/{}", link(&second, "next").unwrap()), None).await;
    assert_eq!(texts(&last.json()), ["1"]);
    assert_eq!(link(&last, "next"), None, "there the list ends");

    let oldest = last.json()[0]["id"].as_str().unwrap().to_owned();
    let above = aiko.gets(&format!("{home}?limit=2&min_id={oldest}")).await;
    assert_eq!(texts(&above), ["3", "2"], "right above, newest first");
    let newest = aiko.gets(&format!("{home}?limit=2&since_id={oldest}")).await;
    assert_eq!(texts(&newest), ["5", "4"]);
    let back = aiko.call(Method::GET, &format!("/{}", link(&last, "prev").unwrap()), None).await;
    assert_eq!(texts(&back.json()), ["3", "2"]);
    assert_eq!(aiko.gets(&format!("{home}?limit=2&min_id=9000000000000000000")).await, json!([]));
    assert_eq!(aiko.call(Method::GET, &format!("{home}?max_id=x"), None).await.status, 400);
}

#[tokio::test]
async fn the_posts_of_an_account_can_be_asked_for_by_kind() {
    let (_iwate, aiko, ken) = a_node().await;
    let media = aiko.uploads("/api/v2/media", "空").await.json();
    let post = aiko.posts("はじめに #山").await;
    let theirs = ken.posts("ken より").await;
    aiko.replies_to(theirs.uri(), "返事").await;
    aiko.boosts(theirs.uri()).await;
    aiko.says(json!({"status": "空", "media_ids": [media["id"]]})).await;
    aiko.pins(post.uri()).await;
    let id = post.0["account"]["id"].as_str().unwrap();
    let listed = async |query: &str| {
        texts(&ken.gets(&format!("/api/v1/accounts/{id}/statuses?{query}")).await)
    };
    assert_eq!(listed("").await, ["空", "ken より", "返事", "はじめに #山"]);
    assert_eq!(listed("exclude_replies=true").await, ["空", "ken より", "はじめに #山"]);
    assert_eq!(listed("exclude_reblogs=1").await, ["空", "返事", "はじめに #山"]);
    assert_eq!(listed("only_media=true").await, ["空"]);
    assert_eq!(listed("tagged=山").await, ["はじめに #山"]);
    assert_eq!(listed("pinned=true").await, ["はじめに #山"]);
}

#[tokio::test]
async fn who_liked_and_boosted_and_what_was_kept_can_be_listed() {
    let (_iwate, aiko, ken) = a_node().await;
    let post = aiko.posts("集いましょう").await;
    ken.likes(post.uri()).await;
    let wrapper = ken.reacts("reblog", post.uri()).await.succeeded().json();
    assert_eq!(wrapper["reblog"]["id"], post.id());
    assert_ne!(wrapper["id"], post.id());
    assert_eq!(wrapper["account"]["username"], "ken");
    assert_eq!(
        ken.reacts("reblog", post.uri()).await.json()["id"],
        wrapper["id"],
        "a repeat is the same"
    );
    ken.bookmarks(post.uri()).await;

    let names = async |member: &Member, path: &str| -> Vec<String> {
        let listed = member.gets(path).await;
        let each = listed.as_array().unwrap().iter();
        each.map(|a| a["username"].as_str().unwrap().to_owned()).collect()
    };
    let path = format!("/api/v1/statuses/{}", post.id());
    assert_eq!(names(&aiko, &format!("{path}/favourited_by")).await, ["ken"]);
    assert_eq!(names(&aiko, &format!("{path}/reblogged_by")).await, ["ken"]);
    assert_eq!(texts(&ken.gets("/api/v1/favourites").await), ["集いましょう"]);
    assert_eq!(texts(&ken.gets("/api/v1/bookmarks").await), ["集いましょう"]);
    assert_eq!(aiko.gets("/api/v1/bookmarks").await, json!([]));

    let secret = aiko.posts_to("direct", "内緒").await;
    let path = format!("/api/v1/statuses/{}/favourited_by", secret.id());
    assert_eq!(ken.call(Method::GET, &path, None).await.status, 404, "not ken's to look at");
}

#[tokio::test]
async fn several_statuses_are_asked_for_at_once_and_hidden_ones_are_left_out() {
    let (_iwate, aiko, ken) = a_node().await;
    let (open, secret) = (aiko.posts("みんなへ").await, aiko.posts_to("direct", "内緒").await);
    let ids = format!("id[]={}&id[]={}", open.id(), secret.id());
    assert_eq!(texts(&ken.gets(&format!("/api/v1/statuses?{ids}")).await), ["みんなへ"]);
    let many = "id[]=1&".repeat(41);
    assert_eq!(ken.call(Method::GET, &format!("/api/v1/statuses?{many}"), None).await.status, 400);
}

#[tokio::test]
async fn a_muted_conversation_is_quiet_until_it_is_wanted_again() {
    let (_iwate, aiko, ken) = a_node().await;
    let post = aiko.posts("相談").await;
    let muted = aiko.reacts("mute", post.uri()).await.succeeded().json();
    assert_eq!(muted["muted"], true);
    let reply = ken.replies_to(post.uri(), "@aiko なるほど").await;
    assert_eq!(aiko.notifications().await, Vec::<String>::new());
    assert_eq!(aiko.finds_post(reply.uri()).await.0["muted"], true, "the whole conversation");
    aiko.reacts("unmute", post.uri()).await.succeeded();
    ken.replies_to(post.uri(), "@aiko では").await;
    assert_eq!(aiko.notifications().await, ["mention ken"]);
}

#[tokio::test]
async fn a_scheduled_post_comes_when_it_is_due_and_once() {
    let (iwate, aiko, _) = a_node().await;
    let media = aiko.uploads("/api/v2/media", "空").await.json();
    let at = |after: i64| iwate.app().now().plus(after).iso();
    let soon = json!({"status": "x", "scheduled_at": at(4 * MINUTE)});
    assert_eq!(aiko.tries_to_say(soon).await.status, 422);
    let later = json!({"status": "来週", "media_ids": [media["id"]], "scheduled_at": at(2 * DAY)});
    let waiting = aiko.tries_to_say(later).await.succeeded().json();
    assert_eq!(waiting["params"]["text"], "来週");
    let path = format!("/api/v1/scheduled_statuses/{}", waiting["id"].as_str().unwrap());
    assert_eq!(
        aiko.gets("/api/v1/scheduled_statuses").await[0]["media_attachments"][0]["id"],
        media["id"]
    );

    iwate.net().advance(2 * DAY - HOUR);
    jobs::tidy_up(iwate.app()).await.unwrap();
    assert_eq!(schedule::publish_due(iwate.app()).await.unwrap(), 0);
    assert!(aiko.reads().await.is_empty());
    let moved = json!({"scheduled_at": at(3 * HOUR)});
    aiko.sends(Method::PUT, &path, moved).await.succeeded();
    iwate.net().advance(2 * HOUR);
    assert_eq!(schedule::publish_due(iwate.app()).await.unwrap(), 0, "it was moved");
    iwate.net().advance(HOUR);
    assert_eq!(schedule::publish_due(iwate.app()).await.unwrap(), 1);
    assert_eq!(schedule::publish_due(iwate.app()).await.unwrap(), 0);
    let home = aiko.timeline().await;
    assert_eq!(home[0].text(), "来週");
    assert_eq!(home[0].0["media_attachments"][0]["id"], media["id"], "its picture was kept");
    assert_eq!(aiko.gets("/api/v1/scheduled_statuses").await, json!([]));
}

#[tokio::test]
async fn a_scheduled_post_can_be_cancelled_and_one_that_cannot_be_published_says_why() {
    let (iwate, aiko, ken) = a_node().await;
    let parent = ken.posts("問い").await;
    let at = iwate.app().now().plus(HOUR).iso();
    let parent_here = aiko.finds_post(parent.uri()).await;
    let reply = json!({"status": "答え", "in_reply_to_id": parent_here.id(), "scheduled_at": at});
    let waiting = aiko.tries_to_say(reply).await.succeeded().json();
    let other = aiko.tries_to_say(json!({"status": "やめる", "scheduled_at": at})).await.json();
    let path = |s: &Value| format!("/api/v1/scheduled_statuses/{}", s["id"].as_str().unwrap());
    assert_eq!(ken.call(Method::DELETE, &path(&other), None).await.status, 404, "it is aiko's");
    aiko.call(Method::DELETE, &path(&other), None).await.succeeded();
    ken.deletes(parent.uri()).await;

    iwate.net().advance(HOUR);
    assert_eq!(schedule::publish_due(iwate.app()).await.unwrap(), 0);
    assert_eq!(aiko.gets(&path(&waiting)).await["problem"], "reply-parent-gone");
    assert_eq!(aiko.gets("/api/v1/scheduled_statuses").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_program_that_answers_a_post_of_the_network_cannot_carry_it_outside() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let (aiko, ken) = (nodes[0].member("aiko").await, nodes[1].member("ken").await);
    let post = aiko.posts_to("network", "みなさんへ").await;
    assert_eq!(post.0["visibility"], "private");
    assert_eq!(post.0["audience"], "network");
    talk(&[&nodes[0], &nodes[1]]).await;

    for visibility in ["public", "unlisted", "private", "network"] {
        let seen = ken.finds_post(post.uri()).await;
        let reply =
            json!({"status": visibility, "in_reply_to_id": seen.id(), "visibility": visibility});
        let reply = ken.says(reply).await;
        assert_eq!(reply.0["audience"], "network", "{visibility}");
    }
}

#[tokio::test]
async fn quotes_are_counted_listed_allowed_and_taken_back() {
    let (_iwate, aiko, ken) = a_node().await;
    let post = aiko.posts("名言").await;
    assert_eq!(post.0["quote_approval"]["automatic"], json!(["public"]));
    let quoting = ken.quotes(post.uri(), "同感").await;
    let path = format!("/api/v1/statuses/{}", post.id());
    assert_eq!(aiko.gets(&path).await["quotes_count"], 1);
    assert_eq!(texts(&aiko.gets(&format!("{path}/quotes")).await).len(), 1);

    let closed = json!({"quote_approval_policy": "nobody"});
    let answer = aiko.sends(Method::PUT, &format!("{path}/interaction_policy"), closed).await;
    assert_eq!(answer.succeeded().json()["quote_approval"]["automatic"], json!([]));
    let refused = json!({"status": "もう一度", "quoted_status_id": post.id()});
    assert_eq!(ken.tries_to_say(refused).await.status, 403);
    let revoke = format!("{path}/quotes/{}/revoke", quoting.id());
    assert_eq!(ken.sends(Method::POST, &revoke, json!({})).await.status, 404, "aiko's alone");
    aiko.sends(Method::POST, &revoke, json!({})).await.succeeded();
    assert_eq!(aiko.gets(&path).await["quotes_count"], 0);
}

#[tokio::test]
async fn the_node_says_what_it_is_and_what_it_takes() {
    let (iwate, _, _) = a_node().await;
    let v2 = iwate.get("/api/v2/instance", "application/json").await.json();
    assert_eq!(v2["domain"], iwate.host());
    assert!(v2["version"].as_str().unwrap().starts_with("4.5.0 (compatible; Tsudoi "));
    assert_eq!(v2["configuration"]["statuses"]["max_characters"], 3_000);
    assert_eq!(v2["configuration"]["statuses"]["characters_reserved_per_url"], 23);
    assert_eq!(v2["configuration"]["media_attachments"]["description_limit"], 1_500);
    let key = v2["configuration"]["vapid"]["public_key"].as_str().unwrap();
    assert_eq!(key.len(), 87, "a point on the curve");
    assert!(v2["configuration"]["urls"]["streaming"].as_str().unwrap().starts_with("ws"));
    let v1 = iwate.get("/api/v1/instance", "application/json").await.json();
    assert_eq!(v1["uri"], iwate.host());
    assert_eq!(v1["stats"]["user_count"], 2);
    assert_eq!(v1["max_toot_chars"], 3_000);
}

#[tokio::test]
async fn a_post_that_is_deleted_to_be_written_anew_keeps_its_pictures() {
    let (_iwate, aiko, _) = a_node().await;
    let media = aiko.uploads("/api/v2/media", "空").await.json();
    let post = aiko.says(json!({"status": "そら", "media_ids": [media["id"]]})).await;
    let path = format!("/api/v1/statuses/{}", post.id());
    let gone = aiko.call(Method::DELETE, &path, None).await.succeeded().json();
    assert_eq!(gone["text"], "そら");
    let again = json!({"status": "空", "media_ids": [gone["media_attachments"][0]["id"]]});
    let again = aiko.says(again).await;
    assert_eq!(again.0["media_attachments"][0]["description"], "空");
}

#[tokio::test]
async fn where_another_server_does_not_answer_search_finds_what_is_known_here() {
    let (_iwate, aiko, _) = a_node().await;
    let handle = "@nobody@nowhere.localhost:9";
    aiko.posts(&format!("{handle} はどこでしょう")).await;
    let found = aiko.gets(&format!("/api/v2/search?q={handle}&resolve=true")).await;
    assert_eq!(found["accounts"], json!([]));
    let found = aiko.gets(&format!("/api/v1/accounts/search?q={handle}&resolve=true")).await;
    assert_eq!(found, json!([]));
}
