//! The network of nodes: what one says all have, whoever is down, and who comes back gets everything once, in order.
use federation_tests::{
    Member, Network, Node, Stranger,
    chapters::{chapters, join, logs, sign, talk},
};
use reqwest::Method;
use serde_json::json;
use tsudoi::{
    clock::{DAY, MINUTE},
    federation::hosts,
    jobs,
    network::{
        entry::{Class, Entry, Head, New},
        joining, log,
        log::Stored,
        membership, sync,
    },
    roster,
};

/// What members of all chapters read under one roof, the newest first.
async fn everyone(member: &Member) -> Vec<String> {
    let page = member.node.app();
    let mut tx = page.db.read().await.unwrap();
    let account = tsudoi::accounts::queries::by_uri(&mut tx, &member.uri).await.unwrap().unwrap();
    let part = tsudoi::db::Page { limit: 40, ..tsudoi::db::Page::first() };
    let lines = tsudoi::timelines::queries::network(&mut tx, account.id, part).await.unwrap();
    let views = tsudoi::posts::view::lines(&mut tx, Some(account.id), &lines).await.unwrap();
    views.into_iter().map(|v| tsudoi::text::html::plain_text(&v.post.content_html)).collect()
}

fn all(nodes: &[Node]) -> Vec<&Node> {
    nodes.iter().collect()
}

#[tokio::test]
async fn what_one_node_says_all_have_with_its_author_though_nobody_follows() {
    let net = Network::new();
    let nodes = chapters(&net, 4).await;
    let aiko = nodes[0].member("aiko").await;
    let post = aiko.posts("停電が復旧しました").await;
    let shared = aiko.posts_to("network", "来週の勉強会の下見に行きます").await;
    talk(&all(&nodes)).await;
    for node in &nodes[1..] {
        assert!(node.account(&aiko.uri).await.is_some(), "{}", node.host());
        assert!(node.post(post.uri()).await.is_some(), "{}", node.host());
        let reader = node.member("reader").await;
        let read = everyone(&reader).await;
        assert_eq!(read, ["来週の勉強会の下見に行きます", "停電が復旧しました"]);
    }
    let again = logs(&nodes[3]).await;
    net.advance(MINUTE);
    talk(&all(&nodes)).await;
    assert!(logs(&nodes[3]).await.contains("aomori 3"), "{again}");
    assert_eq!(nodes[3].posts().await, [post.uri(), shared.uri()], "once");
}

#[tokio::test]
async fn who_was_away_for_three_weeks_gets_everything_from_others_though_its_author_is_dead() {
    let net = Network::new();
    let nodes = chapters(&net, 4).await;
    let (iwate, miyagi) = (&nodes[1], &nodes[2]);
    let author = miyagi.member("hana").await;
    iwate.goes_down().await;
    let others = [&nodes[0], miyagi, &nodes[3]];
    let mut said = Vec::new();
    for day in 0..21 {
        said.push(author.posts(&format!("{day}日目")).await.uri().to_owned());
        net.advance(DAY);
        talk(&others).await;
    }
    miyagi.goes_down().await;

    iwate.comes_back().await;
    net.advance(MINUTE);
    talk(&[iwate, &nodes[0], &nodes[3]]).await;

    assert_eq!(iwate.posts().await, said, "all, in order, once");
    let reader = iwate.member("reader").await;
    assert_eq!(everyone(&reader).await.len(), 21);
}

#[tokio::test]
async fn a_node_that_starts_again_after_a_moment_asks_at_once_what_it_missed() {
    let net = Network::new();
    let mut nodes = chapters(&net, 2).await;
    let hana = nodes[1].member("hana").await;
    talk(&all(&nodes)).await;
    nodes[0].speak().await;
    nodes[0].stops().await;
    let missed = hana.posts("その一瞬に").await;
    nodes[1].speak().await;
    nodes[0] = nodes[0].starts().await;
    nodes[0].speak().await;
    nodes[0].apply().await;
    assert!(nodes[0].post(missed.uri()).await.is_some());
}

