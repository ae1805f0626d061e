//! Private lanes: what is for somebody at another node of the network gets there, in order and once, however long that takes, and to nobody else.
use federation_tests::{
    Answer, Member, Network, Node, Reply, Stranger, Tampering,
    chapters::{chapters, sign, talk},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{fs, path::Path};
use tsudoi::{
    clock::{DAY, MINUTE, SECOND},
    db::Tx,
    error::Result,
    execute,
    federation::{
        hosts,
        outbox::{Patience, Saying},
    },
    fetch_all,
    network::{
        joining, lanes, membership,
        message::{Acked, Item, Lane, Sealed, seal},
    },
};

const LANE: &str = "/net/v1/lane";

/// Aiko of aomori and hana of iwate, who know of each other; miyagi is there, too.
struct Scene {
    net: Network,
    nodes: Vec<Node>,
    aiko: Member,
    hana: Member,
}

impl Scene {
    async fn new(nodes: usize) -> Self {
        let net = Network::new();
        let nodes = chapters(&net, nodes).await;
        let (aiko, hana) = (nodes[0].member("aiko").await, nodes[1].member("hana").await);
        let scene = Self { net, nodes, aiko, hana };
        scene.talk().await;
        scene
    }

    fn aomori(&self) -> &Node {
        &self.nodes[0]
    }

    fn iwate(&self) -> &Node {
        &self.nodes[1]
    }

    async fn talk(&self) {
        talk(&self.nodes.iter().collect::<Vec<_>>()).await;
    }

    /// A direct post of aiko to hana; its address.
    async fn tells(&self, text: &str) -> String {
        let text = format!("@{} {text}", self.hana.handle());
        self.aiko.posts_to("direct", &text).await.uri().to_owned()
    }

    /// How much waits at aomori for iwate.
    async fn waiting(&self) -> i64 {
        waiting(self.aomori(), "iwate").await
    }

    /// Aomori's word to iwate about its lane, and the answer.
    async fn says(&self, lane: &str, after: i64, bodies: &[String]) -> Acked {
        let message = self.message(lane, after, bodies).await;
        let answer = self.sends(message).await.succeeded();
        let us = membership::now(self.aomori().app()).await.unwrap().unwrap();
        let key = &us.roster.member("iwate").unwrap().key;
        Sealed::read(&answer.body).unwrap().open(key, "aomori", self.net.now()).unwrap()
    }

    async fn message(&self, lane: &str, after: i64, bodies: &[String]) -> String {
        let inboxes = vec![self.iwate().url(&self.hana.path("/inbox"))];
        let item = |body: &String| Item { inboxes: inboxes.clone(), body: body.clone() };
        let items = bodies.iter().map(item).collect();
        let lane = Lane { lane: lane.to_owned(), after, items };
        let key = membership::key(self.aomori().app()).await.unwrap();
        seal(&lane, "aomori", "iwate", self.net.now(), &key.proof).unwrap()
    }

    async fn sends(&self, message: String) -> Answer {
        let request = self.net.http.request(Method::POST, self.iwate().url(LANE)).body(message);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        Answer { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }

    /// A `Create` by aiko whose note is for hana, who is not named in it, by hand.
    fn note(&self, number: u8) -> Value {
        let id = format!("{}/notes/{number}", self.aiko.uri);
        let (by, at) = (&self.aiko.uri, self.net.now().iso());
        json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": format!("{id}/activity"), "type": "Create", "actor": by,
            "object": {"id": id, "type": "Note", "attributedTo": by, "content": format!("<p>{number}</p>"), "published": at, "to": []},
        })
    }

    fn body(&self, number: u8) -> String {
        self.note(number).to_string()
    }
}

async fn waiting(node: &Node, peer: &str) -> i64 {
    let mut tx = node.app().db.read().await.unwrap();
    lanes::totals(&mut tx).await.unwrap().get(peer).map_or(0, |(count, _)| *count)
}

/// The ids of the activities that came by lanes, in the order of their numbers.
async fn came(node: &Node) -> Vec<String> {
    let mut tx = node.app().db.read().await.unwrap();
    came_by_lanes(&mut tx).await.unwrap().into_iter().map(|(id,)| id).collect()
}

