//! What other servers read here: documents, collections, discovery, and who may read them.
use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{ED25519, UnparsedPublicKey},
};
use federation_tests::{Answer, Network, Reply, Stranger, actor::PUBLIC, settle};
use reqwest::Method;
use serde_json::{Value, json};
use tsudoi::{
    clock::{SECOND, Timestamp},
    config::{Config, Switch},
    network::joining::{self, Introduction},
};

const ACTIVITYSTREAMS: &str = "https://www.w3.org/ns/activitystreams";

/// mastodon.md §0, traps 6, 7 and 8: media type, the literal in `@context`, and the id at which it stands.
#[tokio::test]
async fn every_document_is_what_it_says_at_its_own_address() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, yui) = (iwate.member("aiko").await, iwate.member("yui").await);
    yui.follows(&aiko.handle()).await;
    let post = aiko.posts("みなさんへ #集い").await;
    yui.replies_to(post.uri(), "はい").await;
    let poll = aiko.asks("どちら", &["山", "海"], 3_600).await;
    aiko.pins(post.uri()).await;
    yui.boosts(post.uri()).await;
    let note = iwate.document(post.path()).await.json();
    let mut addresses = vec![
        iwate.url("/actor"),
        aiko.uri.clone(),
        iwate.url(post.path()),
        iwate.url(poll.path()),
        format!("{}/activity", post.uri()),
        note["context"].as_str().unwrap().to_owned(),
        iwate.document("/actor").await.json()["outbox"].as_str().unwrap().to_owned(),
    ];
    for part in ["/outbox", "/followers", "/following", "/featured"] {
        addresses.push(format!("{}{part}", aiko.uri));
    }
    for part in ["/replies", "/likes", "/shares"] {
        addresses.push(format!("{}{part}", post.uri()));
    }

    while let Some(address) = addresses.pop() {
        let path = address.strip_prefix(&iwate.url("")).unwrap();
        let answer = iwate.document(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), "application/activity+json", "{path}");
        assert!(answer.header("vary").contains("Accept"), "{path}");
        let document = answer.json();
        assert_eq!(document["id"], address, "{path}");
        assert!(document["type"].is_string(), "{path}");
        let context = document["@context"].as_array().unwrap();
        assert!(context.contains(&json!(ACTIVITYSTREAMS)), "{path}");
        for key in ["first", "next"] {
            addresses.extend(document[key].as_str().map(str::to_owned));
        }
    }
}

#[tokio::test]
async fn servers_get_json_and_browsers_are_sent_to_the_page() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let post = aiko.posts("みなさんへ").await;

    for path in [aiko.path(""), post.path().to_owned()] {
        for accept in [
            "application/activity+json, application/ld+json",
            r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#,
            "application/activity+json",
            "application/ld+json",
            "application/json",
            r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams", text/html;q=0.1"#,
        ] {
            let answer = iwate.get(&path, accept).await;
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (200, "application/activity+json"),
                "{accept}"
            );
        }
        let page = iwate.get(&path, "text/html,application/xhtml+xml,*/*;q=0.8").await;
        assert_eq!(page.status, 303);
        assert!(page.header("location").starts_with("/@aiko"), "{}", page.header("location"));
    }
}

/// Who pastes the address of a page into the search of another server finds what is on it.
#[tokio::test]
async fn pages_name_the_documents_behind_them() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);
    let post = aiko.posts("みなさんへ").await;
    let page = iwate.get(post.path(), "text/html").await.header("location").to_owned();

    for (path, id) in [("/@aiko", aiko.uri.as_str()), (page.as_str(), post.uri())] {
        let html = iwate.get(path, "text/html").await.text();
        let link =
            format!(r#"<link rel="alternate" type="application/activity+json" href="{id}">"#);
        assert!(html.contains(&link), "{path}");
    }
    assert_eq!(ken.searches(&iwate.url(&page)).await["statuses"][0]["uri"], post.uri());
    assert_eq!(ken.searches(&iwate.url("/@aiko")).await["accounts"][0]["username"], "aiko");
}