#[tokio::test]
async fn four_go_on_while_one_is_down_and_it_catches_up_with_all_of_them() {
    let net = Network::new();
    let nodes = chapters(&net, 5).await;
    let mut members = Vec::new();
    for node in &nodes {
        members.push(node.member("someone").await);
    }
    let before = members[1].posts("岩手から").await;
    talk(&all(&nodes)).await;
    nodes[1].goes_down().await;
    let alive: Vec<&Node> = nodes.iter().filter(|n| n.host() != nodes[1].host()).collect();
    let reply = members[0].replies_to(before.uri(), "届いています").await;
    members[2].likes(before.uri()).await;
    members[3].posts("こちらも元気です").await;
    net.advance(MINUTE);
    talk(&alive).await;
    for member in [&members[0], &members[2], &members[3], &members[4]] {
        assert_eq!(everyone(member).await, ["こちらも元気です", "届いています", "岩手から"]);
    }

    nodes[1].comes_back().await;
    net.advance(10 * MINUTE);
    talk(&all(&nodes)).await;

    assert_eq!(everyone(&members[1]).await, ["こちらも元気です", "届いています", "岩手から"]);
    let mut told = members[1].notifications().await;
    told.sort();
    assert_eq!(
        told,
        ["favourite someone", "mention someone"],
        "the like and the reply reached their author"
    );
    assert!(nodes[1].post(reply.uri()).await.is_some());
}

#[tokio::test]
async fn what_is_said_to_the_network_reaches_no_stranger_and_no_public_page() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let aiko = nodes[0].member("aiko").await;
    let hana = nodes[1].member("hana").await;
    let stranger = Stranger::start(&net, "stranger").await.actor("rin");
    stranger.follows(&nodes[0], &aiko.uri).await;
    stranger.follows(&nodes[1], &hana.uri).await;
    stranger.server.forgets();
    let canary = "カナリア-4711";
    let text = format!("{canary} @{}", stranger.handle());
    let post = aiko.posts_to("network", &text).await;
    talk(&all(&nodes)).await;
    let reply = hana.replies_to(post.uri(), &format!("{canary} 返信")).await;
    hana.likes(post.uri()).await;
    talk(&all(&nodes)).await;
    hana.deletes(reply.uri()).await;
    aiko.edits(post.uri(), &format!("{canary} 直しました")).await;
    talk(&all(&nodes)).await;

    assert!(stranger.server.received().is_empty(), "not on the wire");
    for (node, of) in [(&nodes[0], post.uri()), (&nodes[1], post.uri())] {
        let path = format!("/@aiko@{}", nodes[0].host());
        for page in ["/local", "/@aiko", path.as_str(), "/network"] {
            let shown = node.get(page, "text/html").await.text();
            assert!(!shown.contains(canary), "{page}");
        }
        let path = of.strip_prefix(&nodes[0].url("")).unwrap();
        let document = nodes[0].document(path).await;
        assert_eq!(document.status, 404, "{}", document.text());
        let signed = stranger.reads(&nodes[0], path).await;
        assert_eq!(signed.status, 404);
    }
    let outbox = nodes[0].document(&aiko.path("/outbox?page=true")).await.text();
    assert!(!outbox.contains(canary));
    let boost = hana.reacts("reblog", post.uri()).await;
    assert_ne!(boost.status, 200, "a boost would carry it out");
}

#[tokio::test]
async fn an_answer_to_the_network_stays_in_the_network() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let aiko = nodes[0].member("aiko").await;
    let hana = nodes[1].member("hana").await;
    let post = aiko.posts_to("network", "どう思いますか").await;
    talk(&all(&nodes)).await;
    let parent = hana.finds_post(post.uri()).await;
    let reply = json!({"status": "賛成", "in_reply_to_id": parent.id(), "visibility": "public"});
    let reply = hana.says(reply).await;
    assert_eq!(reply.0["audience"], "network");
    talk(&all(&nodes)).await;
    let there = nodes[0].post(reply.uri()).await.unwrap();
    assert_eq!(there.audience.word(), "network");
}

