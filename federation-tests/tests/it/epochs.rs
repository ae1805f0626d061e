//! A node that runs on an old copy of its data: it writes no second history, gets back what it said, and goes on in a new epoch.
use federation_tests::{
    Member, Network, Node,
    chapters::{chapters, join, logs, talk},
    node::Backup,
};
use serde_json::json;
use tsudoi::{
    clock::{DAY, HOUR, MINUTE, SECOND},
    network::{
        entry::{Class, Entry, Head, New},
        epochs,
        fence::{Fence, Opening},
        log, membership,
        message::{Heads, Witness, Witnessed},
        sync,
    },
    roster::{Membership, Signature},
};

/// The node stops, is copied and starts again.
async fn backed_up(node: &Node) -> (Node, Backup) {
    node.stops().await;
    let backup = node.backup().await;
    (node.starts().await, backup)
}

/// Time passes until the nodes have nothing more to tell each other.
async fn rest(nodes: &[&Node]) {
    for _ in 0..4 {
        nodes[0].net().advance(10 * MINUTE);
        talk(nodes).await;
    }
}

async fn nobody_is_frozen(nodes: &[&Node]) {
    for node in nodes {
        let mut tx = node.app().db.read().await.unwrap();
        let heads = log::heads(&mut tx).await.unwrap();
        assert!(heads.iter().all(|(.., frozen)| frozen.is_none()), "at {}", node.host());
    }
}

async fn epoch_of(node: &Node, log: &str) -> i64 {
    log::head_of(&mut node.app().db.read().await.unwrap(), log).await.unwrap().epoch
}

async fn us(node: &Node) -> std::sync::Arc<Membership> {
    membership::now(node.app()).await.unwrap().unwrap()
}

/// What a member says that is for everybody, and what came of it: a status of the API, or the words of a refusal.
async fn tries(member: &Member, text: &str) -> (u16, String) {
    let answer = member.tries_to_say(json!({"status": text})).await;
    (answer.status, answer.text())
}

#[tokio::test]
async fn a_restored_node_says_nothing_until_it_has_back_what_it_said() {
    let net = Network::new();
    let mut nodes = chapters(&net, 3).await;
    let mut aiko = nodes[0].member("aiko").await;
    let hana = nodes[2].member("hana").await;
    let first = aiko.posts("最初").await;
    let doomed = aiko.posts("消すもの").await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;
    let (started, backup) = backed_up(&nodes[0]).await;
    nodes[0] = started;
    aiko = aiko.at(&nodes[0]);
    aiko.edits(first.uri(), "最初、直したもの").await;
    aiko.deletes(doomed.uri()).await;
    aiko.renames("青森の藍子").await;
    let second = aiko.posts("二つ目").await;
    let shared = aiko.posts_to("network", "ネットワークへ").await;
    let answered = hana.posts("宮城から").await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;
    let answered = aiko.finds_post(answered.uri()).await;
    aiko.likes(answered.uri()).await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;

    nodes[0].stops().await;
    nodes[0] = nodes[0].starts_from(&backup).await;
    aiko = aiko.at(&nodes[0]);
    let (status, words) = tries(&aiko, "早すぎる").await;
    assert_eq!(status, 403, "{words}");
    assert!(words.contains("古い複製から復元"), "{words}");

    let status = nodes[0].get("/network", "text/html").await.text();
    assert!(status.contains("復元中"), "{status}");

    let all: Vec<&Node> = nodes.iter().collect();
    rest(&all).await;
    assert_eq!(nodes[0].posts().await, [first.uri(), second.uri(), shared.uri(), answered.uri()]);
    let back = nodes[0].post(second.uri()).await.unwrap();
    assert!(back.local && back.uri.ends_with(&back.id.to_string()));
    assert_eq!(aiko.reads_post(first.uri()).await.unwrap().text(), "最初、直したもの");
    assert_eq!(aiko.account().await.display_name, "青森の藍子");
    let third = aiko.posts("三つ目").await;
    aiko.edits(second.uri(), "二つ目、復元のあとで").await;
    rest(&all).await;
    for node in &all {
        assert_eq!(epoch_of(node, "aomori").await, 2, "at {}", node.host());
        let expected = [first.uri(), second.uri(), shared.uri(), answered.uri(), third.uri()];
        assert_eq!(node.posts().await, expected, "at {}", node.host());
        let post = node.post(second.uri()).await.unwrap();
        assert!(post.content_html.contains("復元のあとで"), "at {}", node.host());
    }
    assert_eq!(nodes[2].post(answered.uri()).await.unwrap().likes_count, 1);
    nobody_is_frozen(&all).await;
    let ends = logs(&nodes[0]).await;
    assert_eq!(ends, logs(&nodes[1]).await);
}

