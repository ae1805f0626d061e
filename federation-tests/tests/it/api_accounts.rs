//! The client API about accounts: who they are, how the member stands to them, and whom the member does not want to see.
use federation_tests::{Answer, Browser, Member, Network, Node, Reply, Stranger, settle};
use reqwest::Method;
use serde_json::{Value, json};
use tsudoi::{
    clock::{DAY, HOUR, MINUTE},
    jobs,
};

const SKY: &[u8] = include_bytes!("../foreign/sky.png");

async fn standing(who: &Member, id: &str) -> Value {
    who.gets(&format!("/api/v1/accounts/relationships?id[]={id}")).await[0].clone()
}

fn names(accounts: &Value) -> Vec<&str> {
    accounts.as_array().unwrap().iter().map(|a| a["username"].as_str().unwrap()).collect()
}

/// The path and query of the page behind a relation of the `Link` header.
fn linked(answer: &Answer, relation: &str) -> Option<String> {
    let links =
        answer.header("link").split(", ").find(|l| l.ends_with(&format!("rel=\"{relation}\"")))?;
    let address = links.split(['<', '>']).nth(1)?;
    let (_, rest) = address.split_once(".localhost:")?;
    rest.split_once('/').map(|(_, path)| format!("/{path}"))
}

#[tokio::test]
async fn a_follow_is_shown_as_done_at_once_and_the_truth_is_told_later() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);
    let id = aiko.id_of(&ken).await;
    let path = format!("/api/v1/accounts/{id}/follow");
    let said = aiko
        .does(&path, json!({"reblogs": false, "notify": "true", "languages": ["ja", "en"]}))
        .await;
    assert_eq!((&said["following"], &said["requested"]), (&json!(true), &json!(false)));
    assert_eq!((&said["showing_reblogs"], &said["notifying"]), (&json!(false), &json!(true)));
    assert_eq!(said["languages"], json!(["ja", "en"]));
    let now = standing(&aiko, &id).await;
    assert_eq!((&now["following"], &now["requested"]), (&json!(false), &json!(true)));
    settle(&[&iwate, &akita]).await;
    assert_eq!(standing(&aiko, &id).await["following"], json!(true));
    assert_eq!(aiko.does(&path, json!({"reblogs": true})).await["showing_reblogs"], json!(true));

    let saku = akita.member("saku").await;
    saku.locks().await;
    let id = aiko.id_of(&saku).await;
    let said = aiko.does(&format!("/api/v1/accounts/{id}/follow"), json!({})).await;
    assert_eq!((&said["following"], &said["requested"]), (&json!(false), &json!(true)));
    settle(&[&iwate, &akita]).await;
    let known_as = saku.id_of(&aiko).await;
    assert_eq!(standing(&saku, &known_as).await["requested_by"], json!(true));
}

#[tokio::test]
async fn a_follow_brings_only_the_boosts_and_languages_that_are_wanted() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let (aiko, ken, mio) =
        (node.member("aiko").await, node.member("ken").await, node.member("mio").await);
    let id = aiko.id_of(&ken).await;
    let follow = format!("/api/v1/accounts/{id}/follow");
    aiko.does(&follow, json!({"reblogs": false, "languages": ["ja"]})).await;
    let theirs = mio.posts("みおの投稿").await;
    ken.boosts(theirs.uri()).await;
    ken.says(json!({"status": "hello", "language": "en"})).await;
    ken.says(json!({"status": "こんにちは", "language": "ja"})).await;
    assert_eq!(aiko.reads().await, ["こんにちは"]);
    aiko.does(&follow, json!({"reblogs": true, "languages": []})).await;
    ken.says(json!({"status": "good bye", "language": "en"})).await;
    assert_eq!(aiko.reads().await, ["good bye", "こんにちは"]);
}

