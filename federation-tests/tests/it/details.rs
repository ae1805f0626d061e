//! What members tell of themselves: each detail reaches its audience, here and on the other nodes, and nobody else.
use federation_tests::{
    Browser, Member, Network, Node, Stranger,
    browser::between,
    chapters::{chapters, join, talk},
};
use reqwest::Method;
use serde_json::{Value, json};
use tsudoi::{
    accounts::{details::wire, queries, types::Role},
    clock::{DAY, MINUTE},
    error::Result,
    fetch_all,
    network::{
        entry::{Class, New},
        log,
        say::{Hearing, say},
    },
};

const FIELDS: [&str; 9] = [
    "name",
    "reading",
    "affiliation",
    "organisation",
    "position",
    "municipality",
    "skills",
    "interests",
    "word",
];

const NOTHING: [&str; 0] = [];

fn all(nodes: &[Node]) -> Vec<&Node> {
    nodes.iter().collect()
}

/// Tells `(field, value, audience)`.
async fn tells(member: &Member, told: &[(&str, &str, &str)]) -> Value {
    let answer = tries(member, told).await.succeeded();
    answer.json()
}

async fn tries(member: &Member, told: &[(&str, &str, &str)]) -> federation_tests::Answer {
    let details: serde_json::Map<String, Value> = told
        .iter()
        .map(|(field, value, to)| ((*field).into(), json!({"value": value, "audience": to})))
        .collect();
    member.sends(Method::PATCH, "/api/tsudoi/v1/profile", json!({"details": details})).await
}

/// One detail for each audience.
async fn tells_everybody_something(member: &Member) {
    let told = [
        ("position", "係長-千羽鶴", "staff"),
        ("skills", "空き家-万年亀", "chapter"),
        ("name", "岩手　藍子-大鷹", "network"),
        ("word", "敷居は低く-緋鯉", "public"),
    ];
    tells(member, &told).await;
}

/// The fields that a profile of the API shows.
fn shown(profile: &Value) -> Vec<&'static str> {
    let details = &profile["details"];
    assert_eq!(details.as_object().unwrap().len(), FIELDS.len(), "{details}");
    FIELDS.into_iter().filter(|field| details[*field].is_object()).collect()
}

async fn sees(reader: &Member, other: &Member) -> Vec<&'static str> {
    let id = reader.id_of(other).await;
    shown(&reader.gets(&format!("/api/tsudoi/v1/accounts/{id}/profile")).await)
}

/// What a page shows of the four.
fn on_page(html: &str) -> Vec<&'static str> {
    let words = [("position", "千羽鶴"), ("skills", "万年亀"), ("name", "大鷹"), ("word", "緋鯉")];
    words.into_iter().filter(|(_, word)| html.contains(word)).map(|(field, _)| field).collect()
}

async fn becomes(member: &Member, role: Role) {
    let mut tx = member.node.app().db.begin().await.unwrap();
    let id = queries::by_uri(&mut tx, &member.uri).await.unwrap().unwrap().id;
    queries::set_role(&mut tx, id, role).await.unwrap();
    tx.commit().await.unwrap();
}

async fn rows(node: &Node, sql: &'static str) -> Result<Vec<(String, Option<String>)>> {
    let mut tx = node.app().db.read().await?;
    Ok(fetch_all!(&mut tx, sqlx::query_as(sql)))
}