async fn came_by_lanes(tx: &mut Tx) -> Result<Vec<(String,)>> {
    let sql =
        "SELECT activity_id FROM inbound WHERE log_class IS NULL AND log_seq > 0 ORDER BY log_seq";
    Ok(fetch_all!(tx, sqlx::query_as(sql)))
}

fn creates(posts: &[String]) -> Vec<String> {
    posts.iter().map(|uri| format!("{uri}/activity")).collect()
}

#[tokio::test]
async fn what_is_between_people_of_two_nodes_goes_by_the_lane_and_arrives_once() {
    let scene = Scene::new(2).await;
    let (aiko, hana) = (&scene.aiko, &scene.hana);
    hana.follows(&aiko.handle()).await;
    assert_eq!(waiting(scene.iwate(), "aomori").await, 1);
    scene.talk().await;
    assert!(hana.relation(&aiko.handle(), "following").await);

    let followers = aiko.posts_to("followers", "フォロワーへ").await;
    let direct = scene.tells("こっそり").await;
    assert_eq!(scene.waiting().await, 2);
    assert_eq!(scene.aomori().waiting().await, 0, "nothing is delivered as to a stranger");
    scene.talk().await;
    assert_eq!(scene.waiting().await, 0, "acknowledged");
    let texts: Vec<String> = hana.reads().await;
    assert!(texts.iter().any(|t| t.contains("こっそり")), "{texts:?}");
    assert!(texts.iter().any(|t| t == "フォロワーへ"), "{texts:?}");
    let arrivals = scene.iwate().arrivals().await;

    let question = aiko.asks("いつにしますか", &["土曜", "日曜"], 3_600).await;
    scene.talk().await;
    hana.votes(question.uri(), &[1]).await;
    hana.unfollows(&aiko.handle()).await;
    aiko.deletes(&direct).await;
    net_rests(&scene).await;
    assert!(scene.iwate().post(&direct).await.is_none());
    assert!(scene.iwate().post(followers.uri()).await.is_some());
    assert!(!aiko.relation(&hana.handle(), "followed_by").await);
    let poll = aiko.reads_post(question.uri()).await.unwrap();
    assert_eq!(poll.0["poll"]["votes_count"], 1);
    assert!(scene.iwate().arrivals().await > arrivals);
    let all = [came(scene.aomori()).await, came(scene.iwate()).await];
    assert_eq!(all.map(|ids| ids.len()), [3, 4], "follow, vote, undo; accept, two posts, delete");
}

async fn net_rests(scene: &Scene) {
    scene.talk().await;
    scene.net.advance(MINUTE);
    scene.talk().await;
}

#[tokio::test]
async fn only_the_peers_own_signed_word_lets_go_of_an_item() {
    let scene = Scene::new(2).await;
    let key = membership::key(scene.aomori().app()).await.unwrap();
    let lie = |to: &str| {
        let all = Acked { lane: "x".into(), acked: 99, last: String::new() };
        seal(&all, "iwate", to, scene.net.now(), &key.proof).unwrap()
    };
    let answers = [
        Reply::typed("text/html", "<h1>This domain is for sale</h1>"),
        Reply::status(202),
        Reply::status(404),
        Reply::redirect("https://portal.example/login"),
        Reply::typed("application/json", &lie("aomori")),
    ];
    let mut said = Vec::new();
    for answer in answers {
        scene.iwate().tampers(Tampering::Taken(LANE, answer));
        said.push(scene.tells(&format!("{}", said.len())).await);
        scene.net.advance(10 * MINUTE);
        scene.aomori().speak().await;
        assert_eq!(scene.waiting().await, i64::try_from(said.len()).unwrap());
    }
    assert!(scene.iwate().posts().await.is_empty());

    scene.iwate().tampers(Tampering::None);
    scene.net.advance(10 * MINUTE);
    scene.talk().await;

    assert_eq!(came(scene.iwate()).await, creates(&said), "all, in order");
    assert_eq!(scene.iwate().posts().await, said, "once");
    assert_eq!(scene.waiting().await, 0);
}

