//! A network in trouble: cut, thin and stolen lines, partitions, floods of chance. Whatever happens, all nodes end with the same; what must hold
//! besides is looked at when each scenario ends (`federation_tests::invariants`).
//!
//! What uses chance prints `CHANCE_SEED`, which repeats it. `FAULT_POSTS` and `FAULT_ENTRIES` make it more.
use federation_tests::{
    Chance, Line, Member, Network, Node, Reply, Stranger,
    chance::setting,
    chapters::{chapters, chapters_on, logs, talk},
    invariants,
};
use reqwest::Method;
use std::collections::BTreeSet;
use tsudoi::{
    clock::{HOUR, MINUTE, SECOND},
    inbox::apply,
    network::{
        entry::{Entry, Head},
        log,
        log::Stored,
        membership,
        message::{Heads, seal},
        peers, sync,
    },
    roster::Member as NodeOfRoster,
};

fn all(nodes: &[Node]) -> Vec<&Node> {
    nodes.iter().collect()
}

fn lines(count: usize) -> Vec<Line> {
    std::iter::repeat_with(Line::new).take(count).collect()
}

async fn one_member_each(nodes: &[Node]) -> Vec<Member> {
    let mut members = Vec::new();
    for (node, name) in nodes.iter().zip(["aiko", "goro", "hana", "jiro", "kumi", "taro"]) {
        members.push(node.member(name).await);
    }
    members
}

/// The whole log of `of` as `node` has it.
async fn log_of(node: &Node, of: &str) -> Vec<Entry> {
    let mut tx = node.app().db.read().await.unwrap();
    log::page(&mut tx, of, 1, 0, log::PAGE.into()).await.unwrap()
}

/// A member of the roster, as `node` knows it.
async fn member_of_roster(node: &Node, name: &str) -> NodeOfRoster {
    let us = membership::now(node.app()).await.unwrap().unwrap();
    us.roster.member(name).unwrap().clone()
}