#[tokio::test]
async fn a_deleted_post_is_gone_everywhere_and_its_words_are_in_no_log() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let aiko = nodes[0].member("aiko").await;
    let canary = "消したい言葉-815";
    let post = aiko.posts_to("network", canary).await;
    nodes[2].goes_down().await;
    talk(&[&nodes[0], &nodes[1]]).await;
    aiko.deletes(post.uri()).await;
    net.advance(MINUTE);
    talk(&[&nodes[0], &nodes[1]]).await;
    nodes[2].comes_back().await;
    net.advance(10 * MINUTE);
    talk(&all(&nodes)).await;

    for node in &nodes {
        assert!(node.post(post.uri()).await.is_none(), "{}", node.host());
        let mut tx = node.app().db.read().await.unwrap();
        for epoch in [1] {
            let page = tsudoi::network::log::page(&mut tx, "aomori", epoch, 0, 500).await.unwrap();
            let text = serde_json::to_string(&page).unwrap();
            assert!(!text.contains(canary), "{}", node.host());
            assert!(page.iter().any(|e| e.body.is_none()), "erased, and the chain goes on");
        }
    }
}

#[tokio::test]
async fn what_was_there_before_a_node_joined_comes_with_it() {
    let net = Network::new();
    let first = chapters(&net, 1).await.remove(0);
    let early = net.node("iwate").await;
    let aiko = early.member("aiko").await;
    let old = aiko.posts("ネットワークができる前から").await;
    let secret = aiko.posts_to("followers", "ここだけの話").await;
    federation_tests::chapters::join(std::slice::from_ref(&first), &first, &early).await;
    net.advance(MINUTE);
    talk(&[&first, &early]).await;
    assert!(first.post(old.uri()).await.is_some());
    assert!(first.account(&aiko.uri).await.is_some());
    assert!(first.post(secret.uri()).await.is_none());
}

#[tokio::test]
async fn a_page_that_is_no_message_of_the_peer_counts_as_nothing() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let aiko = nodes[0].member("aiko").await;
    let stranger = Stranger::start(&net, "stranger").await.actor("rin");
    let heads =
        json!({"from": "iwate", "to": "aomori", "at": net.now(), "content": {}, "sig": "zzz"});
    for body in [heads.to_string(), "<html>login</html>".into(), String::new()] {
        let http = &net.http;
        let answer = http.request(Method::POST, nodes[0].url("/net/v1/heads")).body(body);
        let status = answer.send().await.unwrap().status().as_u16();
        assert!(matches!(status, 400 | 401), "{status}");
    }
    drop(stranger);
    nodes[1].goes_down().await;
    aiko.posts("届かない").await;
    net.advance(MINUTE);
    talk(&[&nodes[0]]).await;
    let mut tx = nodes[0].app().db.read().await.unwrap();
    let acks = tsudoi::network::peers::acks_of(&mut tx, "iwate").await.unwrap();
    assert!(
        acks.get("aomori").is_none_or(|a| a.seq < 2),
        "nothing is acknowledged that did not arrive"
    );
}

/// The whole log of `of` as `node` has it.
async fn log_of(node: &Node, of: &str) -> Vec<Entry> {
    let mut tx = node.app().db.read().await.unwrap();
    log::page(&mut tx, of, 1, 0, 500).await.unwrap()
}

/// An entry signed by `node`'s own key, whatever it says.
async fn entry_by(node: &Node, name: &str, head: &Head, ap_id: &str, body: &str) -> Entry {
    let key = membership::key(node.app()).await.unwrap();
    let (kind, obj_id, body) = ("ap", ap_id, body.to_owned());
    let new = New { class: Class::Public, kind, ap_id, obj_id, body };
    Entry::write(new, name, head, node.net().now().iso(), &key.proof).unwrap()
}