#[tokio::test]
async fn who_was_away_for_three_weeks_gets_everything_in_order_and_no_third_node_any_of_it() {
    let scene = Scene::new(3).await;
    let (aomori, iwate, miyagi) = (scene.aomori(), scene.iwate(), &scene.nodes[2]);
    let canary = "canary-4711";
    scene.hana.follows(&scene.aiko.handle()).await;
    scene.talk().await;
    iwate.goes_down().await;
    let mut said = Vec::new();
    for day in 0..21 {
        let text = format!("{canary} {day}");
        let post = match day % 2 {
            0 => scene.tells(&text).await,
            _ => scene.aiko.posts_to("followers", &text).await.uri().to_owned(),
        };
        match day % 4 {
            3 => scene.aiko.unfollows(&scene.hana.handle()).await,
            1 => scene.aiko.follows(&scene.hana.handle()).await,
            _ => {}
        }
        said.push(post);
        scene.net.advance(DAY);
        talk(&[aomori, miyagi]).await;
    }
    scene.aiko.edits(&said[20], &format!("@{} {canary} なおし", scene.hana.handle())).await;
    scene.aiko.follows(&scene.hana.handle()).await;
    assert_eq!(scene.waiting().await, 21 + 10 + 2);
    iwate.comes_back().await;
    scene.net.advance(10 * MINUTE);
    scene.talk().await;

    assert_eq!(iwate.posts().await, said, "everything, once");
    let posts = came(iwate).await.into_iter().filter(|id| id.ends_with("/activity"));
    assert_eq!(posts.collect::<Vec<_>>(), creates(&said), "in order");
    assert_eq!(came(iwate).await.len(), 1 + 21 + 10 + 2, "with the Accept of the first day");
    assert!(iwate.post(&said[20]).await.unwrap().content_html.contains("なおし"));
    assert!(scene.aiko.relation(&scene.hana.handle(), "following").await);
    assert!(holds(iwate, canary).await);
    assert!(!holds(miyagi, canary).await, "a third node");
}

/// Whether some text stands anywhere in a node's database or data directory.
async fn holds(node: &Node, text: &str) -> bool {
    let mut tx = node.app().db.read().await.unwrap();
    let in_tables = !tx.is_sqlite() && in_tables(&mut tx, text).await.unwrap();
    in_tables || in_files(&node.app().config.data_dir, text.as_bytes())
}

fn in_files(path: &Path, text: &[u8]) -> bool {
    fs::read_dir(path).unwrap().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return in_files(&path, text);
        }
        fs::read(path).unwrap().windows(text.len()).any(|window| window == text)
    })
}

async fn in_tables(tx: &mut Tx, text: &str) -> Result<bool> {
    let tables: Vec<(String,)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public'"
        )
    );
    assert!(!tables.is_empty());
    for (table,) in tables {
        let sql = format!(
            "SELECT 1 FROM \"{table}\" t WHERE CAST(row_to_json(t) AS TEXT) LIKE $1 LIMIT 1"
        );
        let found: Vec<(i32,)> = fetch_all!(
            tx,
            sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())).bind(format!("%{text}%"))
        );
        if !found.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

#[tokio::test]
async fn a_page_that_was_stored_and_whose_answer_was_lost_changes_nothing_when_it_comes_again() {
    let scene = Scene::new(2).await;
    scene.iwate().tampers(Tampering::Garbled(LANE, Reply::status(502)));
    let first = scene.tells("一").await;
    scene.aomori().speak().await;
    scene.iwate().apply().await;
    assert!(scene.iwate().post(&first).await.is_some(), "it was stored");
    assert_eq!(scene.waiting().await, 1, "aomori cannot know");

    let second = scene.tells("二").await;
    scene.iwate().tampers(Tampering::None);
    scene.net.advance(10 * MINUTE);
    scene.talk().await;

    assert_eq!(scene.iwate().posts().await, [first.clone(), second.clone()]);
    assert_eq!(came(scene.iwate()).await, creates(&[first, second]));
    let told = scene.hana.notifications().await;
    assert_eq!(told, ["mention aiko", "mention aiko"]);
    assert_eq!(scene.waiting().await, 0);
}