/// All that a node's logs say, whoever said it.
async fn said(node: &Node) -> String {
    let sql = "SELECT class, body FROM log_entry ORDER BY node, epoch, seq";
    let rows = rows(node, sql).await.unwrap();
    let line =
        |(class, body): (String, Option<String>)| format!("{class} {}", body.unwrap_or_default());
    rows.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn each_detail_is_seen_by_its_audience_on_pages_and_by_programs() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let aiko = nodes[0].member("aiko").await;
    let (sewa, jiro) = (nodes[0].member("sewa").await, nodes[0].member("jiro").await);
    let (hana, abroad) = (nodes[1].member("hana").await, nodes[1].member("abroad").await);
    becomes(&sewa, Role::Moderator).await;
    becomes(&abroad, Role::Owner).await;
    tells_everybody_something(&aiko).await;
    talk(&all(&nodes)).await;

    assert_eq!(sees(&aiko, &aiko).await, ["name", "position", "skills", "word"]);
    assert_eq!(sees(&sewa, &aiko).await, ["name", "position", "skills", "word"]);
    assert_eq!(sees(&jiro, &aiko).await, ["name", "skills", "word"]);
    assert_eq!(sees(&hana, &aiko).await, ["name", "word"]);
    assert_eq!(sees(&abroad, &aiko).await, ["name", "word"], "an owner elsewhere");

    for (reader, path, seen) in [
        (&aiko, "/@aiko".to_owned(), &["position", "skills", "name", "word"][..]),
        (&sewa, "/@aiko".to_owned(), &["position", "skills", "name", "word"]),
        (&jiro, "/@aiko".to_owned(), &["skills", "name", "word"]),
        (&hana, format!("/@{}", aiko.handle()), &["name", "word"]),
    ] {
        let page = Browser::of(reader).await.opens(&path).await.text();
        assert_eq!(on_page(&page), seen, "{} reads {path}", reader.name);
    }
    for (node, path) in
        [(&nodes[0], "/@aiko".to_owned()), (&nodes[1], format!("/@{}", aiko.handle()))]
    {
        let page = node.get(&path, "text/html").await.text();
        assert_eq!(on_page(&page), ["word"], "a visitor of {}", node.host());
        let id = node.account(&aiko.uri).await.unwrap().id;
        let path = format!("/api/tsudoi/v1/accounts/{id}/profile");
        let profile = node.get(&path, "application/json").await.succeeded().json();
        assert_eq!(shown(&profile), ["word"], "a visitor of {}", node.host());
    }
}

#[tokio::test]
async fn other_servers_are_told_what_is_public_and_the_network_what_is_for_it() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let aiko = nodes[0].member("aiko").await;
    for word in ["千羽鶴", "万年亀"] {
        net.keeps_secret(word, &[&nodes[0]]);
    }
    let friend = Stranger::start(&net, "stranger").await.actor("rin");
    friend.follows(&nodes[0], &aiko.uri).await;
    nodes[0].apply().await;
    nodes[0].deliver().await;
    friend.server.forgets();
    let lines =
        json!({"fields_attributes": [{"name": "ブログ", "value": "https://blog.example/"}]});
    aiko.sends(Method::PATCH, "/api/v1/accounts/update_credentials", lines).await.succeeded();
    tells_everybody_something(&aiko).await;
    talk(&all(&nodes)).await;

    let document = nodes[0].document(&aiko.path("")).await;
    let lines = document.json()["attachment"].clone();
    let names: Vec<&str> =
        lines.as_array().unwrap().iter().map(|l| l["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ブログ", "一言"]);
    assert_eq!(lines[1]["value"], "敷居は低く-緋鯉");
    let heard: String = friend.server.received().iter().map(|r| r.json().to_string()).collect();
    assert_eq!(on_page(&heard), ["word"], "on the wire");
    assert_eq!(on_page(&document.text()), ["word"]);
    for node in &nodes {
        let said = said(node).await;
        assert_eq!(on_page(&said), ["name", "word"], "the log at {}", node.host());
        let public: String = said.lines().filter(|l| l.starts_with("public")).collect();
        assert_eq!(on_page(&public), ["word"], "what anybody may have of it");
        let copy = format!("/network/copies?id={}%23profile", aiko.uri);
        assert_eq!(node.get(&copy, "application/json").await.status, 404);
    }
    // Where the details are known, they are no lines as well.
    let there = nodes[1].account(&aiko.uri).await.unwrap();
    assert_eq!(there.fields().len(), 1, "{:?}", there.fields());
}