#[tokio::test]
async fn a_node_that_tells_two_histories_is_frozen_with_the_evidence_and_the_others_go_on() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let (aomori, iwate, miyagi) = (&nodes[0], &nodes[1], &nodes[2]);
    let aiko = aomori.member("aiko").await;
    aiko.posts("一つ目").await;
    talk(&all(&nodes)).await;
    // Iwate is shown another second entry than miyagi.
    let us = membership::now(iwate.app()).await.unwrap().unwrap();
    let author = us.roster.member("aomori").unwrap();
    let first = log_of(iwate, "aomori").await.remove(0).head().unwrap();
    let id = format!("{}#other", aiko.uri);
    let other = entry_by(aomori, "aomori", &first, &id, "{}").await;
    let stored = sync::take(iwate.app(), author, vec![other]).await.unwrap();
    assert_eq!(stored, Stored::Fork);

    let hana = miyagi.member("hana").await;
    let later = hana.posts("宮城は続けます").await;
    aiko.posts("凍結のあと").await;
    net.advance(10 * MINUTE);
    talk(&all(&nodes)).await;

    let mut tx = iwate.app().db.read().await.unwrap();
    let heads = log::heads(&mut tx).await.unwrap();
    let (_, head, frozen) = heads.into_iter().find(|(n, ..)| n == "aomori").unwrap();
    assert!(frozen.is_some());
    assert_eq!(head.seq, 2, "nothing more is taken of a log with two histories");
    assert!(iwate.post(later.uri()).await.is_some(), "the others are heard as ever");
    let status = iwate.get("/network", "text/html").await.text();
    assert!(status.contains("凍結中"), "{status}");
}

#[tokio::test]
async fn forged_entries_move_nothing() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let (aomori, iwate) = (&nodes[0], &nodes[1]);
    let aiko = aomori.member("aiko").await;
    aiko.posts("本物").await;
    talk(&all(&nodes)).await;
    let before = logs(iwate).await;
    let us = membership::now(iwate.app()).await.unwrap().unwrap();
    let author = us.roster.member("aomori").unwrap();
    let head = log_of(iwate, "aomori").await.pop().unwrap().head().unwrap();
    let id = format!("{}#forged", aiko.uri);

    let by_another = entry_by(iwate, "aomori", &head, &id, "{}").await;
    let mut another_body = entry_by(aomori, "aomori", &head, &id, "{}").await;
    another_body.body = Some(r#"{"type":"Delete"}"#.into());
    let foreign = iwate.url("/users/hana#1");
    let of_another_host = entry_by(aomori, "aomori", &head, &foreign, "{}").await;
    let long = format!("{id}{}", "x".repeat(3_000));
    let too_long = entry_by(aomori, "aomori", &head, &long, "{}").await;
    for forged in [by_another, another_body, of_another_host, too_long] {
        assert!(sync::take(iwate.app(), author, vec![forged]).await.is_err());
    }
    let gap = Head { seq: head.seq + 5, ..head.clone() };
    let early = entry_by(aomori, "aomori", &gap, &id, "{}").await;
    assert_eq!(sync::take(iwate.app(), author, vec![early]).await.unwrap(), Stored::Gap);
    assert_eq!(logs(iwate).await, before);
    // An honest entry with an activity of somebody else's is kept, and not believed.
    let hana = iwate.member("hana").await;
    let body =
        json!({"id": id, "type": "Delete", "actor": hana.uri, "object": hana.uri}).to_string();
    let lie = entry_by(aomori, "aomori", &head, &id, &body).await;
    assert_eq!(sync::take(iwate.app(), author, vec![lie]).await.unwrap(), Stored::New(1));
    iwate.apply().await;
    assert!(iwate.account(&hana.uri).await.is_some_and(|a| !a.is_gone()));
    net.advance(MINUTE);
    talk(&all(&nodes)).await; // what was said in its name here, with its key, aomori finds in its log
}

#[tokio::test]
async fn what_a_later_version_says_is_kept_and_passed_on() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let (aomori, iwate) = (&nodes[0], &nodes[1]);
    let aiko = aomori.member("aiko").await;
    talk(&all(&nodes)).await;
    let us = membership::now(iwate.app()).await.unwrap().unwrap();
    let author = us.roster.member("aomori").unwrap();
    let head = log_of(iwate, "aomori").await.pop().unwrap().head().unwrap();
    let mut later = entry_by(aomori, "aomori", &head, &aiko.uri, "{}").await;
    later.envelope.kind = "lease".into();
    later.envelope.class = "galaxy".into();
    later.envelope.more.insert("holder".into(), "miyagi".into());
    let key = membership::key(aomori.app()).await.unwrap();
    let text = later.envelope.canonical().unwrap();
    later.sig = roster::to_multibase(&key.proof.sign(&text).unwrap());
    assert_eq!(sync::take(iwate.app(), author, vec![later]).await.unwrap(), Stored::New(1));
    aomori.goes_down().await;
    net.advance(MINUTE);
    talk(&[iwate, &nodes[2]]).await;
    let passed_on = log_of(&nodes[2], "aomori").await.pop().unwrap();
    assert_eq!(passed_on.envelope.more["holder"], "miyagi");
    aomori.comes_back().await;
    net.advance(10 * MINUTE);
    talk(&all(&nodes)).await;
}