/// Servers in secure mode answer nobody else (mastodon.md §1.3).
#[tokio::test]
async fn whatever_is_fetched_is_asked_for_with_the_nodes_signature() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "stranger").await;
    let hana = server.actor("hana");
    let note = hana.note("はじめまして");
    aiko.finds_post(note["id"].as_str().unwrap()).await;

    let asked = server.asked();
    assert!(asked.iter().any(|r| r.target == "/users/hana"));
    let key = format!(r#"keyId="{}#main-key""#, iwate.url("/actor"));
    for request in asked {
        assert!(request.header("signature").contains(&key), "{}", request.target);
        for part in ["(request-target)", "host", "date"] {
            assert!(request.header("signature").contains(part), "{part}");
        }
    }
}

#[tokio::test]
async fn an_actor_has_everything_that_other_servers_need() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;

    let actor = iwate.document(&aiko.path("")).await.json();

    assert_eq!(actor["type"], "Person");
    assert_eq!(actor["preferredUsername"], "aiko");
    for (key, part) in [
        ("inbox", "/inbox"),
        ("outbox", "/outbox"),
        ("followers", "/followers"),
        ("following", "/following"),
        ("featured", "/featured"),
    ] {
        assert_eq!(actor[key], format!("{}{part}", aiko.uri));
    }
    assert_eq!(actor["endpoints"]["sharedInbox"], iwate.url("/inbox"));
    assert_eq!(actor["url"], iwate.url("/@aiko"));
    assert_eq!(actor["publicKey"]["owner"], aiko.uri);
    assert_eq!(actor["publicKey"]["id"], format!("{}#main-key", aiko.uri));
    assert!(
        actor["publicKey"]["publicKeyPem"]
            .as_str()
            .unwrap()
            .starts_with("-----BEGIN PUBLIC KEY-----")
    );
    let multikey = &actor["assertionMethod"][0];
    assert_eq!(multikey["type"], "Multikey");
    assert_eq!(multikey["controller"], aiko.uri);
    assert!(multikey["publicKeyMultibase"].as_str().unwrap().starts_with("z6Mk"));
    for flag in ["manuallyApprovesFollowers", "discoverable", "indexable"] {
        assert!(actor[flag].is_boolean(), "absent would be read as false: {flag}");
    }
    assert!(actor["attachment"].is_array(), "a lone object is ignored");
    assert!(actor["published"].is_string());

    let instance = iwate.document("/actor").await.json();
    assert_eq!(instance["type"], "Application");
    assert_eq!(instance["preferredUsername"], "iwate.localhost");
}

/// mastodon.md §0, trap 9: subject and name, `self` and id agree byte for byte, and the type is one of two strings.
#[tokio::test]
async fn webfinger_leads_to_the_actor_and_back() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let instance = format!("iwate.localhost@{}", iwate.host());
    for (resource, subject, uri) in [
        (format!("acct:{}", aiko.handle()), aiko.handle(), aiko.uri.clone()),
        (format!("acct%3A{}", aiko.handle().replace('@', "%40")), aiko.handle(), aiko.uri.clone()),
        (format!("acct:{}", aiko.handle().to_uppercase()), aiko.handle(), aiko.uri.clone()),
        (aiko.uri.clone(), aiko.handle(), aiko.uri.clone()),
        (iwate.url("/@aiko"), aiko.handle(), aiko.uri.clone()),
        (format!("acct:{instance}"), instance.clone(), iwate.url("/actor")),
        // mastodon.md §1.1: others ask for the host as they know it, with its port, on both sides.
        (format!("acct:{0}@{0}", iwate.host()), instance, iwate.url("/actor")),
    ] {
        let path = format!("/.well-known/webfinger?resource={resource}");
        let answer = iwate.get(&path, "application/jrd+json, application/json").await;
        assert_eq!(answer.status, 200, "{resource}");
        assert!(answer.header("content-type").starts_with("application/jrd+json"));
        // Trap 11: client apps read it from other origins.
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let jrd = answer.json();
        assert_eq!(jrd["subject"], format!("acct:{subject}"), "{resource}");
        let links = jrd["links"].as_array().unwrap();
        let own = links.iter().find(|link| link["rel"] == "self").unwrap();
        assert_eq!(own["type"], "application/activity+json");
        assert_eq!(own["href"], uri);
        let subscribe = "http://ostatus.org/schema/1.0/subscribe";
        let template = links.iter().find(|link| link["rel"] == subscribe).unwrap();
        assert_eq!(template["template"], iwate.url("/authorize_interaction?uri={uri}"));
    }
    for (resource, status) in [
        (format!("acct:nobody@{}", iwate.host()), 404),
        ("acct:aiko@akita.example".to_owned(), 404),
        ("aiko".to_owned(), 400),
        (String::new(), 400),
    ] {
        let answer = iwate.document(&format!("/.well-known/webfinger?resource={resource}")).await;
        assert_eq!(answer.status, status, "{resource}");
    }
}