#[tokio::test]
async fn an_item_that_is_not_the_peers_to_say_is_left_out_and_does_not_hold_up_the_next() {
    let scene = Scene::new(2).await;
    let by_another = scene.body(2).replace(&scene.aiko.uri, &scene.hana.uri);
    let mut under_another_id = scene.note(3);
    under_another_id["id"] = json!(format!("{}/notes/3/activity", scene.hana.uri));
    let too_long = format!("{{\"x\": \"{}\"}}", "x".repeat(1 << 20));
    let bodies = [
        scene.body(1),
        by_another,
        under_another_id.to_string(),
        "[".into(),
        too_long,
        scene.body(6),
    ];

    let acked = scene.says("x", 0, &bodies).await;
    scene.iwate().apply().await;

    assert_eq!(acked.acked, 6);
    assert_eq!(
        scene.iwate().posts().await,
        [1, 6].map(|n| format!("{}/notes/{n}", scene.aiko.uri))
    );
    assert!(scene.hana.reads().await.len() == 2, "who is not named has it by the inbox it was for");
}

#[tokio::test]
async fn a_message_by_somebody_else_or_for_somebody_else_moves_nothing() {
    let scene = Scene::new(3).await;
    let bodies = [scene.body(1)];
    let good = scene.message("x", 0, &bodies).await;
    let altered = good.replace("/notes/1", "/notes/9");
    let mut statuses = vec![scene.sends(altered).await.status];
    let key = membership::key(scene.nodes[2].app()).await.unwrap();
    let lane = Lane { lane: "x".into(), after: 0, items: Vec::new() };
    for (from, to) in [("aomori", "iwate"), ("akita", "iwate"), ("miyagi", "aomori")] {
        let forged = seal(&lane, from, to, scene.net.now(), &key.proof).unwrap();
        statuses.push(scene.sends(forged).await.status);
    }
    assert_eq!(statuses, [401; 4]);
    for (after, id) in [(-1, "x"), (i64::MAX, "x"), (0, ""), (0, "a\nb")] {
        let message = scene.message(id, after, &bodies).await;
        assert_eq!(scene.sends(message).await.status, 400);
    }
    assert!(came(scene.iwate()).await.is_empty());
    // A third node speaks in its own name only.
    let lane = Lane { items: vec![Item { inboxes: Vec::new(), body: scene.body(1) }], ..lane };
    let own = seal(&lane, "miyagi", "iwate", scene.net.now(), &key.proof).unwrap();
    scene.sends(own).await.succeeded();
    assert!(came(scene.iwate()).await.is_empty());
}

#[tokio::test]
async fn an_old_message_moves_nothing_back() {
    let scene = Scene::new(2).await;
    let bodies: Vec<String> = (1..=4).map(|n| scene.body(n)).collect();
    let early = scene.message("x", 0, &bodies[..2]).await;
    scene.sends(early.clone()).await.succeeded();
    assert_eq!(scene.says("x", 2, &bodies[2..3]).await.acked, 3);
    scene.sends(early.clone()).await.succeeded();
    let now = scene.says("x", 3, &[]).await;
    assert_eq!((now.lane.as_str(), now.acked), ("x", 3));

    assert_eq!(scene.says("y", 3, &bodies[3..]).await.acked, 4, "another lane");
    scene.sends(early).await.succeeded();
    let now = scene.says("x", 0, &bodies[..3]).await;
    assert_eq!((now.lane.as_str(), now.acked), ("y", 4), "the earlier one is over");
    scene.iwate().apply().await;
    assert_eq!(scene.iwate().posts().await.len(), 4);
    assert_eq!(came(scene.iwate()).await.len(), 4);
}