#[tokio::test]
async fn what_was_said_twice_over_in_one_place_is_all_said_in_the_end() {
    let net = Network::new();
    let mut nodes = chapters(&net, 3).await;
    let mut aiko = nodes[0].member("aiko").await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;
    let (started, backup) = backed_up(&nodes[0]).await;
    nodes[0] = started;
    aiko = aiko.at(&nodes[0]);
    nodes[2].goes_down().await;
    let known = aiko.posts("写しのあとで").await;
    talk(&[&nodes[0], &nodes[1]]).await;
    nodes[2].comes_back().await;
    nodes[0].stops().await;
    // The whole machine is put back, so that nothing in it can know.
    nodes[0].forgets_its_starts();
    nodes[0] = nodes[0].starts_from(&backup).await;
    aiko = aiko.at(&nodes[0]);
    nodes[1].goes_down().await;
    let other = aiko.posts("別の歴史").await;
    net.advance(10 * MINUTE);
    talk(&[&nodes[0], &nodes[2]]).await;
    assert!(nodes[2].post(other.uri()).await.is_some(), "nobody knows yet");

    nodes[1].comes_back().await;
    let all: Vec<&Node> = nodes.iter().collect();
    rest(&all).await;
    let last = aiko.posts("それから").await;
    rest(&all).await;
    nobody_is_frozen(&all).await;
    for node in &all {
        let posts = node.posts().await;
        for post in [&known, &other, &last] {
            let times = posts.iter().filter(|uri| *uri == post.uri()).count();
            assert_eq!(times, 1, "{} at {}: {}", post.text(), node.host(), logs(node).await);
        }
    }
}

#[tokio::test]
async fn what_only_an_absent_node_had_is_said_again_when_it_comes_back() {
    let net = Network::new();
    let mut nodes = chapters(&net, 4).await;
    let mut aiko = nodes[0].member("aiko").await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;
    let (started, backup) = backed_up(&nodes[0]).await;
    nodes[0] = started;
    aiko = aiko.at(&nodes[0]);
    for other in &nodes[2..] {
        other.goes_down().await;
    }
    let rare = aiko.posts("岩手だけが知っている").await;
    talk(&[&nodes[0], &nodes[1]]).await;
    nodes[1].goes_down().await;
    nodes[0].stops().await;
    for other in &nodes[2..] {
        other.comes_back().await;
    }
    nodes[0] = nodes[0].starts_from(&backup).await;
    aiko = aiko.at(&nodes[0]);
    let three = [&nodes[0], &nodes[2], &nodes[3]];
    rest(&three).await;
    let next = aiko.posts("新しい期から").await;
    rest(&three).await;
    assert!(nodes[2].post(rare.uri()).await.is_none());
    assert!(nodes[2].post(next.uri()).await.is_some(), "two peers are enough");

    nodes[1].comes_back().await;
    let all: Vec<&Node> = nodes.iter().collect();
    rest(&all).await;
    for node in &all {
        assert!(node.post(rare.uri()).await.is_some(), "at {}: {}", node.host(), logs(node).await);
        assert!(node.post(next.uri()).await.is_some(), "at {}: {}", node.host(), logs(node).await);
    }
    nobody_is_frozen(&all).await;
}