#[tokio::test]
async fn what_six_nodes_say_is_at_all_of_them_and_reaches_a_follower_outside_once() {
    let mut chance = Chance::of_this_run();
    let net = Network::new();
    let nodes = chapters(&net, 6).await;
    let members = one_member_each(&nodes).await;
    let rin = Stranger::start(&net, "stranger").await.actor("rin");
    for member in &members {
        rin.follows(&member.node, &member.uri).await;
    }
    rin.server.forgets();
    let mut said = BTreeSet::new();
    for n in 0..setting("FAULT_POSTS").unwrap_or(30) {
        let post = chance.one_of(&members).posts(&format!("{n}番目")).await;
        said.insert(post.uri().to_owned());
        if chance.below(6) == 0 {
            talk(&all(&nodes)).await;
        }
    }
    net.advance(MINUTE);
    talk(&all(&nodes)).await;

    for node in &nodes {
        let there: BTreeSet<String> = node.posts().await.into_iter().collect();
        assert_eq!(there, said, "{}", node.host());
        assert_eq!(logs(node).await, logs(&nodes[0]).await, "{}", node.host());
    }
    let received = rin.server.received();
    let got: Vec<String> =
        received.iter().map(|r| r.json()["object"]["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(got.len(), said.len(), "each once");
    assert_eq!(got.into_iter().collect::<BTreeSet<_>>(), said);
}

/// 64 kbit/s for 90 s, and then nothing for ten minutes.
const WINDOW: usize = 720_000;
/// What 680 members say in three weeks, and in how many windows it must come. The plan asks for 8; with 411 bytes an entry, and what is lost at each cut, it takes 10.
const THREE_WEEKS: usize = 14_280;
const WINDOWS: usize = 10;

/// T24: whoever floods stands in its own queue.
#[tokio::test]
async fn what_others_say_does_not_stand_behind_one_nodes_flood() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let members = one_member_each(&nodes).await;
    talk(&all(&nodes)).await;
    let reader = &nodes[2];

    let said = members[1].posts("避難所が開きました").await;
    members[0].posts_many(5 * usize::from(apply::BATCH)).await;
    nodes[0].speak().await;
    net.advance(10);
    nodes[1].speak().await;
    apply::apply_batch(reader.app()).await.unwrap();
    assert!(reader.post(said.uri()).await.is_some(), "it has its turn in the next batch");
    let flood = reader.posts().await.len();
    assert!(flood <= usize::from(apply::BATCH), "{flood} of the flood came before it");

    talk(&all(&nodes)).await;
    assert_eq!(
        reader.posts().await.len(),
        5 * usize::from(apply::BATCH) + 1,
        "and all of it in the end"
    );
}

#[tokio::test]
async fn three_weeks_come_over_a_thin_line_that_breaks_again_and_again() {
    let entries = setting("FAULT_ENTRIES").map_or(900, |n| usize::try_from(n).unwrap());
    let share = WINDOW * WINDOWS * entries / THREE_WEEKS;
    let window = WINDOW.min((share / 2).max(WINDOW / 2));
    let net = Network::new();
    // The line by which iwate reaches the others.
    let line = Line::new();
    let nodes = chapters_on(&net, &[line.clone(), Line::new(), line.clone()]).await;
    let (aomori, iwate, miyagi) = (&nodes[0], &nodes[1], &nodes[2]);
    let authors = [aomori.member("aiko").await, miyagi.member("hana").await];
    talk(&all(&nodes)).await;
    let before = iwate.arrivals().await;
    for author in &authors {
        author.posts_many(entries / 2).await;
    }
    let expected = before + i64::try_from(entries / 2 * 2).unwrap();

    let mut windows = 0;
    let mut arrived = before;
    let carried = line.carried();
    while arrived < expected {
        windows += 1;
        assert!(windows < 10 * WINDOWS, "{arrived} of {expected} entries arrived");
        line.carries(window);
        for _ in 0..3 {
            net.advance(30 * SECOND);
            iwate.speak().await;
        }
        line.is_dead();
        iwate.apply().await;
        let now = iwate.arrivals().await;
        assert!(now > arrived, "in window {windows} nothing came on from {arrived}");
        arrived = now;
        net.advance(10 * MINUTE);
    }
    let bytes = line.carried() - carried;
    assert_eq!(iwate.posts().await.len(), entries / 2 * 2, "each once");
    assert!(windows <= share.div_ceil(window), "{windows} windows for {bytes} bytes");
}

#[tokio::test]
async fn a_line_that_cuts_doubles_or_lies_delivers_nothing_falsely_and_everything_in_the_end() {
    let net = Network::new();
    let (aomoris, iwates) = (Line::new(), Line::new());
    let nodes = chapters_on(&net, &[aomoris.clone(), iwates.clone()]).await;
    let (aomori, iwate) = (&nodes[0], &nodes[1]);
    let aiko = aomori.member("aiko").await;
    talk(&all(&nodes)).await;
    let before = logs(iwate).await;
    let portal = Reply::typed("text/html", "<html>Welcome to our WLAN</html>");
    let parked = Reply { status: 404, ..portal.clone() };
    let mut posts = Vec::new();
    for trouble in 0..5 {
        posts.push(aiko.posts(&format!("{trouble}回目の知らせ")).await.uri().to_owned());
        for line in [&aomoris, &iwates] {
            match trouble {
                0 => line.is_answered_with(portal.clone()),
                1 => line.is_answered_with(parked.clone()),
                2 => line.cuts_answers_after(40),
                3 => line.cuts_answers_after(300),
                _ => line.is_dead(),
            }
        }
        for _ in 0..24 {
            net.advance(HOUR);
            talk(&all(&nodes)).await;
            let mut tx = aomori.app().db.read().await.unwrap();
            let acks = peers::acks_of(&mut tx, "iwate").await.unwrap();
            drop(tx);
            let acked = acks.get("aomori").map_or(0, |head| head.seq);
            let has = log_of(iwate, "aomori").await.len();
            assert!(acked <= i64::try_from(has).unwrap(), "{acked} of {has}");
            // A cut answer may hide that the request arrived.
            assert!(trouble > 1 || logs(iwate).await == before, "nothing came by {trouble}");
        }
        for line in [&aomoris, &iwates] {
            line.works();
        }
    }
    for line in [&aomoris, &iwates] {
        line.doubles_requests();
    }
    net.advance(10 * MINUTE);
    talk(&all(&nodes)).await;
    assert_eq!(iwate.posts().await, posts, "all, in order, once");
}

#[tokio::test]
async fn a_process_that_dies_between_storing_and_applying_tells_nobody_twice() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let (aomori, iwate) = (&nodes[0], &nodes[1]);
    let aiko = aomori.member("aiko").await;
    let hana = iwate.member("hana").await;
    talk(&all(&nodes)).await;
    hana.finds_account(&aiko.handle()).await;
    let post = aiko.posts(&format!("@{} お元気ですか", hana.handle())).await;
    net.advance(MINUTE);
    // Stored, and then the process is gone; what it had in memory is lost, and the page comes again to the next one.
    let author = member_of_roster(iwate, "aomori").await;
    let page = log_of(aomori, "aomori").await;
    assert_eq!(sync::take(iwate.app(), &author, page.clone()).await.unwrap(), Stored::New(1));
    assert!(iwate.post(post.uri()).await.is_none());
    let (next, other) = (iwate.second_process().await, iwate.second_process().await);
    assert_eq!(sync::take(&next, &author, page.clone()).await.unwrap(), Stored::New(0));
    let (one, two) = tokio::join!(apply::apply_due(&next), apply::apply_due(&other));
    assert!(one.unwrap() + two.unwrap() >= 1);
    assert_eq!(sync::take(&other, &author, page).await.unwrap(), Stored::New(0));
    talk(&all(&nodes)).await;

    assert_eq!(iwate.posts().await, [post.uri()]);
    assert_eq!(hana.notifications().await, ["mention aiko"]);
}