#[tokio::test]
async fn how_one_stands_to_eighty_people_is_told_in_the_order_of_the_question() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let (aiko, ken, mio) =
        (node.member("aiko").await, node.member("ken").await, node.member("mio").await);
    let (ken_id, mio_id) = (aiko.id_of(&ken).await, aiko.id_of(&mio).await);
    let path = format!("/api/v1/accounts/{mio_id}/note");
    let noted = aiko.does(&path, json!({"comment": " 高校の友達 "})).await;
    assert_eq!(noted["note"], json!("高校の友達"));
    mio.blocks(&aiko.handle()).await;
    ken.follows(&aiko.handle()).await;
    let path = format!("/api/v1/accounts/relationships?id[]={mio_id}&id[]={ken_id}&id[]=12");
    let all = aiko.gets(&path).await;
    assert_eq!(all.as_array().unwrap().len(), 2);
    assert_eq!((&all[0]["id"], &all[1]["id"]), (&json!(mio_id), &json!(ken_id)));
    assert_eq!((&all[0]["note"], &all[0]["blocked_by"]), (&json!("高校の友達"), &json!(true)));
    assert_eq!((&all[1]["note"], &all[1]["followed_by"]), (&json!(""), &json!(true)));
    let too_long = json!({"comment": "あ".repeat(2_001)});
    let path = format!("/api/v1/accounts/{mio_id}/note");
    assert_eq!(aiko.call(Method::POST, &path, Some(too_long)).await.status, 422);
    aiko.does(&path, json!({"comment": ""})).await;
    assert_eq!(standing(&aiko, &mio_id).await["note"], json!(""));
}

#[tokio::test]
async fn a_mute_for_a_time_ends_by_itself_and_may_leave_notifications_alone() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let (aiko, ken) = (node.member("aiko").await, node.member("ken").await);
    aiko.follows(&ken.handle()).await;
    let id = aiko.id_of(&ken).await;
    let path = format!("/api/v1/accounts/{id}/mute");
    let said = aiko.does(&path, json!({"notifications": "false", "duration": "600"})).await;
    assert_eq!((&said["muting"], &said["muting_notifications"]), (&json!(true), &json!(false)));
    assert!(said["muting_expires_at"].is_string());
    assert!(aiko.gets("/api/v1/mutes").await[0]["mute_expires_at"].is_string());
    let said = ken.posts("@aiko 見えますか").await;
    assert!(aiko.reads().await.is_empty());
    assert_eq!(aiko.notifications().await.first().map(String::as_str), Some("mention ken"));
    net.advance(9 * MINUTE);
    assert_eq!(jobs::end_mutes(node.app()).await.unwrap(), 0);
    net.advance(2 * MINUTE);
    assert_eq!(jobs::end_mutes(node.app()).await.unwrap(), 1);
    assert_eq!(standing(&aiko, &id).await["muting"], json!(false));
    ken.posts("また見える").await;
    assert_eq!(aiko.reads().await, ["また見える"]);

    aiko.does(&path, json!({})).await;
    ken.deletes(said.uri()).await;
    ken.posts("@aiko 聞こえますか").await;
    assert!(!aiko.notifications().await.contains(&"mention ken".to_owned()));
    let me = aiko.id_of(&aiko).await;
    assert_eq!(aiko.relates("mute", "aiko").await.status, 403, "{me}");
}

#[tokio::test]
async fn lists_of_people_are_read_page_by_page() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let aiko = node.member("aiko").await;
    for name in ["ken", "mio", "saku"] {
        let other = node.member(name).await;
        aiko.follows(&other.handle()).await;
        aiko.relates("mute", &other.handle()).await.succeeded();
        other.follows(&aiko.handle()).await;
    }
    let me = aiko.id_of(&aiko).await;
    for path in [
        format!("/api/v1/accounts/{me}/following?limit=2"),
        format!("/api/v1/accounts/{me}/followers?limit=2"),
        "/api/v1/mutes?limit=2".to_owned(),
    ] {
        let first = aiko.call(Method::GET, &path, None).await.succeeded();
        assert_eq!(names(&first.json()), ["saku", "mio"], "{path}");
        let next = linked(&first, "next").unwrap();
        assert!(next.contains("limit=2"), "{next}");
        let second = aiko.call(Method::GET, &next, None).await.succeeded();
        assert_eq!(names(&second.json()), ["ken"], "{next}");
        assert_eq!(linked(&second, "next"), None);
        let back = aiko.call(Method::GET, &linked(&second, "prev").unwrap(), None).await;
        assert_eq!(names(&back.succeeded().json()), ["saku", "mio"]);
    }
    let familiar = aiko.gets(&format!("/api/v1/accounts/familiar_followers?id[]={me}")).await;
    assert_eq!(names(&familiar[0]["accounts"]).len(), 3);
    aiko.blocks("ken").await;
    assert_eq!(names(&aiko.gets("/api/v1/blocks").await), ["ken"]);
    assert_eq!(
        names(&aiko.gets(&format!("/api/v1/accounts/{me}/followers")).await),
        ["saku", "mio"]
    );
}