#[tokio::test]
async fn a_peers_word_alone_holds_nobody() {
    let net = Network::new();
    net.breaks_the_law(); // an acknowledgement is false
    let nodes = chapters(&net, 3).await;
    let aiko = nodes[0].member("aiko").await;
    aiko.posts("一つ目").await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;
    // Iwate says that it has more of aomori's log than there is.
    let (aomori, iwate) = (us(&nodes[0]).await, us(&nodes[1]).await);
    let member = iwate.roster.member("aomori").unwrap();
    let mut tx = nodes[1].app().db.read().await.unwrap();
    let mut heads = sync::heads(nodes[1].app(), &mut tx, i64::MAX).await.unwrap();
    drop(tx);
    let head = heads.heads.get_mut("aomori").unwrap();
    head.seq += 1_000;
    let _: Heads = sync::ask(nodes[1].app(), &iwate, member, "heads", &heads).await.unwrap();
    net.advance(MINUTE);
    talk(&[&nodes[0], &nodes[1]]).await;
    let mut tx = nodes[0].app().db.read().await.unwrap();
    assert!(epochs::held(&mut tx, aomori.me()).await.unwrap().is_none());
    drop(tx);
    aiko.posts("二つ目").await;
}

#[tokio::test]
async fn one_end_of_an_epoch_is_signed_and_none_that_leaves_something_out() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let aiko = nodes[0].member("aiko").await;
    aiko.posts("一つ目").await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;
    let aomori = us(&nodes[0]).await;
    let iwate = aomori.roster.member("iwate").unwrap();
    let app = nodes[0].app();
    let mut tx = app.db.read().await.unwrap();
    let end = log::head_of(&mut tx, "aomori").await.unwrap();
    let hash = log::hash_at(&mut tx, "aomori", 1, end.seq - 1).await.unwrap().unwrap();
    drop(tx);
    let asks = async |change: &dyn Fn(&mut Fence)| {
        let mut fence = Fence {
            network: aomori.roster.id.clone(),
            roster: aomori.roster.version,
            node: "aomori".into(),
            end: end.clone(),
        };
        change(&mut fence);
        sync::ask::<_, Witnessed>(app, &aomori, iwate, "witness", &Witness { fence }).await
    };
    let short = |f: &mut Fence| (f.end.seq, f.end.hash) = (end.seq - 1, hash.clone());
    assert!(asks(&short).await.is_err(), "iwate has more");
    assert!(asks(&|f| f.node = "miyagi".into()).await.is_err(), "another node's log");
    assert!(asks(&|f| f.network = "another".into()).await.is_err());
    let signed = asks(&|_| ()).await.unwrap();
    assert_eq!(asks(&|_| ()).await.unwrap().sig, signed.sig, "asked again it says the same");
    assert!(asks(&|f| f.end.seq += 5).await.is_err(), "another end");
    // Beyond the end nothing is taken any more.
    let late = aiko.posts("終わりのあと").await;
    rest(&[&nodes[0], &nodes[1]]).await;
    assert!(nodes[1].post(late.uri()).await.is_none());
}

