//! What a node says about itself to programs and other sites: its weeks, what it keeps of people, its posts inside their pages.
use federation_tests::{Answer, Browser, Member, Network, Node};
use reqwest::Method;
use serde_json::{Value, json};
use tsudoi::clock::{DAY, WEEK};

const JSON: &str = "application/json";

async fn a_node() -> (Node, Member, Member) {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    (iwate, aiko, ken)
}

/// The address as it stands in a query.
fn query(address: &str) -> String {
    url::form_urlencoded::byte_serialize(address.as_bytes()).collect()
}

async fn asks_in(node: &Node, path: &str, lang: &str) -> Answer {
    let request = node.net().http.get(node.url(path)).header("accept-language", lang);
    Answer::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn the_last_twelve_weeks_are_told_by_what_was_written_and_who_joined() {
    let (iwate, aiko, ken) = a_node().await;
    aiko.posts("先週のはなし").await;
    let gone = aiko.posts("消すはなし").await;
    aiko.deletes(gone.uri()).await;
    iwate.net().advance(WEEK);
    ken.posts("おはよう").await;
    ken.posts("こんにちは").await;
    ken.posts_to("followers", "仲間へ").await;
    iwate.member("mio").await;

    let weeks = aiko.gets("/api/v1/instance/activity").await;

    let weeks = weeks.as_array().unwrap();
    assert_eq!(weeks.len(), 12);
    let week = |nth: usize, name: &str| weeks[nth][name].as_str().unwrap().to_owned();
    let monday = iwate.net().now().week().0 / 1_000;
    assert_eq!(week(0, "week"), monday.to_string());
    assert_eq!(week(11, "week"), (monday - 11 * 7 * DAY / 1_000).to_string());
    assert_eq!((week(0, "statuses"), week(1, "statuses")), ("2".into(), "1".into()), "public ones");
    assert_eq!((week(0, "registrations"), week(1, "registrations")), ("1".into(), "2".into()));
    // Ken wrote, and mio joined; aiko was seen last week alone.
    assert_eq!((week(0, "logins"), week(1, "logins")), ("2".into(), "0".into()));
    for old in 2..12 {
        for name in ["statuses", "registrations", "logins"] {
            assert_eq!(week(old, name), "0");
        }
    }
}

#[tokio::test]
async fn what_becomes_of_what_is_known_about_people_is_said_on_a_page_and_to_programs() {
    let (iwate, aiko, _) = a_node().await;
    let front = iwate.get("/about", "text/html").await.text();
    assert!(front.contains(r#"<a href="/privacy">"#), "every page leads there");
    let page = iwate.get("/privacy", "text/html").await.succeeded().text();
    assert!(page.contains("このノードから出ません") && page.contains("90日で終わります"));
    let page = asks_in(&iwate, "/privacy", "en").await.text();
    assert!(page.contains("do not leave this node") && page.contains("after 90 days"));

    let path = "/api/v1/instance/privacy_policy";
    let policy = aiko.gets(path).await;
    assert!(policy["content"].as_str().unwrap().contains("このノードから出ません"));
    assert!(policy["updated_at"].as_str().unwrap().ends_with("T00:00:00.000Z"));
    let english = asks_in(&iwate, path, "en").await.json();
    assert!(english["content"].as_str().unwrap().contains("do not leave this node"));
    let v2 = aiko.gets("/api/v2/instance").await;
    assert_eq!(v2["configuration"]["urls"]["privacy_policy"], iwate.url("/privacy"));

    for path in ["", "/2026-11-24"] {
        let path = format!("/api/v1/instance/terms_of_service{path}");
        assert_eq!(aiko.call(Method::GET, &path, None).await.status, 404);
    }
    assert_eq!(v2["configuration"]["urls"]["terms_of_service"], Value::Null);
}

#[tokio::test]
async fn another_site_shows_a_post_without_a_script_of_ours() {
    let (iwate, aiko, _) = a_node().await;
    let post = aiko.posts("**勉強会**のお知らせ <script>alert(1)</script>").await;
    let address = post.0["url"].as_str().unwrap();
    let page = Browser::of(&aiko).await.opens(&format!("/@aiko/{}", post.id())).await.text();
    let link = page.split(r#"type="application/json+oembed" href=""#).nth(1).unwrap();
    let link = link.split('"').next().unwrap();
    let (base, path) = link.split_once("/api/").unwrap();
    assert_eq!(base, iwate.url(""));

    let shown = aiko.gets(&format!("/api/{path}")).await;

    assert_eq!((&shown["type"], &shown["version"]), (&json!("rich"), &json!("1.0")));
    assert_eq!(
        (&shown["author_name"], &shown["author_url"]),
        (&json!("aiko"), &json!(iwate.url("/@aiko")))
    );
    assert_eq!(shown["provider_url"], iwate.url(""));
    assert_eq!(shown["width"], 400);
    let html = shown["html"].as_str().unwrap();
    assert!(html.starts_with("<blockquote") && html.contains(&format!(r#"href="{address}""#)));
    assert!(
        html.contains("勉強会") && !html.contains("<script") && !html.contains("<img"),
        "{html}"
    );
    let by_id = format!("/api/oembed?url={}&maxwidth=200", query(post.uri()));
    assert_eq!(aiko.gets(&by_id).await["width"], 200);

    let covered = json!({"status": "結末は…", "spoiler_text": "映画のはなし"});
    let covered = aiko.says(covered).await;
    let shown = aiko.gets(&format!("/api/oembed?url={}", query(covered.uri()))).await;
    let html = shown["html"].as_str().unwrap();
    assert!(html.contains("映画のはなし") && !html.contains("結末"), "{html}");
}

#[tokio::test]
async fn what_visitors_may_not_read_is_shown_on_no_other_site() {
    let (iwate, aiko, ken) = a_node().await;
    ken.follows(&aiko.handle()).await;
    let closed = aiko.posts_to("followers", "仲間へ").await;
    let page = Browser::of(&aiko).await.opens(&format!("/@aiko/{}", closed.id())).await.text();
    assert!(page.contains("仲間へ") && !page.contains("json+oembed"));
    let gone = aiko.posts("消します").await;
    aiko.deletes(gone.uri()).await;
    let nothing = iwate.url("/@aiko/5");

    for address in [closed.uri(), gone.uri(), &nothing, "nonsense"] {
        let path = format!("/api/oembed?url={}", query(address));
        // Whoever reads it here: it is shown elsewhere to everybody.
        assert_eq!(ken.call(Method::GET, &path, None).await.status, 404, "{address}");
        assert_eq!(iwate.get(&path, JSON).await.status, 404, "{address}");
    }
    let open = aiko.posts_to("unlisted", "どなたでも").await;
    let path = format!("/api/oembed?url={}", query(open.uri()));
    assert_eq!(iwate.get(&path, JSON).await.status, 200);
    assert_eq!(iwate.get(&format!("{path}&format=xml"), JSON).await.status, 400);
}

#[tokio::test]
async fn nothing_is_translated_here_and_nobody_learns_of_a_post_by_asking() {
    let (iwate, aiko, ken) = a_node().await;
    let post = aiko.posts("おはよう").await;
    let secret = aiko.posts_to("direct", "@ken 内緒").await;
    for post in [&post, &secret] {
        let path = format!("/api/v1/statuses/{}/translate", post.id());
        assert_eq!(ken.sends(Method::POST, &path, json!({"lang": "en"})).await.status, 404);
        let visitor = iwate.net().http.post(iwate.url(&path)).send().await.unwrap();
        assert_eq!(visitor.status(), 401);
    }
    assert_eq!(ken.gets("/api/v1/instance/translation_languages").await, json!({}));
}

#[tokio::test]
async fn visitors_read_who_follows_whom_as_on_the_page_and_whom_one_blocks_does_not() {
    let (iwate, aiko, ken) = a_node().await;
    ken.follows(&aiko.handle()).await;
    let (of_aiko, of_ken) = (aiko.account().await.id, ken.account().await.id);
    for (path, page, name) in [
        (format!("/api/v1/accounts/{of_aiko}/followers"), "/@aiko/followers", "ken"),
        (format!("/api/v1/accounts/{of_ken}/following"), "/@ken/following", "aiko"),
    ] {
        let listed = iwate.get(&path, JSON).await.succeeded().json();
        assert_eq!(listed[0]["username"], name);
        assert_eq!(listed.as_array().unwrap().len(), 1);
        assert_eq!(aiko.gets(&path).await, listed);
        let person = format!("href=\"/@{name}\"");
        assert!(iwate.get(page, "text/html").await.text().contains(&person), "{page}");
    }

    let mio = iwate.member("mio").await;
    aiko.blocks(&mio.handle()).await;
    assert_eq!(mio.gets(&format!("/api/v1/accounts/{of_aiko}/followers")).await, json!([]));
    let page = Browser::of(&mio).await.opens("/@aiko/followers").await.succeeded().text();
    assert!(!page.contains("href=\"/@ken\""));
}