#[tokio::test]
async fn who_asks_to_follow_is_listed_and_answered() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let (aiko, ken) = (node.member("aiko").await, node.member("ken").await);
    aiko.locks().await;
    ken.follows(&aiko.handle()).await;
    let waiting = aiko.gets("/api/v1/follow_requests?limit=80").await;
    assert_eq!(names(&waiting), ["ken"]);
    let me = aiko.gets("/api/v1/accounts/verify_credentials").await;
    assert_eq!(me["source"]["follow_requests_count"], json!(1));
    let path = format!("/api/v1/follow_requests/{}/authorize", waiting[0]["id"].as_str().unwrap());
    assert_eq!(aiko.does(&path, json!({})).await["followed_by"], json!(true));
    assert_eq!(aiko.gets("/api/v1/follow_requests").await, json!([]));
}

#[tokio::test]
async fn nobody_of_a_blocked_host_is_seen_or_heard_and_follows_end_both_ways() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken, mio) =
        (iwate.member("aiko").await, akita.member("ken").await, iwate.member("mio").await);
    aiko.follows(&ken.handle()).await;
    ken.follows(&aiko.handle()).await;
    mio.follows(&ken.handle()).await;
    aiko.follows(&mio.handle()).await;
    settle(&[&iwate, &akita]).await;
    ken.posts("@aiko 前の投稿").await;
    settle(&[&iwate, &akita]).await;
    let id = aiko.id_of(&ken).await;
    assert_eq!(aiko.reads().await.len(), 1);
    let host = akita.host();
    let preview = aiko.gets(&format!("/api/v1/domain_blocks/preview?domain={host}")).await;
    assert_eq!(preview, json!({"following_count": 1, "followers_count": 1}));

    let block = json!({"domain": host.to_uppercase()});
    aiko.does("/api/v1/domain_blocks", block.clone()).await;
    assert!(aiko.reads().await.is_empty());
    assert!(!aiko.notifications().await.iter().any(|n| n.ends_with("ken")));
    assert_eq!(aiko.gets("/api/v1/domain_blocks").await, json!([host]));
    settle(&[&iwate, &akita]).await;
    let now = standing(&aiko, &id).await;
    assert_eq!((&now["following"], &now["followed_by"]), (&json!(false), &json!(false)));
    assert_eq!(now["domain_blocking"], json!(true));
    assert!(!ken.relation(&aiko.handle(), "following").await, "the other server was told");
    let said = ken.posts("@aiko 後の投稿").await;
    settle(&[&iwate, &akita]).await;
    mio.boosts(said.uri()).await;
    assert!(aiko.reads().await.is_empty(), "nor what somebody boosts");
    assert!(!aiko.notifications().await.iter().any(|n| n.ends_with("ken")));
    let known = aiko.gets("/api/v1/timelines/public").await;
    assert!(!known.to_string().contains("後の投稿"));
    assert_eq!(aiko.relates("follow", &ken.handle()).await.status, 403);
    assert_eq!(mio.reads().await.len(), 3, "others see it");

    aiko.call(Method::DELETE, "/api/v1/domain_blocks", Some(block)).await.succeeded();
    assert_eq!(standing(&aiko, &id).await["domain_blocking"], json!(false));
    let own = json!({"domain": iwate.host()});
    assert_eq!(aiko.call(Method::POST, "/api/v1/domain_blocks", Some(own)).await.status, 403);
    let none = json!({"domain": "no host"});
    assert_eq!(aiko.call(Method::POST, "/api/v1/domain_blocks", Some(none)).await.status, 422);
}