#[tokio::test]
async fn with_a_clock_that_cannot_be_right_nothing_is_said_until_it_is() {
    let net = Network::new();
    let mut nodes = chapters(&net, 2).await;
    let mut aiko = nodes[0].member("aiko").await;
    aiko.posts("今日").await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;

    nodes[0].stops().await;
    net.advance(-40 * SECOND);
    nodes[0] = nodes[0].starts().await;
    aiko = aiko.at(&nodes[0]);
    aiko.posts("四十秒前でも").await;
    nodes[0].stops().await;
    net.advance(80 * SECOND);
    nodes[0] = nodes[0].starts().await;
    aiko = aiko.at(&nodes[0]);
    aiko.posts("四十秒先でも").await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;

    nodes[0].stops().await;
    net.advance(-2 * HOUR);
    nodes[0] = nodes[0].starts().await;
    aiko = aiko.at(&nodes[0]);
    let (status, words) = tries(&aiko, "二時間前").await;
    assert_eq!(status, 403, "{words}");
    aiko.posts_to("chapter", "支部の中なら書ける").await;

    nodes[0].stops().await;
    net.advance(2 * HOUR);
    nodes[0] = nodes[0].starts().await;
    aiko = aiko.at(&nodes[0]);
    aiko.posts("時計を直した").await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;

    nodes[0].stops().await;
    net.advance(3 * 365 * DAY);
    nodes[0] = nodes[0].starts().await;
    aiko = aiko.at(&nodes[0]);
    assert_eq!(tries(&aiko, "三年後").await.0, 403);
    rest(&nodes.iter().collect::<Vec<_>>()).await;
    let believed = aiko.posts("ほかのノードも同じ時刻").await;
    rest(&nodes.iter().collect::<Vec<_>>()).await;
    assert!(nodes[1].post(believed.uri()).await.is_some());
}

#[tokio::test]
async fn who_joins_later_believes_the_witnesses_of_the_time_before() {
    let net = Network::new();
    let mut nodes = chapters(&net, 3).await;
    let mut aiko = nodes[0].member("aiko").await;
    let first = aiko.posts("最初").await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;
    let (started, backup) = backed_up(&nodes[0]).await;
    nodes[0] = started;
    aiko = aiko.at(&nodes[0]);
    let second = aiko.posts("二つ目").await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;
    nodes[0].stops().await;
    nodes[0] = nodes[0].starts_from(&backup).await;
    aiko = aiko.at(&nodes[0]);
    rest(&nodes.iter().collect::<Vec<_>>()).await;
    let third = aiko.posts("三つ目").await;

    // The fifth node's invitation names a roster that came after the end was signed.
    for name in ["akita", "yamagata"] {
        let node = net.node(name).await;
        join(&nodes, &nodes[0], &node).await;
        nodes.push(node);
        rest(&nodes.iter().collect::<Vec<_>>()).await;
    }
    let expected = [first.uri(), second.uri(), third.uri()];
    assert_eq!(nodes[4].posts().await, expected, "{}", logs(&nodes[4]).await);
    assert_eq!(epoch_of(&nodes[4], "aomori").await, 2);
}

#[tokio::test]
async fn an_epoch_that_too_few_have_signed_is_opened_for_nobody() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let aiko = nodes[0].member("aiko").await;
    aiko.posts("一つ目").await;
    talk(&nodes.iter().collect::<Vec<_>>()).await;
    let aomori = us(&nodes[0]).await;
    let me = aomori.roster.member("aomori").unwrap();
    let app = nodes[0].app();
    let key = membership::key(app).await.unwrap();
    let mut tx = app.db.read().await.unwrap();
    let end = log::head_of(&mut tx, "aomori").await.unwrap();
    let rosters = membership::since(&mut tx, 0).await.unwrap();
    drop(tx);
    for version in 1..=aomori.roster.version {
        let (network, node) = (aomori.roster.id.clone(), "aomori".to_owned());
        let fence = Fence { network, roster: version, node, end: end.clone() };
        // Its own signature is no witness.
        let witnesses =
            vec![Signature { node: "aomori".into(), sig: fence.sign(&key.proof).unwrap() }];
        let body = serde_json::to_string(&Opening { fence, witnesses }).unwrap();
        let new = New { class: Class::Public, kind: "epoch", ap_id: "x", obj_id: "x", body };
        let behind = Head { epoch: 2, seq: 0, hash: end.hash.clone() };
        let entry = Entry::write(new, "aomori", &behind, net.now().iso(), &key.proof).unwrap();
        assert!(Opening::of(&entry, me, &rosters).is_err(), "by version {version}");
        let taken = sync::take(nodes[1].app(), me, vec![entry]).await;
        assert!(taken.is_err(), "by version {version}");
    }
}