#[tokio::test]
async fn a_renewed_lane_loses_nothing_and_repeats_nothing() {
    let scene = Scene::new(2).await;
    let mut said = vec![scene.tells("一").await, scene.tells("二").await];
    scene.talk().await;
    // A copy of aomori that still has what iwate stored later, and then gives numbers out again.
    scene.iwate().tampers(Tampering::Garbled(LANE, Reply::status(502)));
    said.push(scene.tells("三").await);
    scene.aomori().speak().await;
    scene.iwate().tampers(Tampering::None);
    let mut tx = scene.aomori().app().db.begin().await.unwrap();
    lanes::renew(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    said.push(scene.tells("四").await);
    scene.net.advance(10 * SECOND);
    scene.talk().await;
    assert_eq!(scene.waiting().await, 0);
    wind_back(scene.aomori(), "lane_head", 1).await;
    let mut tx = scene.aomori().app().db.begin().await.unwrap();
    lanes::renew(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    said.push(scene.tells("五").await);
    scene.talk().await;

    assert_eq!(scene.iwate().posts().await, said, "at once");
    assert_eq!(came(scene.iwate()).await.len(), said.len(), "once");
    assert_eq!(scene.waiting().await, 0);
}

/// What a copy of the database leaves: the lane ends, or was stored, at `seq`.
async fn wind_back(node: &Node, table: &str, seq: i64) {
    let mut tx = node.app().db.begin().await.unwrap();
    wind(&mut tx, table, seq).await.unwrap();
    tx.commit().await.unwrap();
}

async fn wind(tx: &mut Tx, table: &str, seq: i64) -> Result<()> {
    let sql = format!("UPDATE {table} SET seq = $1");
    execute!(tx, sqlx::query(sqlx::AssertSqlSafe(sql.as_str())).bind(seq));
    Ok(())
}

#[tokio::test]
async fn a_copy_that_gives_numbers_out_again_notices_it_and_loses_nothing() {
    for again in 1..=4 {
        let scene = Scene::new(2).await;
        let mut said = Vec::new();
        for n in 0..3 {
            said.push(scene.tells(&format!("前{n}")).await);
        }
        scene.talk().await;
        wind_back(scene.aomori(), "lane_head", 1).await;
        for n in 0..again {
            said.push(scene.tells(&format!("後{n}")).await);
        }
        for _ in 0..3 {
            scene.net.advance(21 * SECOND);
            scene.talk().await;
        }
        assert_eq!(scene.iwate().posts().await, said, "{again} numbers used twice");
        assert_eq!(scene.waiting().await, 0);
    }
}

#[tokio::test]
async fn a_reader_that_was_wound_back_goes_on_where_the_lane_is() {
    let scene = Scene::new(2).await;
    let mut said = Vec::new();
    for n in 0..3 {
        said.push(scene.tells(&format!("前{n}")).await);
    }
    scene.talk().await;
    wind_back(scene.iwate(), "lane_in", 1).await;
    said.push(scene.tells("後").await);
    scene.net.advance(MINUTE);
    scene.talk().await;
    assert_eq!(scene.iwate().posts().await, said);
    assert_eq!(scene.waiting().await, 0);
}

#[tokio::test]
async fn a_long_backlog_goes_page_by_page() {
    let scene = Scene::new(2).await;
    scene.iwate().goes_down().await;
    let long = "長".repeat(1_500);
    let mut said = Vec::new();
    for n in 0..130 {
        said.push(scene.tells(&format!("{n} {long}")).await);
    }
    let mut tx = scene.aomori().app().db.read().await.unwrap();
    let page = lanes::page(&mut tx, "iwate").await.unwrap().unwrap();
    drop(tx);
    assert!(page.items.len() < 130, "{}", page.items.len());
    scene.iwate().comes_back().await;
    scene.net.advance(10 * MINUTE);
    scene.talk().await;
    assert_eq!(came(scene.iwate()).await, creates(&said));
}

async fn block(node: &Node, host: &str) {
    let mut tx = node.app().db.begin().await.unwrap();
    hosts::set_blocked(&mut tx, host, true).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_a_blocked_host_says_is_acknowledged_and_dropped() {
    let scene = Scene::new(2).await;
    block(scene.iwate(), scene.aomori().host()).await;
    scene.tells("届かない").await;
    scene.net.advance(MINUTE);
    scene.talk().await;
    assert_eq!(scene.waiting().await, 0);
    assert!(came(scene.iwate()).await.is_empty());
}

#[tokio::test]
async fn a_blocked_host_gets_nothing_more() {
    let scene = Scene::new(2).await;
    scene.tells("まえ").await;
    block(scene.aomori(), scene.iwate().host()).await;
    scene.tells("あと").await;
    assert_eq!(scene.waiting().await, 1);
    scene.net.advance(MINUTE);
    scene.talk().await;
    assert_eq!(scene.waiting().await, 0);
    assert!(came(scene.iwate()).await.is_empty());
}

#[tokio::test]
async fn what_waits_for_a_node_that_left_goes_on_as_to_a_stranger() {
    let scene = Scene::new(3).await;
    let (aomori, iwate, miyagi) = (scene.aomori(), scene.iwate(), &scene.nodes[2]);
    iwate.goes_down().await;
    let mut said = vec![scene.tells("一").await, scene.tells("二").await];
    let before = membership::now(aomori.app()).await.unwrap().unwrap();
    let mut tx = aomori.app().db.begin().await.unwrap();
    joining::remove(aomori.app(), &mut tx, "iwate").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((scene.waiting().await, aomori.waiting().await), (2, 0));
    scene.net.advance(MINUTE);
    talk(&[aomori, miyagi]).await;
    sign(miyagi.app()).await;
    scene.net.advance(MINUTE);
    talk(&[aomori, miyagi]).await;
    assert_eq!((scene.waiting().await, aomori.waiting().await), (0, 2));
    // Another process that has not read the roster again.
    let (uri, body) = (format!("{}/notes/3/activity", scene.aiko.uri), scene.body(3));
    let saying = Saying {
        sender: scene.aiko.account().await.id,
        uri: &uri,
        body: &body,
        lane: "",
        patience: Patience::Usual,
        followers_header: false,
    };
    let inbox = iwate.url(&scene.hana.path("/inbox"));
    let mut tx = aomori.app().db.begin().await.unwrap();
    lanes::append(aomori.app(), &mut tx, &before, &saying, vec![inbox]).await.unwrap();
    tx.commit().await.unwrap();
    said.push(uri.replace("/activity", ""));
    aomori.speak().await;
    assert_eq!((scene.waiting().await, aomori.waiting().await), (0, 3));

    iwate.comes_back().await;
    scene.net.advance(DAY);
    scene.talk().await;
    assert_eq!(iwate.posts().await, said);
    assert_eq!(aomori.waiting().await, 0);
}

#[tokio::test]
async fn to_a_stranger_nothing_changes() {
    let scene = Scene::new(2).await;
    let rin = Stranger::start(&scene.net, "stranger").await.actor("rin");
    rin.follows(scene.aomori(), &scene.aiko.uri).await;
    scene.talk().await;
    rin.server.forgets();
    let text = format!("@{} @{} ふたりに", scene.hana.handle(), rin.handle());
    let post = scene.aiko.posts_to("direct", &text).await;
    assert_eq!((scene.waiting().await, scene.aomori().waiting().await), (1, 1));
    scene.talk().await;
    assert_eq!(rin.server.received_kinds(), ["Create"]);
    assert!(scene.iwate().post(post.uri()).await.is_some());
}

#[tokio::test]
async fn the_metrics_say_what_waits_and_what_was_refused() {
    let scene = Scene::new(2).await;
    scene.says("x", 0, &["[".into()]).await;
    scene.aomori().goes_down().await;
    scene.hana.posts_to("direct", &format!("@{} 待つ", scene.aiko.handle())).await;
    scene.net.advance(MINUTE);
    scene.iwate().speak().await;
    let text = scene.iwate().get("/metrics", "text/plain").await.text();
    assert!(text.contains("tsudoi_peer_lane_waiting{node=\"aomori\"} 1"), "{text}");
    assert!(text.contains("tsudoi_peer_lane_lag_seconds{node=\"aomori\"} 60"), "{text}");
    assert!(text.contains("tsudoi_lane_refused_total{node=\"aomori\"}"), "{text}");
}