#[tokio::test]
async fn what_is_told_arrives_letter_for_letter_with_the_day_of_its_choice() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let aiko = nodes[0].member("aiko").await;
    let hana = nodes[1].member("hana").await;
    let own = tells(
        &aiko,
        &[
            ("name", " 岩手　藍子 ", "network"),
            ("reading", "イワテ　ｱｲｺ", "network"),
            ("affiliation", "npo", "public"),
            ("organisation", "A&B \"まち\" 研究所", "network"),
        ],
    )
    .await;
    assert_eq!(own["details"]["reading"]["value"], "いわて あいこ");
    net.advance(DAY);
    talk(&all(&nodes)).await;
    let id = hana.id_of(&aiko).await;
    let there = hana.gets(&format!("/api/tsudoi/v1/accounts/{id}/profile")).await;
    for field in ["name", "reading", "affiliation", "organisation"] {
        assert_eq!(there["details"][field], own["details"][field], "{field}");
    }
    let page = Browser::of(&hana).await.opens(&format!("/@{}", aiko.handle())).await.text();
    assert!(page.contains("NPO・市民団体"), "in the reader's words");
}

#[tokio::test]
async fn what_is_taken_back_is_gone_everywhere_from_the_logs_too() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let aiko = nodes[0].member("aiko").await;
    let hana = nodes[1].member("hana").await;
    tells(&aiko, &[("name", "藍子-大鷹", "network"), ("word", "ひとこと-緋鯉", "network")]).await;
    talk(&all(&nodes)).await;
    assert_eq!(sees(&hana, &aiko).await, ["name", "word"]);
    nodes[2].goes_down().await;
    tells(&aiko, &[("name", "藍子-大鷹", "chapter")]).await;
    talk(&[&nodes[0], &nodes[1]]).await;
    assert_eq!(sees(&hana, &aiko).await, ["word"]);
    nodes[2].comes_back().await;
    net.advance(MINUTE);
    talk(&all(&nodes)).await;
    for node in &nodes {
        assert_eq!(on_page(&said(node).await), ["word"], "the log at {}", node.host());
    }
    let kept = aiko.gets("/api/tsudoi/v1/profile").await;
    assert_eq!(kept["details"]["name"]["audience"], "chapter");

    tells(&aiko, &[("word", "", "network")]).await;
    talk(&all(&nodes)).await;
    assert_eq!(sees(&hana, &aiko).await, NOTHING);
}

#[tokio::test]
async fn a_node_that_joins_later_or_was_away_gets_the_newest() {
    let net = Network::new();
    let mut nodes = chapters(&net, 2).await;
    let aiko = nodes[0].member("aiko").await;
    let hana = nodes[1].member("hana").await;
    nodes[1].goes_down().await;
    for n in 0..3 {
        tells(&aiko, &[("word", &format!("{n}番目"), "network")]).await;
        net.advance(DAY);
        nodes[0].speak().await;
    }
    nodes[1].comes_back().await;
    net.advance(MINUTE);
    talk(&all(&nodes)).await;
    let word = async |reader: &Member| {
        let id = reader.id_of(&aiko).await;
        let profile = reader.gets(&format!("/api/tsudoi/v1/accounts/{id}/profile")).await;
        profile["details"]["word"]["value"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(word(&hana).await, "2番目");

    let late = net.node("miyagi").await;
    let taro = late.member("taro").await;
    tells(&taro, &[("name", "宮城太郎", "network")]).await;
    join(&nodes, &nodes[0], &late).await;
    nodes.push(late);
    net.advance(MINUTE);
    talk(&all(&nodes)).await;
    assert_eq!(word(&taro).await, "2番目");
    assert_eq!(sees(&hana, &taro).await, ["name"], "told before there was a network");
}

#[tokio::test]
async fn a_restored_node_gets_back_what_its_members_told_the_network() {
    let net = Network::new();
    let mut nodes = chapters(&net, 3).await;
    let mut aiko = nodes[0].member("aiko").await;
    tells(&aiko, &[("word", "前の一言", "network"), ("skills", "空き家", "chapter")]).await;
    talk(&all(&nodes)).await;
    nodes[0].stops().await;
    let backup = nodes[0].backup().await;
    nodes[0] = nodes[0].starts().await;
    aiko = aiko.at(&nodes[0]);
    tells(&aiko, &[("word", "後の一言", "network"), ("name", "藍子", "public")]).await;
    talk(&all(&nodes)).await;

    nodes[0].stops().await;
    nodes[0] = nodes[0].starts_from(&backup).await;
    aiko = aiko.at(&nodes[0]);
    for _ in 0..4 {
        net.advance(10 * MINUTE);
        talk(&all(&nodes)).await;
    }
    let own = aiko.gets("/api/tsudoi/v1/profile").await;
    assert_eq!(shown(&own), ["name", "skills", "word"]);
    assert_eq!(own["details"]["word"]["value"], "後の一言");
    assert_eq!(own["details"]["skills"]["audience"], "chapter");
    assert!(aiko.account().await.fields().is_empty(), "a public detail is no line");
    tells(&aiko, &[("word", "復元のあとで", "network")]).await;
    net.advance(MINUTE);
    talk(&all(&nodes)).await;
    let hana = nodes[1].member("hana").await;
    let id = hana.id_of(&aiko).await;
    let there = hana.gets(&format!("/api/tsudoi/v1/accounts/{id}/profile")).await;
    assert_eq!(there["details"]["word"]["value"], "復元のあとで");
}

/// The `Update` by which somebody would tell of `of`.
fn forged(by: &str, id: &str, of: &str, profile: &str) -> Value {
    json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": id, "type": "Update", "actor": by, "to": [],
        "object": {
            "id": profile, "type": "Profile", "describes": of,
            "attachment": [{
                "type": "PropertyValue", "propertyID": "https://tsudoi.example/ns#word", "name": "一言",
                "value": "にせもの", "audience": "https://www.w3.org/ns/activitystreams#Public"
            }]
        }
    })
}