#[tokio::test]
async fn the_node_is_described_where_others_look() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    aiko.posts("一つ").await;

    let meta = iwate.get("/.well-known/host-meta", "*/*").await;
    assert!(meta.header("content-type").starts_with("application/xrd+xml"));
    let template = format!(r#"template="{}""#, iwate.url("/.well-known/webfinger?resource={uri}"));
    assert!(meta.text().contains(&template), "{}", meta.text());

    let links = iwate.get("/.well-known/nodeinfo", "application/json").await.json();
    for version in ["2.0", "2.1"] {
        let rel = format!("http://nodeinfo.diaspora.software/ns/schema/{version}");
        let link = links["links"].as_array().unwrap().iter().find(|l| l["rel"] == rel).unwrap();
        let path = link["href"].as_str().unwrap().strip_prefix(&iwate.url("")).unwrap();
        let answer = iwate.get(path, "application/json").await;
        assert_eq!(answer.header("content-type"), format!(r#"application/json; profile="{rel}#""#));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let info = answer.json();
        assert_eq!(info["version"], version);
        assert_eq!(info["software"]["name"], "tsudoi");
        assert_eq!(info["software"]["repository"].is_string(), version == "2.1", "only in 2.1");
        assert_eq!(info["protocols"], json!(["activitypub"]));
        assert_eq!(info["openRegistrations"], true);
        assert_eq!(info["usage"]["users"]["total"], 1);
        assert_eq!(info["usage"]["localPosts"], 1);
        assert!(info["services"]["inbound"].is_array() && info["services"]["outbound"].is_array());
        assert!(info["metadata"].is_object());
    }
    assert_eq!(iwate.document("/nodeinfo/3.0").await.status, 404);
}

/// mastodon.md §0, trap 11: scripts of client apps come from other origins, and ask first whether they may.
#[tokio::test]
async fn programs_in_a_browser_may_read_from_anywhere_but_never_with_cookies() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let post = aiko.posts("どこからでも").await;
    let webfinger = format!("/.well-known/webfinger?resource=acct:{}", aiko.handle());
    let ask = async |method: Method, path: &str, preflight: bool| {
        let request = net.http.request(method, iwate.url(path));
        let request = request.header("origin", "https://client.example");
        let request = request.header("accept", "application/activity+json");
        let request = if preflight {
            request
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "authorization, idempotency-key")
        } else {
            request
        };
        request.send().await.unwrap().headers().clone()
    };

    for path in [
        webfinger.as_str(),
        "/.well-known/host-meta",
        "/.well-known/nodeinfo",
        "/nodeinfo/2.0",
        "/actor",
        &aiko.path(""),
        &aiko.path("/outbox"),
        post.path(),
        "/users/nobody",
        "/api/v1/timelines/public",
        "/api/v1/accounts/verify_credentials",
    ] {
        let headers = ask(Method::GET, path, false).await;
        assert_eq!(headers["access-control-allow-origin"], "*", "{path}");
        assert!(!headers.contains_key("access-control-allow-credentials"), "{path}");
    }
    let api = ask(Method::GET, "/api/v1/timelines/public", false).await;
    let exposed = api["access-control-expose-headers"].to_str().unwrap().to_lowercase();
    for name in ["link", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
        assert!(exposed.contains(name), "{name} in {exposed}");
    }
    let may = ask(Method::OPTIONS, "/api/v1/statuses", true).await;
    assert_eq!(may["access-control-allow-origin"], "*");
    let methods = may["access-control-allow-methods"].to_str().unwrap();
    assert!(methods == "*" || methods.contains("POST"), "{methods}");
    // A star would not stand for Authorization.
    let allowed = may["access-control-allow-headers"].to_str().unwrap();
    assert!(allowed.contains("authorization") && allowed.contains("idempotency-key"), "{allowed}");

    for path in ["/", "/login", "/settings/profile", "/inbox"] {
        let headers = ask(Method::OPTIONS, path, true).await;
        assert!(!headers.contains_key("access-control-allow-origin"), "{path} is for people");
    }
}