#[tokio::test]
async fn a_body_that_a_peer_withheld_is_asked_for_elsewhere() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let (aomori, iwate) = (&nodes[0], &nodes[1]);
    let aiko = aomori.member("aiko").await;
    talk(&all(&nodes)).await;
    let post = aiko.posts("伏せられた言葉").await;
    let mut withheld = log_of(aomori, "aomori").await.pop().unwrap();
    (withheld.body, withheld.salt) = (None, None);
    let us = membership::now(iwate.app()).await.unwrap().unwrap();
    let author = us.roster.member("aomori").unwrap();
    sync::take(iwate.app(), author, vec![withheld]).await.unwrap();
    iwate.apply().await;
    assert!(iwate.post(post.uri()).await.is_none());
    net.advance(MINUTE);
    talk(&all(&nodes)).await;
    assert!(iwate.post(post.uri()).await.is_some());
}

#[tokio::test]
async fn what_a_blocked_host_said_and_took_back_is_applied_when_it_is_not_blocked_any_more() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let (aomori, iwate) = (&nodes[0], &nodes[1]);
    let aiko = aomori.member("aiko").await;
    let taken_back = aiko.posts("取り消す前の言葉").await;
    talk(&all(&nodes)).await;
    let block = async |blocked: bool| {
        let mut tx = iwate.app().db.begin().await.unwrap();
        hosts::set_blocked(&mut tx, aomori.host(), blocked).await.unwrap();
        tx.commit().await.unwrap();
        net.advance(MINUTE);
    };

    block(true).await;
    aiko.deletes(taken_back.uri()).await;
    let mut unheard = Vec::new();
    for n in 0..150 {
        unheard.push(aiko.posts(&format!("届かない言葉 {n}")).await);
    }
    talk(&all(&nodes)).await;
    assert!(iwate.post(unheard[0].uri()).await.is_none());

    block(false).await;
    let heard = aiko.posts("また届く言葉").await;
    talk(&all(&nodes)).await;
    for post in unheard.iter().chain([&heard]) {
        assert!(iwate.post(post.uri()).await.is_some(), "{}", post.uri());
    }
    assert!(iwate.post(taken_back.uri()).await.is_none());
    assert_eq!(jobs::speak(iwate.app()).await.unwrap(), 0, "all is applied once");
}

#[tokio::test]
async fn a_new_roster_is_known_from_the_moment_it_is_in_force() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let leaver = nodes[2].app();
    let before = membership::now(leaver).await.unwrap().unwrap().roster.clone();
    let without = before.members.iter().filter(|m| m.node != "miyagi").cloned().collect();
    let next = before.next(without, leaver.now().plus(MINUTE)).unwrap();
    let mut tx = leaver.db.begin().await.unwrap();
    membership::put(leaver, &mut tx, &next).await.unwrap();
    assert!(membership::now(leaver).await.unwrap().is_some(), "it may yet be rolled back");
    tx.commit().await.unwrap();
    assert!(membership::now(leaver).await.unwrap().is_none());
}

/// The last of three chapters, Miyagi, leaves, and the first signs it, too.
async fn leaves(net: &Network, nodes: &[Node]) {
    let leaver = nodes[2].app();
    let mut tx = leaver.db.begin().await.unwrap();
    let done = joining::remove(leaver, &mut tx, "miyagi").await.unwrap();
    tx.commit().await.unwrap();
    assert!(!done, "one signature of three is not enough");
    net.advance(MINUTE);
    talk(&all(nodes)).await;
    sign(nodes[0].app()).await;
    net.advance(MINUTE);
    talk(&all(nodes)).await;
    assert!(membership::now(leaver).await.unwrap().is_none());
}