#[tokio::test]
async fn a_profile_is_changed_with_forms_json_and_pictures() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let friend = Stranger::start(&net, "mastodon").await.actor("rin");
    let aiko = node.member("aiko").await;
    friend.follows(&node, &aiko.uri).await;
    settle(&[&node]).await;
    let path = "/api/v1/accounts/update_credentials";
    let change = json!({
        "display_name": "あいこ", "note": "釜石です", "locked": true, "bot": true,
        "fields_attributes": {"0": {"name": "町", "value": "釜石"}, "1": {"name": "", "value": ""}},
        "source": {"privacy": "private", "sensitive": true, "language": "en"},
    });
    let said = aiko.call(Method::PATCH, path, Some(change)).await.succeeded().json();
    assert_eq!(
        (&said["display_name"], &said["locked"], &said["bot"]),
        (&json!("あいこ"), &json!(true), &json!(true))
    );
    assert_eq!(said["note"], json!("<p>釜石です</p>"));
    assert_eq!(said["source"]["note"], json!("釜石です"));
    assert_eq!(
        said["source"]["fields"],
        json!([{"name": "町", "value": "釜石", "verified_at": null}])
    );
    settle(&[&node]).await;
    let told = friend.server.received().pop().unwrap().json();
    assert_eq!((&told["type"], &told["object"]["type"]), (&json!("Update"), &json!("Service")));
    let preferences = aiko.gets("/api/v1/preferences").await;
    assert_eq!(preferences["posting:default:visibility"], json!("private"));
    assert_eq!(preferences["posting:default:language"], json!("en"));
    let status = aiko.posts("試し").await.0;
    assert_eq!(
        (&status["visibility"], &status["sensitive"], &status["language"]),
        (&json!("private"), &json!(true), &json!("en"))
    );

    let picture = reqwest::multipart::Part::bytes(SKY).file_name("a.png");
    let form = reqwest::multipart::Form::new()
        .text("fields_attributes[0][name]", "村")
        .text("fields_attributes[0][value]", "田野畑")
        .part("avatar", picture);
    let request = net.http.patch(node.url(path)).bearer_auth(aiko.token()).multipart(form);
    let said: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(said["fields"][0]["name"], json!("村"));
    assert_eq!(said["display_name"], json!("あいこ"), "what is not named stays");
    assert!(said["avatar"].as_str().unwrap().contains("/media/"), "{said}");
    let profile = aiko.gets("/api/v1/profile").await;
    assert_eq!((&profile["avatar"], &profile["header"]), (&said["avatar"], &Value::Null));
    aiko.call(Method::DELETE, "/api/v1/profile/avatar", None).await.succeeded();
    assert_eq!(aiko.gets("/api/v1/profile").await["avatar"], Value::Null);

    for wrong in [
        json!({"display_name": "あ".repeat(51)}),
        json!({"source": {"language": "日本語"}}),
        json!({"fields_attributes": [{"name": "a", "value": "x".repeat(256)}]}),
    ] {
        assert_eq!(
            aiko.call(Method::PATCH, path, Some(wrong.clone())).await.status,
            422,
            "{wrong}"
        );
    }
}

/// <https://docs.joinmastodon.org/user/profile/#verification>
#[tokio::test]
async fn a_link_is_confirmed_for_whom_its_page_names_and_for_nobody_else() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let site = Stranger::start(&net, "blog").await;
    let page = format!(r#"<a href="{}/" rel="nofollow me">集い</a>"#, node.url("/@alice"));
    site.serves("/", Reply::typed("text/html", &page));
    for (name, is_theirs) in [("ali", false), ("alice", true)] {
        let member = node.member(name).await;
        let fields = json!([{"name": "ブログ", "value": site.url("/")}]);
        let change = json!({"fields_attributes": fields});
        let path = "/api/v1/accounts/update_credentials";
        member.call(Method::PATCH, path, Some(change)).await.succeeded();
        node.fetch().await;
        let shown = member.gets("/api/v1/accounts/verify_credentials").await;
        assert_eq!(shown["fields"][0]["verified_at"].is_string(), is_theirs, "{name}: {shown}");
    }
}