/// mastodon.md §1.8: `orderedItems` in ordered collections, `items` in the others, and each item once.
#[tokio::test]
async fn collections_are_read_page_by_page() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, yui) = (iwate.member("aiko").await, iwate.member("yui").await);
    let mut said = Vec::new();
    for n in 0..23 {
        said.push(aiko.posts(&format!("その{n}")).await);
    }
    yui.boosts(said[0].uri()).await;
    for n in 0..3 {
        yui.replies_to(said[0].uri(), &format!("返事{n}")).await;
    }
    let pages = async |root: &str, key: &str, other: &str| -> Vec<Value> {
        let path =
            |uri: &Value| uri.as_str().unwrap().strip_prefix(&iwate.url("")).unwrap().to_owned();
        let root = iwate.document(root).await.json();
        let mut next = root["first"].clone();
        let mut found = Vec::new();
        while !next.is_null() {
            let page = iwate.document(&path(&next)).await.json();
            assert_eq!(page["type"], format!("{}Page", root["type"].as_str().unwrap()));
            assert_eq!(page["partOf"], root["id"]);
            assert!(page[other].is_null());
            found.extend(page[key].as_array().unwrap().iter().cloned());
            next = page["next"].clone();
        }
        found
    };

    let outbox = pages(&aiko.path("/outbox"), "orderedItems", "items").await;
    let ids: Vec<&str> = outbox.iter().map(|c| c["object"]["id"].as_str().unwrap()).collect();
    let newest_first: Vec<&str> = said.iter().rev().map(federation_tests::Shown::uri).collect();
    assert_eq!(ids, newest_first);
    assert!(outbox.iter().all(|create| create["type"] == "Create" && create["actor"] == aiko.uri));
    let boosts = pages(&yui.path("/outbox"), "orderedItems", "items").await;
    let boost = boosts.iter().find(|item| item["type"] == "Announce").unwrap();
    assert_eq!(boost["object"], said[0].uri(), "a boost names the post");
    let replies = pages(&format!("{}/replies", said[0].path()), "items", "orderedItems").await;
    assert_eq!(replies.len(), 3);
    let context = iwate.document(said[0].path()).await.json()["context"].clone();
    let context = context.as_str().unwrap().strip_prefix(&iwate.url("")).unwrap().to_owned();
    assert_eq!(pages(&context, "items", "orderedItems").await.len(), 4);
}

/// Its number alone would tell that it is there, and who began it.
#[tokio::test]
async fn a_thread_in_which_nothing_is_open_is_not_there() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = Stranger::start(&net, "stranger").await.actor("hana");
    hana.follows(&iwate, &aiko.uri).await;
    let closed = aiko.posts_to("followers", "仲間だけに").await;
    let context = async || {
        let thread = closed.uri().rsplit('/').next().unwrap();
        iwate.document(&format!("/contexts/{thread}")).await
    };
    assert_eq!(context().await.status, 404);

    let answer = hana.note_with("みんなに返事", &json!({"inReplyTo": closed.uri()}));
    hana.sends(&iwate, &hana.create_of(&answer)).await;

    let context = context().await;
    assert_eq!(context.status, 200);
    assert!(context.json()["attributedTo"].is_null(), "who began it is not told");
}