/// Six nodes, of which some cannot be reached by the others.
struct Six {
    net: Network,
    lines: Vec<Line>,
    nodes: Vec<Node>,
    members: Vec<Member>,
    /// Who said what.
    said: Vec<(usize, String)>,
    deleted: Vec<String>,
}

impl Six {
    async fn new() -> Self {
        let net = Network::new();
        let lines = lines(6);
        let nodes = chapters_on(&net, &lines).await;
        let members = one_member_each(&nodes).await;
        talk(&all(&nodes)).await;
        Self { net, lines, nodes, members, said: Vec::new(), deleted: Vec::new() }
    }

    /// Three speak with each other and not with the other three, on both sides.
    async fn talk_apart(&self) {
        for (here, there) in [(0..3, 3..6), (3..6, 0..3)] {
            self.lines[there.clone()].iter().for_each(Line::is_dead);
            talk(&self.nodes[here].iter().collect::<Vec<_>>()).await;
            self.lines[there].iter().for_each(Line::works);
        }
    }

    /// All try to speak, each by a line that has some fault or none.
    async fn talk_in_trouble(&self, chance: &mut Chance) {
        for line in &self.lines {
            match chance.below(6) {
                0 => line.is_dead(),
                1 => line.cuts_answers_after(usize::try_from(chance.below(3_000)).unwrap()),
                2 => line.carries(usize::try_from(chance.below(60_000)).unwrap()),
                3 => line.doubles_requests(),
                _ => line.works(),
            }
        }
        talk(&all(&self.nodes)).await;
        self.lines.iter().for_each(Line::works);
    }

    /// All have talked, and what waited for something has had its time.
    async fn come_together(&self) {
        for pause in [10 * MINUTE, 2 * HOUR] {
            self.net.advance(pause);
            talk(&all(&self.nodes)).await;
        }
        invariants::hold(&all(&self.nodes)).await;
        let state = invariants::state(&self.nodes[0]).await;
        for node in &self.nodes {
            assert_eq!(invariants::state(node).await, state, "{}", node.host());
            for uri in &self.deleted {
                assert!(node.post(uri).await.is_none(), "{uri} at {}", node.host());
            }
        }
    }

    async fn posts(&mut self, who: usize, text: &str) {
        let audience = if self.said.len().is_multiple_of(2) { "public" } else { "network" };
        let post = self.members[who].posts_to(audience, text).await;
        self.said.push((who, post.uri().to_owned()));
    }