#[tokio::test]
async fn people_are_found_by_words_by_handle_and_by_id() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);
    let mio = iwate.member("mio").await;
    mio.renames("釜石のみお").await;
    assert_eq!(names(&aiko.gets("/api/v1/accounts/search?q=釜石").await), ["mio"]);
    assert_eq!(aiko.gets("/api/v1/accounts/search?q=釜石&following=true").await, json!([]));
    aiko.follows("mio").await;
    assert_eq!(names(&aiko.gets("/api/v1/accounts/search?q=釜石&following=true").await), ["mio"]);
    let handle = ken.handle();
    assert_eq!(aiko.gets(&format!("/api/v1/accounts/search?q={handle}")).await, json!([]));
    let lookup = format!("/api/v1/accounts/lookup?acct={handle}");
    assert_eq!(aiko.call(Method::GET, &lookup, None).await.status, 404);
    let found = aiko.gets(&format!("/api/v1/accounts/search?q=@{handle}&resolve=true")).await;
    assert_eq!(found[0]["acct"], json!(handle));
    let id = found[0]["id"].as_str().unwrap();
    assert_eq!(aiko.gets(&lookup).await["id"], json!(id));
    assert_eq!(aiko.gets(&format!("/api/v1/accounts/{id}")).await["acct"], json!(handle));
    let me = aiko.id_of(&aiko).await;
    let both = aiko.gets(&format!("/api/v1/accounts?id[]={id}&id[]=7&id[]={me}")).await;
    assert_eq!(names(&both), ["ken", "aiko"]);
}

/// Gives a member's profile a picture; its path on the node.
async fn shows(net: &Network, member: &Member, which: &'static str) -> String {
    let picture = reqwest::multipart::Part::bytes(SKY).file_name("a.png");
    let form = reqwest::multipart::Form::new().part(which, picture);
    let url = member.node.url("/api/v1/accounts/update_credentials");
    let request = net.http.patch(url).bearer_auth(member.token()).multipart(form);
    let account: Value = request.send().await.unwrap().json().await.unwrap();
    path_at(&member.node, &account[which])
}

fn path_at(node: &Node, address: &Value) -> String {
    address.as_str().unwrap().strip_prefix(&node.url("")).unwrap().to_owned()
}

#[tokio::test]
async fn a_picture_that_a_profile_shows_no_more_is_gone_a_day_later() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let (aiko, hana) = (node.member("aiko").await, node.member("hana").await);
    let (face, banner) = (shows(&net, &aiko, "avatar").await, shows(&net, &aiko, "header").await);
    assert_eq!(shows(&net, &hana, "avatar").await, face, "the same bytes are the same file");
    let is_there = async |path: &str| node.get(path, "*/*").await.status == 200;
    let remove = async |who: &Member, which: &str| {
        who.call(Method::DELETE, &format!("/api/v1/profile/{which}"), None).await.succeeded();
        net.advance(25 * HOUR);
        jobs::tidy_up(node.app()).await.unwrap();
    };

    remove(&aiko, "avatar").await;
    assert!(is_there(&face).await, "another shows it");
    assert!(is_there(&banner).await);
    remove(&hana, "avatar").await;
    assert!(!is_there(&face).await);
    assert!(is_there(&banner).await);
    remove(&aiko, "header").await;
    assert!(!is_there(&banner).await);
}