#[tokio::test]
async fn followers_are_listed_page_by_page() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "stranger").await;
    for n in 0..42 {
        server.actor(&format!("fan{n}")).follows(&iwate, &aiko.uri).await;
    }

    let root = iwate.document(&aiko.path("/followers")).await.json();
    assert_eq!((&root["type"], &root["totalItems"]), (&json!("OrderedCollection"), &json!(42)));
    let path = |uri: &Value| uri.as_str().unwrap().strip_prefix(&iwate.url("")).unwrap().to_owned();
    let first = iwate.document(&path(&root["first"])).await.json();
    let second = iwate.document(&path(&first["next"])).await.json();
    let mut all: Vec<&Value> = first["orderedItems"].as_array().unwrap().iter().collect();
    all.extend(second["orderedItems"].as_array().unwrap());
    all.sort_by_key(|uri| uri.as_str());
    all.dedup();
    assert_eq!(all.len(), 42);
    assert!(second["next"].is_null());
}

#[tokio::test]
async fn a_closed_post_is_given_to_its_readers_who_sign() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "stranger").await;
    let (hana, eve) = (server.actor("hana"), server.actor("eve"));
    hana.follows(&iwate, &aiko.uri).await;
    iwate.fetch().await;
    let closed = aiko.posts_to("followers", "仲間だけに").await;
    let direct = aiko.posts_to("direct", &format!("@{} だけに", hana.handle())).await;

    for post in [&closed, &direct] {
        for path in ["", "/activity", "/replies", "/likes", "/shares"] {
            let path = format!("{}{path}", post.path());
            assert_eq!(iwate.document(&path).await.status, 404, "{path}, unsigned");
            assert_eq!(eve.reads(&iwate, &path).await.status, 404, "{path}, by a stranger");
            assert_eq!(hana.reads(&iwate, &path).await.status, 200, "{path}, by a reader");
        }
        let mut liar = hana.clone();
        liar.keys = federation_tests::keys::fresh();
        assert_eq!(liar.reads(&iwate, post.path()).await.status, 401);
    }
    let outbox = hana.reads(&iwate, &aiko.path("/outbox?page=true")).await.json();
    assert_eq!(outbox["orderedItems"], json!([]), "an outbox holds what is open");
    let page = iwate.get(closed.path(), "text/html").await;
    let shown = iwate.get(page.header("location"), "text/html").await;
    assert!(!shown.text().contains("仲間だけに"), "nor does the page show it");
}

#[tokio::test]
async fn a_node_that_wants_signatures_gives_the_key_alone_to_others() {
    let net = Network::new();
    let iwate = net.node_with("iwate", |config| config.authorized_fetch = true).await;
    let aiko = iwate.member("aiko").await;
    let post = aiko.posts("署名した人へ").await;
    let hana = Stranger::start(&net, "stranger").await.actor("hana");

    let stub = iwate.document(&aiko.path("")).await.json();
    assert_eq!(stub["publicKey"]["owner"], aiko.uri);
    for hidden in ["name", "summary", "outbox", "followers", "url"] {
        assert!(stub[hidden].is_null(), "{hidden}");
    }
    for path in
        [post.path(), &aiko.path("/outbox"), &aiko.path("/followers"), &aiko.path("/featured")]
    {
        assert_eq!(iwate.document(path).await.status, 401, "{path}");
        assert_eq!(hana.reads(&iwate, path).await.status, 200, "{path}");
    }
    assert_eq!(hana.reads(&iwate, &aiko.path("")).await.json()["name"], "aiko");
    assert_eq!(iwate.document("/actor").await.status, 200, "or two such nodes could never meet");
}