    /// Somebody does something with a post that they have.
    async fn does_something(&mut self, chance: &mut Chance, step: usize) {
        let who = usize::try_from(chance.below(6)).unwrap();
        let me = self.members[who].clone();
        let (author, uri) = chance.one_of(&self.said).clone();
        if me.node.post(&uri).await.is_none() {
            return self.posts(who, &format!("{step}番目の知らせ")).await;
        }
        match chance.below(8) {
            0 if author == who => {
                me.deletes(&uri).await;
                self.deleted.push(uri);
            }
            1 | 2 if author == who => me.edits(&uri, &format!("{step}番目に直しました")).await,
            3 => me.likes(&uri).await,
            4 => me.unlikes(&uri).await,
            5 => drop(me.reacts("reblog", &uri).await), // a network post is not boosted
            6 => drop(me.reacts("unreblog", &uri).await),
            _ => {
                let reply = me.replies_to(&uri, &format!("{step}番目の返事")).await;
                self.said.push((who, reply.uri().to_owned()));
            }
        }
    }
}

#[tokio::test]
async fn two_halves_that_were_apart_for_two_days_end_with_the_same() {
    let mut chance = Chance::of_this_run();
    let mut six = Six::new().await;
    for who in 0..6 {
        six.posts(who, "むかしの話").await;
    }
    six.net.advance(MINUTE);
    talk(&all(&six.nodes)).await;

    for hour in 0..8 {
        for step in 0..6 {
            six.does_something(&mut chance, hour * 6 + step).await;
        }
        six.net.advance(6 * HOUR);
        six.talk_apart().await;
    }
    // Whatever chance did: an old thread is answered here, changed and deleted there.
    let (changed, gone) = (six.said[0].1.clone(), six.said[3].1.clone());
    if six.nodes[4].post(&changed).await.is_some() && six.nodes[0].post(&changed).await.is_some() {
        six.members[4].replies_to(&changed, "あちらからの返事").await;
        six.members[0].edits(&changed, "こちらで直しました").await;
    }
    if six.nodes[3].post(&gone).await.is_some() && six.nodes[1].post(&gone).await.is_some() {
        six.members[1].replies_to(&gone, "消えたことを知らない返事").await;
        six.members[3].deletes(&gone).await;
        six.deleted.push(gone);
    }
    six.talk_apart().await;
    assert_ne!(
        invariants::state(&six.nodes[0]).await,
        invariants::state(&six.nodes[5]).await,
        "they were apart"
    );

    six.come_together().await;
}

#[tokio::test]
async fn whatever_happens_to_the_lines_all_end_with_the_same() {
    let mut chance = Chance::of_this_run();
    let mut six = Six::new().await;
    for who in 0..6 {
        six.posts(who, "むかしの話").await;
    }
    for round in 0..10 {
        for step in 0..5 {
            six.does_something(&mut chance, round * 5 + step).await;
        }
        six.net.advance(i64::try_from(chance.below(120)).unwrap() * MINUTE);
        six.talk_in_trouble(&mut chance).await;
    }
    six.come_together().await;
}

#[tokio::test]
async fn the_last_of_six_reads_everything_and_writes_and_no_request_asks_the_dead() {
    let mut six = Six::new().await;
    for who in 0..6 {
        six.posts(who, "みんなの話").await;
    }
    six.net.advance(MINUTE);
    talk(&all(&six.nodes)).await;
    let calls = || six.lines.iter().skip(1).map(Line::calls).sum::<usize>();
    six.lines.iter().skip(1).for_each(Line::is_dead);
    let (last, aiko) = (&six.nodes[0], &six.members[0]);

    for noticed in [false, true] {
        let before = calls();
        for (who, uri) in &six.said {
            let author = &six.members[*who];
            assert_eq!(aiko.reads_post(uri).await.unwrap().text(), "みんなの話");
            aiko.reads_thread(uri).await;
            let profile = if *who == 0 {
                format!("/@{}", author.name)
            } else {
                format!("/@{}@{}", author.name, author.node.host())
            };
            assert_eq!(last.get(&profile, "text/html").await.status, 200, "{profile}");
            let reply = aiko.replies_to(uri, "読んでいます").await;
            aiko.likes(uri).await;
            aiko.unlikes(uri).await;
            aiko.edits(reply.uri(), "よく読んでいます").await;
            aiko.deletes(reply.uri()).await;
            let words = "/api/v2/search?q=%E8%A9%B1&resolve=true";
            assert_eq!(aiko.call(Method::GET, words, None).await.status, 200);
            if *who != 0 {
                aiko.relates(if noticed { "unfollow" } else { "follow" }, &author.handle()).await;
            }
        }
        for page in ["/network", "/local", "/metrics", "/readyz"] {
            assert_eq!(last.get(page, "text/html").await.status, 200, "{page}");
        }
        assert_eq!(calls(), before, "no request asked one of the dead");
        six.net.advance(5 * MINUTE);
        talk(&[last]).await;
        assert!(calls() > before, "the loops did");
    }
}