#[tokio::test]
async fn nobody_tells_of_somebody_else_and_nobody_outside_the_logs_tells_at_all() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let (aiko, evil) = (nodes[0].member("aiko").await, nodes[0].member("evil").await);
    let hana = nodes[1].member("hana").await;
    tells(&aiko, &[("word", "本物", "network")]).await;
    talk(&all(&nodes)).await;

    // A member of the same node, by the log and with the id of another's profile.
    let evil_account = evil.account().await;
    let app = nodes[0].app();
    for (n, of, profile) in [
        (1, &aiko.uri, format!("{}#profile", aiko.uri)),
        (2, &aiko.uri, format!("{}#profile", evil.uri)),
        (3, &evil.uri, format!("{}#profile", aiko.uri)),
    ] {
        let id = format!("{}/forged/{n}", evil.uri);
        let body = forged(&evil.uri, &id, of, &profile);
        let saying = tsudoi::federation::outbox::Saying {
            sender: evil_account.id,
            uri: &id,
            body: &body,
            lane: &profile,
            patience: tsudoi::federation::outbox::Patience::Usual,
            followers_header: false,
        };
        let mut tx = app.db.begin().await.unwrap();
        say(app, &mut tx, &saying, Hearing::Network, []).await.unwrap();
        tx.commit().await.unwrap();
    }
    // A stranger of whom something is known here, by its own server.
    let friend = Stranger::start(&net, "stranger").await.actor("rin");
    friend.follows(&nodes[1], &hana.uri).await;
    let id = friend.new_id("update");
    let profile = format!("{}#profile", friend.uri);
    friend.sends(&nodes[1], &forged(&friend.uri, &id, &friend.uri, &profile)).await;
    talk(&all(&nodes)).await;

    for n in 1..=3 {
        let fate = nodes[1].fate(&format!("{}/forged/{n}", evil.uri)).await;
        assert_eq!(fate.as_deref(), Some("ignored"), "{n}");
    }
    assert_eq!(nodes[1].fate(&id).await.as_deref(), Some("ignored"));
    let page = Browser::of(&hana).await;
    for who in [&aiko.handle(), &evil.handle(), &friend.handle()] {
        let shown = page.opens(&format!("/@{who}")).await.text();
        assert!(!shown.contains("にせもの"), "{who}");
    }
    tells(&aiko, &[("word", "やはり本物", "network")]).await;
    talk(&all(&nodes)).await;
    let shown = page.opens(&format!("/@{}", aiko.handle())).await.text();
    assert!(shown.contains("やはり本物"), "the log goes on");
}