#[tokio::test]
async fn who_leaves_is_told_and_hears_nothing_more() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let leaver = &nodes[2];
    leaves(&net, &nodes).await;
    let aiko = nodes[0].member("aiko").await;
    let post = aiko.posts_to("network", "二つの支部だけに").await;
    net.advance(MINUTE);
    talk(&all(&nodes)).await;
    assert!(nodes[1].post(post.uri()).await.is_some());
    assert!(leaver.post(post.uri()).await.is_none());
}

#[tokio::test]
async fn what_was_said_and_taken_back_while_a_node_was_no_member_is_heard_when_it_is_again() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let (aomori, iwate, miyagi) = (&nodes[0], &nodes[1], &nodes[2]);
    let mika = miyagi.member("mika").await;
    let (taken_back, changed) = (mika.posts("取り消します").await, mika.posts("直す前").await);
    let hidden = mika.posts_to("network", "支部の間だけ").await;
    let liked = aomori.member("aiko").await.posts("いいねされる言葉").await;
    talk(&all(&nodes)).await;
    mika.likes(liked.uri()).await;
    mika.likes(changed.uri()).await;
    talk(&all(&nodes)).await;
    assert!(iwate.post(hidden.uri()).await.is_some());
    assert_eq!(iwate.post(liked.uri()).await.unwrap().likes_count, 1);

    leaves(&net, &nodes).await;
    mika.deletes(taken_back.uri()).await;
    mika.deletes(hidden.uri()).await;
    mika.edits(changed.uri(), "直した後").await;
    mika.unlikes(liked.uri()).await;
    mika.unlikes(changed.uri()).await;
    let new = mika.posts("外で書いた言葉").await;
    net.advance(MINUTE);
    talk(&all(&nodes)).await;
    assert!(iwate.post(new.uri()).await.is_none());

    join(&nodes[..2], aomori, miyagi).await;
    mika.deletes(new.uri()).await;
    let last = mika.posts("戻ってからの言葉").await;
    talk(&all(&nodes)).await;
    for node in [aomori, iwate] {
        for gone in [&taken_back, &hidden, &new] {
            assert!(node.post(gone.uri()).await.is_none(), "{} at {}", gone.uri(), node.host());
        }
        assert!(node.post(changed.uri()).await.unwrap().content_html.contains("直した後"));
        assert!(node.post(last.uri()).await.is_some());
    }
    for not_liked in [&liked, &changed] {
        assert_eq!(iwate.post(not_liked.uri()).await.unwrap().likes_count, 0);
    }
}

#[tokio::test]
async fn an_undone_like_is_undone_though_it_waited_for_its_post() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let (aomori, iwate, miyagi) = (&nodes[0], &nodes[1], &nodes[2]);
    let aiko = aomori.member("aiko").await;
    let hana = iwate.member("hana").await;
    talk(&all(&nodes)).await;
    miyagi.goes_down().await;
    let post = aiko.posts_to("network", "いいねの行き違い").await;
    talk(&[aomori, iwate]).await;
    hana.likes(post.uri()).await;
    hana.unlikes(post.uri()).await;
    aomori.goes_down().await;
    miyagi.comes_back().await;
    net.advance(10 * MINUTE);
    // Only iwate's log comes at first.
    let us = membership::now(miyagi.app()).await.unwrap().unwrap();
    let author = us.roster.member("iwate").unwrap();
    let entries = log_of(iwate, "iwate").await;
    sync::take(miyagi.app(), author, entries).await.unwrap();
    miyagi.apply().await;
    net.advance(10 * MINUTE);
    talk(&[iwate, miyagi]).await;
    let there = miyagi.post(post.uri()).await.unwrap();
    assert_eq!(there.likes_count, 0);
}

#[tokio::test]
async fn the_metrics_say_how_the_peers_do() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    nodes[0].member("aiko").await.posts("こんにちは").await;
    nodes[1].goes_down().await;
    net.advance(MINUTE);
    talk(&[&nodes[0]]).await;
    let text = nodes[0].get("/metrics", "text/plain").await.text();
    assert!(text.contains("tsudoi_peer_up{node=\"iwate\"} 0"), "{text}");
    assert!(text.contains("tsudoi_peer_lag_entries{node=\"iwate\"} 2"), "{text}");
}