#[tokio::test]
async fn forged_messages_rosters_and_repeats_move_nothing() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let (aomori, iwate) = (&nodes[0], &nodes[1]);
    aomori.member("aiko").await.posts("本物").await;
    talk(&all(&nodes)).await;
    let us = membership::now(aomori.app()).await.unwrap().unwrap();
    let before = logs(aomori).await;
    let acks = async || {
        let mut tx = aomori.app().db.read().await.unwrap();
        peers::acks_of(&mut tx, "miyagi").await.unwrap()
    };
    let known = acks().await;
    let key = membership::key(iwate.app()).await.unwrap();
    let sends = async |from: &str, to: &str, content: &Heads| {
        let text = seal(content, from, to, net.now(), &key.proof).unwrap();
        let post = net.http.request(Method::POST, aomori.url("/net/v1/heads")).body(text);
        post.send().await.unwrap().status().as_u16()
    };
    let mut ack = Heads { roster: us.roster.version, ..Heads::default() };
    let head = Head { epoch: 1, seq: 999, hash: "00".repeat(32) };
    ack.heads.insert("aomori".into(), head);
    assert_eq!(sends("miyagi", "aomori", &ack).await, 401, "by iwate's key in miyagi's name");
    assert_eq!(sends("iwate", "miyagi", &ack).await, 401, "for another node");
    assert_eq!(acks().await, known);

    // One of three throws another out, on paper.
    let mut roster = us.roster.clone();
    roster.version += 1;
    roster.previous = us.roster.hash().unwrap();
    roster.members.retain(|m| m.node != "miyagi");
    roster.signatures.clear();
    roster.until = net.now().plus(HOUR);
    roster.sign("iwate", &key.proof).unwrap();
    let mut repeated = roster.clone();
    repeated.signatures.push(repeated.signatures[0].clone());
    for forged in [roster, repeated] {
        let theirs = Heads {
            roster: forged.version,
            rosters: vec![forged.clone()],
            proposals: vec![forged],
            ..Heads::default()
        };
        sends("iwate", "aomori", &theirs).await;
        let now = membership::now(aomori.app()).await.unwrap().unwrap();
        assert_eq!(now.roster, us.roster);
    }

    // A page that was taken, once more, whole and in parts.
    let author = member_of_roster(iwate, "aomori").await;
    let page = log_of(aomori, "aomori").await;
    let arrived = iwate.arrivals().await;
    for again in [page.clone(), page[1..].to_vec(), page.iter().rev().cloned().collect()] {
        assert_eq!(sync::take(iwate.app(), &author, again).await.unwrap(), Stored::New(0));
    }
    assert_eq!(iwate.apply().await, 0);
    assert_eq!(iwate.arrivals().await, arrived);
    assert_eq!(logs(aomori).await, before);
}

#[tokio::test]
async fn what_is_deleted_does_not_come_back_from_one_who_has_not_heard_of_it() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let (aomori, late, fresh) = (&nodes[0], &nodes[1], &nodes[2]);
    let aiko = aomori.member("aiko").await;
    talk(&all(&nodes)).await;
    fresh.goes_down().await;
    let gone = aiko.posts("言わなければよかった").await;
    let other = aiko.posts_to("network", "これは残ります").await;
    talk(&[aomori, late]).await;
    let with_words = log_of(late, "aomori").await;
    late.goes_down().await;
    aiko.deletes(gone.uri()).await;
    net.advance(MINUTE);

    // The fresh one gets the entry without its words and the Delete behind it; then the late one gives it the words.
    let author = member_of_roster(fresh, "aomori").await;
    let without = log_of(aomori, "aomori").await;
    let (first, last) = without.split_at(without.len() - 1);
    sync::take(fresh.app(), &author, first.to_vec()).await.unwrap();
    fresh.apply().await;
    fresh.comes_back().await;
    late.comes_back().await;
    talk(&[fresh, late]).await;
    sync::take(fresh.app(), &author, last.to_vec()).await.unwrap();
    sync::take(fresh.app(), &author, with_words).await.unwrap();
    fresh.apply().await;
    assert!(fresh.post(gone.uri()).await.is_none());

    net.advance(10 * MINUTE);
    talk(&all(&nodes)).await;
    for node in &nodes {
        assert_eq!(node.posts().await, [other.uri()], "{}", node.host());
        let text = serde_json::to_string(&log_of(node, "aomori").await).unwrap();
        assert!(!text.contains("言わなければよかった"), "{}", node.host());
    }
}