#[tokio::test]
async fn a_profile_in_the_public_part_of_a_log_is_not_believed() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let aiko = nodes[0].member("aiko").await;
    let hana = nodes[1].member("hana").await;
    talk(&all(&nodes)).await;
    let id = format!("{}/profile#updates/1", aiko.uri);
    let account = aiko.account().await;
    let body = forged(&aiko.uri, &id, &aiko.uri, &wire::profile_id(&account)).to_string();
    let obj_id = wire::profile_id(&account);
    let new = New { class: Class::Public, kind: "ap", ap_id: &id, obj_id: &obj_id, body };
    let mut tx = nodes[0].app().db.begin().await.unwrap();
    log::append(nodes[0].app(), &mut tx, "aomori", new).await.unwrap();
    tx.commit().await.unwrap();
    net.advance(MINUTE);
    talk(&all(&nodes)).await;
    assert_eq!(nodes[1].fate(&id).await.as_deref(), Some("ignored"));
    assert_eq!(sees(&hana, &aiko).await, NOTHING);
}

#[tokio::test]
async fn who_leaves_is_suspended_or_blocked_tells_nobody_anything() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let aiko = nodes[0].member("aiko").await;
    let (jiro, sewa) = (nodes[0].member("jiro").await, nodes[0].member("sewa").await);
    becomes(&sewa, Role::Moderator).await;
    let hana = nodes[1].member("hana").await;
    tells_everybody_something(&aiko).await;
    talk(&all(&nodes)).await;

    hana.blocks(&aiko.handle()).await;
    assert_eq!(sees(&hana, &aiko).await, NOTHING);
    hana.unblocks(&aiko.handle()).await;
    aiko.blocks("jiro").await;
    assert_eq!(sees(&jiro, &aiko).await, NOTHING);
    aiko.blocks("sewa").await;
    assert_eq!(sees(&sewa, &aiko).await.len(), 4, "who looks after the node");

    let id = aiko.account().await.id;
    let there = hana.id_of(&aiko).await;
    let suspend = async |suspended: bool| {
        let mut tx = nodes[0].app().db.begin().await.unwrap();
        let by = queries::by_uri(&mut tx, &sewa.uri).await.unwrap().unwrap().id;
        queries::set_role(&mut tx, by, Role::Admin).await.unwrap();
        let by = queries::member(&mut tx, by).await.unwrap();
        let app = nodes[0].app();
        tsudoi::accounts::actions::roles::set_suspended(app, &mut tx, &by, id, suspended)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        net.advance(MINUTE);
        talk(&all(&nodes)).await;
    };
    suspend(true).await;
    let document = nodes[0].document(&aiko.path("")).await.text();
    assert!(!document.contains("緋鯉"), "{document}");
    let path = format!("/api/tsudoi/v1/accounts/{there}/profile");
    assert_eq!(hana.call(Method::GET, &path, None).await.status, 403);
    suspend(false).await;
    assert_eq!(sees(&hana, &aiko).await, ["name", "word"]);

    aiko.leaves().await;
    talk(&all(&nodes)).await;
    for node in &nodes {
        let rows = rows(node, "SELECT field, value FROM account_detail").await.unwrap();
        assert!(rows.is_empty(), "{rows:?} at {}", node.host());
        assert_eq!(on_page(&said(node).await), NOTHING, "the log at {}", node.host());
    }
}