/// Their server may keep us from reading its keys, and still want to read what everybody may: so it reads as anybody.
#[tokio::test]
async fn who_signs_with_a_key_that_cannot_be_had_reads_what_is_open() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let strict = net.node_with("akita", |config| config.authorized_fetch = true).await;
    let (aiko, ken) = (iwate.member("aiko").await, strict.member("ken").await);
    let (open, closed) = (aiko.posts("みんなに").await, aiko.posts_to("followers", "内緒").await);
    let server = Stranger::start(&net, "stranger").await;
    let hana = server.actor("hana");

    for status in [403, 404, 410, 503] {
        server.serves("/users/hana", Reply::status(status));
        for path in [&aiko.path(""), open.path(), &aiko.path("/outbox")] {
            assert_eq!(hana.reads(&iwate, path).await.status, 200, "{path}, {status}");
        }
        assert_eq!(hana.reads(&iwate, closed.path()).await.status, 404, "{status}");
        assert!(hana.reads(&strict, &ken.path("")).await.status > 400, "{status}");
    }
    server.goes_down().await;
    assert_eq!(hana.reads(&iwate, open.path()).await.status, 200, "down");
}

/// Each needs the other's key to answer a request for a key.
#[tokio::test]
async fn two_nodes_that_want_signatures_can_meet() {
    let net = Network::new();
    let iwate = net.node_with("iwate", |config| config.authorized_fetch = true).await;
    let akita = net.node_with("akita", |config| config.authorized_fetch = true).await;
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);

    ken.follows(&aiko.handle()).await;
    settle(&[&iwate, &akita]).await;
    aiko.posts("会えましたね").await;
    settle(&[&iwate, &akita]).await;

    assert_eq!(ken.reads().await, ["会えましたね"]);
}

#[tokio::test]
async fn what_is_deleted_is_410_and_what_never_was_404() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, yui) = (iwate.member("aiko").await, iwate.member("yui").await);
    let post = aiko.posts("消します").await;
    aiko.deletes(post.uri()).await;
    yui.leaves().await;

    for path in
        [post.path(), &format!("{}/activity", post.path()), &yui.path(""), &yui.path("/outbox")]
    {
        assert_eq!(iwate.document(path).await.status, 410, "{path}");
    }
    for resource in [format!("acct:{}", yui.handle()), yui.uri.clone(), iwate.url("/@yui")] {
        let path = format!("/.well-known/webfinger?resource={resource}");
        assert_eq!(iwate.document(&path).await.status, 410, "{path}");
    }
    for path in
        ["/users/nobody", "/users/aiko/posts/1", "/users/aiko/posts/x", "/users/aiko/nothing"]
    {
        let status = iwate.document(path).await.status;
        assert!(matches!(status, 400 | 404), "{path}: {status}");
    }
}

/// FEP-8b32 (eddsa-jcs-2022), put together by hand from the specification.
#[tokio::test]
async fn the_proof_on_a_public_post_verifies_under_the_actors_multikey() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "stranger").await;
    server.actor("hana").follows(&iwate, &aiko.uri).await;
    server.forgets();
    aiko.posts("証拠つき").await;
    aiko.posts_to("followers", "証拠なし").await;
    iwate.deliver().await;
    let [mut open, closed] =
        server.received().try_into().map(|both: [_; 2]| both.map(|r| r.json())).unwrap();
    assert!(closed["proof"].is_null(), "a closed post is nobody's to show around");

    let mut config = open.as_object_mut().unwrap().remove("proof").unwrap();
    let value = config.as_object_mut().unwrap().remove("proofValue").unwrap();
    let actor = iwate.document(&aiko.path("")).await.json();
    assert_eq!(config["verificationMethod"], actor["assertionMethod"][0]["id"]);
    assert_eq!(config["cryptosuite"], "eddsa-jcs-2022");
    assert_eq!(config["proofPurpose"], "assertionMethod");
    let multikey = base58(actor["assertionMethod"][0]["publicKeyMultibase"].as_str().unwrap());
    assert_eq!(multikey[..2], [0xed, 0x01]);
    let mut hashed = Vec::new();
    for part in [&config, &open] {
        let mut canonical = String::new();
        jcs(part, &mut canonical);
        hashed.extend_from_slice(digest(&SHA256, canonical.as_bytes()).as_ref());
    }

    let signature = base58(value.as_str().unwrap());
    UnparsedPublicKey::new(&ED25519, &multikey[2..]).verify(&hashed, &signature).unwrap();
}