#[tokio::test]
async fn a_boost_counts_at_every_node_though_nobody_follows() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let aiko = nodes[0].member("aiko").await;
    let hana = nodes[1].member("hana").await;
    let post = aiko.posts("広めてください").await;
    talk(&all(&nodes)).await;
    hana.boosts(post.uri()).await;
    talk(&all(&nodes)).await;
    for node in &nodes {
        assert_eq!(node.post(post.uri()).await.unwrap().boosts_count, 1, "{}", node.host());
    }
    hana.unboosts(post.uri()).await;
    net.advance(MINUTE);
    talk(&all(&nodes)).await;
    for node in &nodes {
        assert_eq!(node.post(post.uri()).await.unwrap().boosts_count, 0, "{}", node.host());
    }
    assert!(aiko.notifications().await.is_empty(), "what was taken back is not told");
}

#[tokio::test]
async fn what_is_said_in_private_is_known_only_where_it_must_be() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let (aomori, iwate) = (&nodes[0], &nodes[1]);
    let aiko = aomori.member("aiko").await;
    let hana = iwate.member("hana").await;
    talk(&all(&nodes)).await;
    hana.follows(&aiko.handle()).await;
    talk(&all(&nodes)).await;
    let words = ["カナリア支部", "カナリア仲間", "カナリア内緒", "カナリア返事"];
    net.keeps_secret(words[0], &[aomori]);
    for word in &words[1..] {
        net.keeps_secret(word, &[aomori, iwate]);
    }
    aiko.posts_to("chapter", words[0]).await;
    let closed = aiko.posts_to("followers", words[1]).await;
    let direct = aiko.posts_to("direct", &format!("@{} {}", hana.handle(), words[2])).await;
    talk(&all(&nodes)).await;
    hana.replies_to(closed.uri(), words[3]).await;
    hana.likes(direct.uri()).await;
    hana.likes(closed.uri()).await;
    aiko.edits(closed.uri(), &format!("{} 直しました", words[1])).await;
    net.advance(MINUTE);
    talk(&all(&nodes)).await;
    assert!(hana.reads_post(closed.uri()).await.is_some_and(|p| p.text().contains("直しました")));
    assert!(hana.reads_post(direct.uri()).await.is_some());
    aiko.deletes(closed.uri()).await;
    talk(&all(&nodes)).await;
}

/// A post to the network is a 404 for every server that asks for it, as one that is gone would be.
#[tokio::test]
async fn a_post_to_the_network_stays_though_its_answer_came_first() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let (aomori, iwate, late) = (&nodes[0], &nodes[1], &nodes[2]);
    let aiko = aomori.member("aiko").await;
    let hana = iwate.member("hana").await;
    talk(&all(&nodes)).await;
    late.goes_down().await;
    let post = aiko.posts_to("network", "どう思いますか").await;
    net.advance(MINUTE);
    talk(&[aomori, iwate]).await;
    hana.replies_to(post.uri(), "よいと思います").await;
    for (name, node) in [("iwate", iwate), ("aomori", aomori)] {
        let author = member_of_roster(late, name).await;
        sync::take(late.app(), &author, log_of(node, name).await).await.unwrap();
        late.apply().await;
    }
    assert!(late.fetch().await > 0, "the post is asked for, as any parent");
    assert!(late.post(post.uri()).await.is_some());
    late.comes_back().await;
    net.advance(10 * MINUTE);
    talk(&all(&nodes)).await;
}