#[tokio::test]
async fn the_settings_page_keeps_what_was_typed_until_it_is_right() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let aiko = node.member("aiko").await;
    let browser = Browser::of(&aiko).await;
    let page = browser.opens("/settings/details").await;
    assert_eq!(page.status, 200);
    let audiences: Vec<String> = FIELDS.iter().map(|f| format!("{f}-audience")).collect();
    let mut typed: Vec<(&str, &str)> = audiences.iter().map(|a| (a.as_str(), "chapter")).collect();
    typed.extend([("name", "岩手 藍子"), ("reading", "岩手"), ("affiliation", "municipality")]);
    let again = browser.posts_form(&page, "/settings/details", &typed).await;
    assert_eq!(again.status, 422);
    let html = again.text();
    assert!(html.contains("よみがなは、ひらがなかカタカナで"), "{html}");
    assert!(html.contains("value=\"岩手 藍子\""), "{html}");
    assert!(aiko.gets("/api/tsudoi/v1/profile").await["details"]["name"].is_null());

    typed.retain(|(name, _)| *name != "reading" && *name != "name-audience");
    typed.extend([("reading", "イワテ アイコ"), ("name-audience", "public")]);
    let saved = browser.sends(&page, "/settings/details", &typed).await;
    assert_eq!(saved.status, 200);
    let own = aiko.gets("/api/tsudoi/v1/profile").await;
    assert_eq!(shown(&own), ["name", "reading", "affiliation"]);
    assert_eq!(own["details"]["reading"]["value"], "いわて あいこ");
    assert_eq!(own["details"]["name"]["audience"], "public");
    let day = between(&saved.text(), "id=\"name-audience\"", "</fieldset>");
    assert!(day.contains("に選びました"), "{day}");

    let chosen = own["details"]["reading"]["chosen_at"].clone();
    net.advance(DAY);
    typed.extend([("word", "よろしく")]);
    browser.sends(&page, "/settings/details", &typed).await;
    let own = aiko.gets("/api/tsudoi/v1/profile").await;
    assert_eq!(own["details"]["reading"]["chosen_at"], chosen, "chosen once");
    assert_ne!(own["details"]["word"]["chosen_at"], chosen);
}

#[tokio::test]
async fn programs_change_what_they_name_and_are_told_what_is_wrong() {
    let net = Network::new();
    let node = net.node("iwate").await;
    let aiko = node.member("aiko").await;
    let own = tells(&aiko, &[("name", "岩手 藍子", "network")]).await;
    assert_eq!(own["details"]["name"]["audience"], "network");
    let path = "/api/tsudoi/v1/profile";
    let only = json!({"details": {"name": {"audience": "staff"}, "word": {"value": "一言"}}});
    let own = aiko.sends(Method::PATCH, path, only).await.succeeded().json();
    assert_eq!(own["details"]["name"]["value"], "岩手 藍子");
    assert_eq!(own["details"]["name"]["audience"], "staff");
    assert_eq!(own["details"]["word"]["audience"], "chapter", "unless the member says more");
    assert_eq!(own, aiko.gets(path).await);

    let form = |content_type: &'static str, body: &'static str| {
        let request = net.http.patch(node.url(path)).bearer_auth(aiko.token());
        request.header("content-type", content_type).body(body).send()
    };
    let answer =
        form("application/x-www-form-urlencoded", "details[word][value]=form").await.unwrap();
    assert_eq!(answer.status(), 200);
    let multipart = "--x\r\nContent-Disposition: form-data; name=\"details[skills][value]\"\r\n\r\nparts\r\n--x--\r\n";
    let answer = form("multipart/form-data; boundary=x", multipart).await.unwrap();
    assert_eq!(answer.status(), 200);
    let own = aiko.gets(path).await;
    assert_eq!(own["details"]["word"]["value"], "form");
    assert_eq!(own["details"]["skills"]["value"], "parts");

    for (sent, status, words) in [
        (json!({"details": {"nam": {"value": "x"}}}), 400, "nam"),
        (json!({"nam": {"value": "x"}, "details": {}}), 400, "nam"),
        (json!({"details": {"name": {"value": "x", "to": "public"}}}), 400, "to"),
        (json!({"details": {"name": {"audience": "friends"}}}), 400, "friends"),
        (json!({"details": {"reading": {"value": "岩手"}}}), 422, "よみがな"),
        (json!({"details": {"affiliation": {"value": "guild"}}}), 422, "所属区分"),
        (json!({"details": {"name": {"value": "あ".repeat(51)}}}), 422, "50字まで"),
    ] {
        let answer = aiko.sends(Method::PATCH, path, sent).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(answer.json()["error"].as_str().unwrap().contains(words), "{}", answer.text());
    }
    let reader = aiko.allowing("read:statuses profile").await;
    assert_eq!(reader.call(Method::GET, path, None).await.status, 403, "it is more than a name");
    let reader = aiko.allowing("read:accounts").await;
    reader.call(Method::GET, path, None).await.succeeded();
    let change = json!({"details": {}});
    assert_eq!(reader.sends(Method::PATCH, path, change).await.status, 403);
}