/// RFC 8785 for documents without fractions and with ASCII keys.
fn jcs(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| key.as_str());
            out.push('{');
            for (n, (key, value)) in fields.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                out.push_str(&json!(key).to_string());
                out.push(':');
                jcs(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                jcs(item, out);
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

/// Base 58 with the multibase prefix `z`.
fn base58(text: &str) -> Vec<u8> {
    const DIGITS: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut bytes = Vec::new();
    for digit in text.strip_prefix('z').unwrap().chars() {
        let mut carry = DIGITS.find(digit).unwrap();
        for byte in bytes.iter_mut().rev() {
            carry += usize::from(*byte) * 58;
            *byte = u8::try_from(carry % 256).unwrap();
            carry /= 256;
        }
        while carry > 0 {
            bytes.insert(0, u8::try_from(carry % 256).unwrap());
            carry /= 256;
        }
    }
    bytes
}

#[tokio::test]
async fn a_new_follow_brings_the_posts_of_before_without_notifications() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);
    aiko.posts("一").await;
    let pinned = aiko.posts("二").await;
    aiko.pins(pinned.uri()).await;
    aiko.posts("@yui こんにちは").await;
    let named = akita.member("yui").await;
    aiko.posts(&format!("@{} さん", named.handle())).await;
    assert_eq!(iwate.deliver().await, 1, "yui is told");

    ken.follows(&aiko.handle()).await;
    settle(&[&iwate, &akita]).await;

    assert_eq!(ken.reads().await, ["@yui さん", "@yui こんにちは", "二", "一"]);
    assert!(ken.notifications().await.is_empty());
    assert_eq!(named.notifications().await, ["mention aiko"], "once, not twice");
    let copy = akita.account(&aiko.uri).await.unwrap();
    assert_eq!(akita.pinned(copy.id).await, [pinned.uri()]);
}

/// mastodon.md §1.5: the same on the activity and on its object, Public in full.
#[tokio::test]
async fn what_is_sent_is_addressed_as_other_servers_read_it() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "stranger").await;
    let hana = server.actor("hana");
    hana.follows(&iwate, &aiko.uri).await;
    server.forgets();
    let followers = format!("{}/followers", aiko.uri);

    for (audience, to, cc) in [
        ("public", json!([PUBLIC]), json!([followers, hana.uri])),
        ("unlisted", json!([followers]), json!([PUBLIC, hana.uri])),
        ("followers", json!([followers]), json!([hana.uri])),
        ("direct", json!([hana.uri]), json!([])),
    ] {
        let post = aiko.posts_to(audience, &format!("@{} さん", hana.handle())).await;
        iwate.deliver().await;
        let create = server.received().last().unwrap().json();
        assert_eq!(create["id"], format!("{}/activity", post.uri()));
        for part in [&create, &create["object"]] {
            assert_eq!((&part["to"], &part["cc"]), (&to, &cc), "{audience}");
        }
        assert!(create["@context"].as_array().unwrap().contains(&json!(ACTIVITYSTREAMS)));
        assert_eq!(create["object"]["attributedTo"], create["actor"]);
        let mention = &create["object"]["tag"][0];
        assert_eq!(mention["type"], "Mention");
        assert_eq!(mention["href"], hana.uri);
        assert_eq!(mention["name"], format!("@{}", hana.handle()));
    }
}

/// Mastodon.py writes some addresses so.
#[tokio::test]
async fn an_address_of_the_api_with_a_slash_at_the_end_is_the_same_address() {
    let net = Network::new();
    let node = net.node("om.example.jp").await;
    let aiko = node.member("aiko").await;
    aiko.posts("おはよう").await;
    let home = aiko.gets("/api/v1/timelines/home/?limit=1").await;
    assert_eq!(home, aiko.gets("/api/v1/timelines/home?limit=1").await);
    assert_eq!(home.as_array().unwrap().len(), 1);
    let made = aiko.does("/api/v1/statuses/", json!({"status": "こんばんは"})).await;
    assert_eq!(made["content"], "<p>こんばんは</p>");
    assert_eq!(node.get("/about/", "text/html").await.status, 404, "pages have one address");
}