#[tokio::test]
async fn who_ticks_it_takes_a_picture_off_the_profile_and_keeps_the_other() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let aiko = node.member("aiko").await;
    let (_, banner) = (shows(&net, &aiko, "avatar").await, shows(&net, &aiko, "header").await);
    let browser = Browser::of(&aiko).await;
    let page = browser.opens("/settings/profile").await;
    let long = "あ".repeat(51);
    let typed = [("name", long.as_str()), ("bio", ""), ("remove_avatar", "1")];
    let refused = browser.sends(&page, "/settings/profile", &typed).await;
    assert!(refused.text().contains("name=\"remove_avatar\" value=\"1\" checked"));
    let typed = [("name", "あいこ"), ("bio", ""), ("remove_avatar", "1")];
    let saved = browser.sends(&page, "/settings/profile", &typed).await.succeeded().text();
    assert!(!saved.contains("remove_avatar"), "there is none to remove");
    assert!(saved.contains("remove_header"));
    let account = aiko.account().await;
    assert_eq!((account.avatar, account.header.unwrap()), (None, banner.replace("/media/", "")));
}

#[tokio::test]
async fn the_pictures_of_who_leaves_are_gone_a_day_later_but_not_those_that_others_show() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let aiko = node.member("aiko").await;
    let path = |address: &Value| path_at(&node, address);
    let face = shows(&net, &aiko, "avatar").await;
    let media = aiko.uploads("/api/v2/media", "空").await.succeeded().json();
    let sky = path(&media["url"]);
    aiko.says(json!({"status": "そら", "media_ids": [media["id"]]})).await;
    assert_ne!(face, sky);

    aiko.leaves().await;
    net.advance(25 * HOUR);
    jobs::tidy_up(node.app()).await.unwrap();
    for gone in [&face, &sky] {
        assert_eq!(node.get(gone, "*/*").await.status, 404, "{gone}");
    }

    // The same bytes are the same file.
    for who in ["hana", "mio"] {
        let other = node.member(who).await;
        let media = other.uploads("/api/v2/media", "空").await.succeeded().json();
        assert_eq!(path(&media["url"]), sky);
        other.says(json!({"status": "そら", "media_ids": [media["id"]]})).await;
        if who == "hana" {
            other.leaves().await;
        }
    }
    net.advance(25 * HOUR);
    jobs::tidy_up(node.app()).await.unwrap();
    assert_eq!(node.get(&sky, "*/*").await.status, 200);
}

/// As it comes from a telephone: what stands behind a picture in its file is no part of it.
fn photograph(bytes: usize) -> Vec<u8> {
    let mut file = SKY.to_vec();
    file.resize(bytes, 0);
    file
}

#[tokio::test]
async fn a_photograph_of_megabytes_becomes_a_face_and_one_that_is_too_large_costs_no_word() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let browser = Browser::of(&aiko).await;
    let form = browser.opens("/settings/profile").await;
    let typed = [("name", "見本あいこ"), ("bio", "長い自己紹介")];
    let sends = async |files: &[(&'static str, Vec<u8>)]| {
        browser.posts_files(&form, "/settings/profile", &typed, files).await
    };

    let faces = [("avatar", photograph(3 << 20)), ("header", photograph(5 << 20))];
    assert_eq!(sends(&faces).await.status, 303);
    assert!(aiko.account().await.avatar.is_some());

    let refused = sends(&[("avatar", photograph(17 << 20))]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("長い自己紹介"), "{}", refused.text());
}

#[tokio::test]
async fn a_face_that_came_with_a_broken_banner_is_gone_from_the_disk_a_day_later() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let browser = Browser::of(&aiko).await;
    let form = browser.opens("/settings/profile").await;
    let files = [("avatar", photograph(10_000)), ("header", b"no picture".to_vec())];
    let refused =
        browser.posts_files(&form, "/settings/profile", &[("name", "あい")], &files).await;
    assert_eq!(refused.status, 422);
    let kept = || walk(&iwate.app().config.data_dir.join("media"));
    assert_eq!(kept(), 1);

    net.advance(DAY + HOUR);
    jobs::tidy_up(iwate.app()).await.unwrap();

    assert_eq!(kept(), 0);
}

/// How many files there are in a folder and under it.
fn walk(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let each = entries.map(|e| e.unwrap().path());
    each.map(|path| if path.is_dir() { walk(&path) } else { 1 }).sum()
}