/// <https://docs.joinmastodon.org/api/rate-limits/>
#[tokio::test]
async fn programs_are_told_how_much_they_may_still_ask_for_and_pages_are_not() {
    let net = Network::new();
    let limited = |config: &mut Config| {
        config.rate_limits = Switch::On;
        config.rate_limit_requests = 3;
    };
    let node = net.node_with("om.example.jp", limited).await;
    let number = |answer: &Answer, name: &str| answer.header(name).parse::<u32>().ok();
    for left in [2, 1, 0] {
        // Each is another address, so that none is given again.
        let answer = node.get(&format!("/api/v2/instance?n={left}"), "application/json").await;
        assert_eq!(answer.status, 200);
        assert_eq!(number(&answer, "x-ratelimit-limit"), Some(3));
        assert_eq!(number(&answer, "x-ratelimit-remaining"), Some(left));
        let missing = i64::from(3 - left) * 20 * SECOND;
        let whole_at = Timestamp::parse(answer.header("x-ratelimit-reset")).unwrap();
        assert!((missing - SECOND..=missing).contains(&(whole_at.0 - net.now().0)), "{left}");
    }
    let refused = node.get("/api/v2/instance?n=3", "application/json").await;
    assert_eq!((refused.status, number(&refused, "x-ratelimit-remaining")), (429, Some(0)));
    assert_eq!(node.get("/about", "text/html").await.header("x-ratelimit-limit"), "");
}

#[tokio::test]
async fn nobody_is_told_how_much_another_may_still_ask_for() {
    let net = Network::new();
    let node = net.node_with("om.example.jp", |config| config.rate_limits = Switch::On).await;
    let asks = async || node.get("/api/v1/custom_emojis", "application/json").await;
    assert_ne!(asks().await.header("x-ratelimit-remaining"), "");
    assert_eq!(asks().await.header("x-ratelimit-remaining"), "", "it was given again");
}

/// `HAProxy` leaves the line that a client sent and adds one of its own.
#[tokio::test]
async fn who_invents_an_address_is_counted_by_the_one_that_the_proxy_saw() {
    let net = Network::new();
    let limited = |config: &mut Config| {
        config.rate_limits = Switch::On;
        config.rate_limit_requests = 2;
        config.trusted_proxies = "127.0.0.1".to_owned().try_into().unwrap();
    };
    let node = net.node_with("om.example.jp", limited).await;
    let mut codes = Vec::new();
    for n in 1..=3 {
        let request = net.http.get(node.url(&format!("/.well-known/nodeinfo?n={n}")));
        let request = request.header("x-forwarded-for", format!("192.0.2.{n}"));
        let answer = request.header("x-forwarded-for", "198.51.100.7").send().await.unwrap();
        codes.push(answer.status().as_u16());
    }
    assert_eq!(codes, [200, 200, 429]);
}

/// Who holds one and waits for a second waits for others who do the same.
#[tokio::test]
async fn one_connection_to_the_database_is_enough_to_say_what_the_node_is() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let app = node.app();
    let all = if app.db.engine() == "SQLite" { 4 } else { 16 };
    let forgets_its_profile = async || {
        let mut tx = app.db.begin().await.unwrap();
        app.profile.changes_by(&mut tx);
        tx.commit().await.unwrap();
    };
    let mut taken = Vec::new();
    for _ in 1..all {
        taken.push(app.db.read().await.unwrap());
    }
    forgets_its_profile().await;
    assert_eq!(node.get("/nodeinfo/2.1", "application/json").await.status, 200);
    forgets_its_profile().await;
    let who = Introduction { node: "iwate".into(), prefecture: "岩手県".into() };
    joining::found(app, "東北OM", &who).await.unwrap();
}
