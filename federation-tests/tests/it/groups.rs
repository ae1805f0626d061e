//! The groups of a node: they pass on what members of the network say in public, each post once, and nothing else.
use federation_tests::{
    Actor, Network, Node, Received, Stranger,
    chapters::{chapters, talk},
    keys, settle,
};
use serde_json::{Value, json};
use tsudoi::{
    accounts::{
        actions::create,
        types::{MemberState, Role},
    },
    clock::{DAY, HOUR, MINUTE},
    db::Tx,
    error::Result,
    execute, fetch_all,
    ids::sha256_hex,
    inbox::apply,
    mail::EmailAddress,
    network::{joining, log, membership, sync},
    posts::actions::announce,
    text::{Lang, LocalName},
};

fn all(nodes: &[Node]) -> Vec<&Node> {
    nodes.iter().collect()
}

fn group(node: &Node, name: &str) -> String {
    node.url(&format!("/users/{name}"))
}

/// Somebody on a server outside the network who follows groups.
async fn follower(net: &Network, groups: &[(&Node, &str)]) -> Actor {
    let reader = Stranger::start(net, "mastodon").await.actor("rin");
    for (node, name) in groups {
        reader.follows(node, &group(node, name)).await;
    }
    reader.server.forgets();
    reader
}

fn announced(reader: &Actor) -> Vec<Value> {
    let received = reader.server.received();
    received.iter().filter(|r| r.kind() == "Announce").map(Received::json).collect()
}

/// The groups that announced an object, by name and host.
fn announcers(reader: &Actor, object: &str) -> Vec<String> {
    let said = announced(reader);
    let about = said.iter().filter(|a| a["object"] == object);
    let mut actors: Vec<String> = about.map(|a| a["actor"].as_str().unwrap().to_owned()).collect();
    actors.sort();
    actors
}

async fn outbox(node: &Node, name: &str) -> Vec<Value> {
    let page = node.document(&format!("/users/{name}/outbox?page=true")).await.succeeded().json();
    page["orderedItems"].as_array().unwrap().clone()
}

#[tokio::test]
async fn who_follows_two_groups_gets_one_post_from_each_under_two_ids() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let reader = follower(&net, &[(&nodes[0], "network"), (&nodes[1], "network")]).await;
    let hana = nodes[2].member("hana").await;
    let post = hana.posts("停電が復旧しました").await;
    nodes[0].member("ken").await.finds_post(post.uri()).await; // fetched before the log brings it
    talk(&all(&nodes)).await;

    let said = announced(&reader);
    assert_eq!(said.len(), 2);
    let digest = sha256_hex(post.uri().as_bytes());
    for node in &nodes[..2] {
        let actor = group(node, "network");
        let one = said.iter().find(|a| a["actor"] == actor.as_str()).unwrap();
        assert_eq!(one["id"], format!("{actor}/announces/{digest}"));
        assert_eq!(one["object"], post.uri());
        assert_eq!(one["to"], json!(["https://www.w3.org/ns/activitystreams#Public"]));
        assert_eq!(one["cc"], json!([format!("{actor}/followers"), hana.uri]));
        let path = format!("/users/network/announces/{digest}");
        assert_eq!(node.document(&path).await.succeeded().json()["object"], post.uri());
    }
    for node in &nodes {
        assert_eq!(outbox(node, "network").await.len(), 1, "with followers or without");
    }
}

#[tokio::test]
async fn nothing_that_happens_to_a_node_makes_it_announce_a_post_twice() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let (aomori, iwate) = (&nodes[0], &nodes[1]);
    let reader = follower(&net, &[(aomori, "network")]).await;
    let hana = iwate.member("hana").await;
    let post = hana.posts("復旧しました").await;
    talk(&all(&nodes)).await;

    // The entries come again, a second process looks, the row of the activity is lost and comes again.
    let mut tx = iwate.app().db.read().await.unwrap();
    let entries = log::page(&mut tx, "iwate", 1, 0, 500).await.unwrap();
    let us = membership::current(aomori.app(), &mut tx).await.unwrap().unwrap();
    drop(tx);
    let author = us.roster.member("iwate").unwrap();
    sync::take(aomori.app(), author, entries.clone()).await.unwrap();
    let second = aomori.second_process().await;
    apply::apply_due(&second).await.unwrap();
    forgets_what_came(aomori).await.unwrap();
    sync::take(&second, author, entries).await.unwrap();
    apply::apply_due(&second).await.unwrap();
    let mut tx = second.db.begin().await.unwrap();
    let known = tsudoi::posts::queries::by_uri(&mut tx, post.uri()).await.unwrap().unwrap();
    let by = tsudoi::accounts::queries::by_uri(&mut tx, &hana.uri).await.unwrap().unwrap();
    announce::announce(&second, &mut tx, &[(&known, &by)]).await.unwrap();
    tx.commit().await.unwrap();
    aomori.goes_down().await;
    aomori.comes_back().await;
    net.advance(MINUTE);
    talk(&all(&nodes)).await;

    assert_eq!(announced(&reader).len(), 1);
    assert_eq!(outbox(aomori, "network").await.len(), 1);
}

/// As after a restore: the log of iwate, and what came by it, is not there any more.
async fn forgets_what_came(node: &Node) -> Result<()> {
    let mut tx: Tx = node.app().db.begin().await?;
    execute!(&mut tx, sqlx::query("DELETE FROM log_entry WHERE node = 'iwate'"));
    execute!(&mut tx, sqlx::query("DELETE FROM log_head WHERE node = 'iwate'"));
    execute!(&mut tx, sqlx::query("DELETE FROM inbound"));
    tx.commit().await
}

#[tokio::test]
async fn the_chapters_group_announces_its_own_members_only() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let (aomori, iwate) = (&nodes[0], &nodes[1]);
    let reader = follower(&net, &[(aomori, "network"), (aomori, "aomori")]).await;
    let ours = aomori.member("aiko").await.posts("青森から").await;
    let theirs = iwate.member("hana").await.posts("岩手から").await;
    talk(&all(&nodes)).await;
    assert_eq!(
        announcers(&reader, ours.uri()),
        [group(aomori, "aomori"), group(aomori, "network")]
    );
    assert_eq!(announcers(&reader, theirs.uri()), [group(aomori, "network")]);
}

#[tokio::test]
async fn what_is_not_for_everybody_is_never_announced() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let groups = [(&nodes[0], "network"), (&nodes[0], "aomori"), (&nodes[1], "network")];
    let reader = follower(&net, &groups).await;
    let aiko = nodes[0].member("aiko").await;
    let hana = nodes[1].member("hana").await;
    hana.follows(&aiko.handle()).await;
    talk(&all(&nodes)).await;
    let canary = "カナリア-4812";
    for audience in ["unlisted", "network", "chapter", "followers", "direct"] {
        aiko.posts_to(audience, &format!("{canary} {audience} @{}", hana.handle())).await;
    }
    let open = aiko.posts("公開です").await;
    talk(&all(&nodes)).await;
    hana.replies_to(open.uri(), &format!("{canary} 返信")).await;
    hana.boosts(open.uri()).await;
    let other = Stranger::start(&net, "elsewhere").await.actor("kim");
    other.is_followed_by(&aiko).await;
    other.says(&nodes[0], canary).await;
    hana.blocks(&format!("network@{}", nodes[0].host())).await;
    talk(&all(&nodes)).await;
    let opted_out = hana.posts("グループには載せません").await;
    talk(&all(&nodes)).await;

    let objects: Vec<Value> = announced(&reader).iter().map(|a| a["object"].clone()).collect();
    assert_eq!(objects.iter().filter(|o| **o == open.uri()).count(), 3);
    assert_eq!(announcers(&reader, opted_out.uri()), [group(&nodes[1], "network")]);
    assert_eq!(objects.len(), 4, "{objects:?}");
    for received in reader.server.received() {
        assert!(!String::from_utf8_lossy(&received.body).contains(canary));
    }
    let groups = [(0, "network", 1), (0, "aomori", 1), (1, "network", 2), (1, "iwate", 1)];
    for (node, name, count) in groups {
        assert_eq!(outbox(&nodes[node], name).await.len(), count, "{name}");
    }
}

#[tokio::test]
async fn what_comes_late_makes_one_digest() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let (aomori, iwate, miyagi) = (&nodes[0], &nodes[1], &nodes[2]);
    let reader = follower(&net, &[(aomori, "network")]).await;
    let peer = miyagi.member("taro").await;
    peer.follows(&format!("network@{}", aomori.host())).await;
    talk(&all(&nodes)).await;
    let hana = iwate.member("hana").await;
    aomori.goes_down().await;
    let mut said = Vec::new();
    for day in 0..14 {
        net.advance(HOUR);
        said.push(hana.posts(&format!("{day}番目")).await.uri().to_owned());
    }
    let taken_back = said.remove(3);
    hana.deletes(&taken_back).await;
    let hidden = hana.posts_to("network", "カナリア-4813").await;
    talk(&[iwate, miyagi]).await;
    assert_eq!(outbox(miyagi, "network").await.len(), 13, "who was there announced them in time");
    net.advance(3 * DAY);
    let fresh = hana.posts("戻りました").await;
    reader.server.forgets();
    let before = log_ends(aomori).await;

    aomori.comes_back().await;
    net.advance(10 * MINUTE);
    talk(&all(&nodes)).await;
    assert_eq!(aomori.digests().await, 0, "more may come");
    hana.deletes(&said[0]).await;
    talk(&all(&nodes)).await;
    assert_eq!(announcers(&reader, fresh.uri()), [group(aomori, "network")]);
    assert_eq!(announced(&reader).len(), 1, "late ones are not announced one by one");
    net.advance(10 * MINUTE);
    assert_eq!(aomori.digests().await, 12);
    net.advance(10 * MINUTE);
    assert_eq!(aomori.digests().await, 0, "once");
    talk(&all(&nodes)).await;

    let received = reader.server.received();
    let created: Vec<Value> =
        received.iter().filter(|r| r.kind() == "Create").map(Received::json).collect();
    assert_eq!(created.len(), 1);
    let digest = &created[0]["object"];
    assert_eq!(digest["attributedTo"], group(aomori, "network"));
    let content = digest["content"].as_str().unwrap();
    assert!(content.contains("12 件あります"), "{content}");
    assert!(content.contains("12 posts came"), "{content}");
    assert!(content.contains("ほかに 2 件"), "{content}");
    let urls: Vec<&str> = content.split("href=\"").skip(1).collect();
    assert_eq!(urls.len(), 10);
    assert!(urls.iter().all(|u| u.starts_with(&iwate.url("/@hana/"))), "{urls:?}");
    for (uri, linked) in
        [(&taken_back, false), (&hidden.uri().to_owned(), false), (&said[12], true)]
    {
        let id = uri.rsplit('/').next().unwrap();
        assert_eq!(content.contains(id), linked, "{uri}");
    }
    tells_its_history_again(aomori).await;
    assert!(peer.reads().await[0].contains("12 件あります"), "a follower on another node");
    assert_eq!(log_ends(aomori).await.get("aomori"), before.get("aomori"), "not in the log");
    assert!(iwate.post(digest["id"].as_str().unwrap()).await.is_none());
    assert_eq!(outbox(aomori, "network").await.len(), 2);
}

/// As when it gets into another network and tells that what was here before.
async fn tells_its_history_again(node: &Node) {
    let mut tx = node.app().db.begin().await.unwrap();
    tsudoi::node::mark_history_logged(&mut tx, "another").await.unwrap();
    tx.commit().await.unwrap();
    node.speak().await;
}

async fn log_ends(node: &Node) -> std::collections::BTreeMap<String, i64> {
    let mut tx = node.app().db.read().await.unwrap();
    let heads = log::heads(&mut tx).await.unwrap();
    heads.into_iter().map(|(node, head, _)| (node, head.seq)).collect()
}

#[tokio::test]
async fn what_is_edited_and_deleted_changes_at_the_followers_of_all_groups() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let (aomori, iwate, miyagi) = (&nodes[0], &nodes[1], &nodes[2]);
    let near = follower(&net, &[(iwate, "network")]).await;
    let far = follower(&net, &[(aomori, "network")]).await;
    let peer = miyagi.member("taro").await;
    peer.follows(&format!("network@{}", aomori.host())).await;
    talk(&all(&nodes)).await;
    let hana = iwate.member("hana").await;
    let post = hana.posts("まちがい").await;
    talk(&all(&nodes)).await;
    hana.edits(post.uri(), "まちがえました").await;
    talk(&all(&nodes)).await;
    miyagi.goes_down().await;
    let short = hana.posts("すぐ消します").await;
    hana.deletes(short.uri()).await;
    hana.deletes(post.uri()).await;
    talk(&[aomori, iwate]).await;
    miyagi.comes_back().await;
    net.advance(10 * MINUTE);
    talk(&all(&nodes)).await;

    assert_eq!(
        near.server.received_kinds(),
        ["Announce", "Update", "Announce", "Delete", "Delete"]
    );
    assert_eq!(far.server.received_kinds(), ["Announce", "Update", "Delete", "Undo"]);
    let said: Vec<Value> = far.server.received().iter().map(Received::json).collect();
    assert!(said[1]["proof"].is_object() && said[1]["actor"] == hana.uri.as_str());
    assert_eq!(said[2]["object"]["id"], post.uri());
    assert_eq!(said[3]["actor"], group(aomori, "network"));
    assert_eq!(said[3]["object"]["id"], said[0]["id"]);
    assert_eq!(peer.reads().await, [""; 0]);
    for node in &nodes {
        assert_eq!(outbox(node, "network").await, Vec::<Value>::new(), "{}", node.host());
        let page = node.get("/@network", "text/html").await.succeeded().text();
        assert!(!page.contains("まちがえました") && !page.contains("すぐ消します"));
    }
}

#[tokio::test]
async fn members_who_follow_several_groups_see_a_post_once_and_its_author_hears_nothing() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let (aomori, iwate) = (&nodes[0], &nodes[1]);
    let aiko = aomori.member("aiko").await;
    let here = aomori.member("here").await;
    let there = iwate.member("there").await;
    let friend = iwate.member("friend").await;
    let two = [format!("network@{}", aomori.host()), format!("network@{}", iwate.host())];
    for handle in two.iter().chain([&format!("aomori@{}", aomori.host())]) {
        here.follows(handle).await;
        there.follows(handle).await;
    }
    friend.follows(&aiko.handle()).await;
    talk(&all(&nodes)).await;
    assert!(there.relation(&two[0], "following").await, "nobody is asked");

    let post = aiko.posts("一度だけ").await;
    // What the groups say is there before the log.
    settle(&all(&nodes)).await;
    assert_eq!(friend.reads().await, [""; 0]);
    talk(&all(&nodes)).await;

    for member in [&here, &there, &friend] {
        assert_eq!(member.reads().await, ["一度だけ"], "{}", member.name);
    }
    assert!(there.timeline().await[0].0["reblog"]["account"]["acct"].is_string());
    assert_eq!(aiko.notifications().await, ["follow friend"]);
    for reader in [&aiko, &there] {
        let shown = reader.reads_post(post.uri()).await.unwrap();
        assert_eq!(shown.count("reblogs"), 0, "{}", reader.name);
    }
    let page = aomori.get("/@network", "text/html").await.succeeded().text();
    assert!(page.contains("一度だけ") && page.contains("グループ"));
}

#[tokio::test]
async fn the_groups_are_ordinary_actors_of_type_group() {
    let net = Network::new();
    let nodes = chapters(&net, 1).await;
    let aomori = &nodes[0];
    for (name, says) in [("network", "全支部"), ("aomori", "aomori prefecture")] {
        let acct = format!("acct:{name}@{}", aomori.host());
        let path = format!("/.well-known/webfinger?resource={acct}");
        let jrd = aomori.get(&path, "application/jrd+json").await.succeeded().json();
        assert_eq!(jrd["subject"], acct);
        let links = jrd["links"].as_array().unwrap();
        assert!(links.iter().any(|l| l["rel"] == "self" && l["href"] == group(aomori, name)));
        let actor = aomori.document(&format!("/users/{name}")).await.succeeded().json();
        assert_eq!(actor["type"], "Group");
        assert_eq!(actor["preferredUsername"], name);
        assert_eq!(actor["manuallyApprovesFollowers"], false);
        assert_eq!(actor["discoverable"], true);
        let summary = actor["summary"].as_str().unwrap();
        assert!(summary.contains(says) && summary.contains("Announces"), "{summary}");
        for collection in ["outbox", "followers", "featured"] {
            let address = actor[collection].as_str().unwrap();
            let path = address.strip_prefix(&aomori.url("")).unwrap();
            aomori.document(path).await.succeeded();
        }
        aomori.get(&format!("/@{name}"), "text/html").await.succeeded();
    }
    let about = aomori.get("/nodeinfo/2.1", "application/json").await.succeeded().json();
    assert_eq!(about["usage"]["users"]["total"], 0);
    assert!(!aomori.get("/people", "text/html").await.text().contains("/@network"));
}

#[tokio::test]
async fn nobody_signs_up_as_a_group_and_whoever_has_its_name_keeps_it() {
    let net = Network::new();
    let aomori = net.node("aomori").await;
    let before = aomori.member("network").await;
    let who = joining::Introduction { node: "aomori".into(), prefecture: "青森県".into() };
    joining::found(aomori.app(), "東北OM", &who).await.unwrap();
    aomori.speak().await;

    assert_eq!(aomori.account(&before.uri).await.unwrap().kind.word(), "Person");
    let post = before.posts("わたしです").await;
    let listed = outbox(&aomori, "aomori").await;
    assert_eq!(listed.len(), 1, "the other group is there");
    assert_eq!(listed[0]["object"], post.uri());
    assert_eq!(outbox(&aomori, "network").await[0]["type"], "Create");
    net.advance(3 * DAY);
    assert_eq!(aomori.digests().await, 0);

    for name in ["network", "aomori"] {
        let refused = signs_up(&aomori, name).await;
        assert_eq!(refused.unwrap_err().message().0, "name-taken", "{name}");
    }
    assert_eq!(LocalName::choose("network").unwrap_err().message().0, "handle-reserved");
    let handle = format!("aomori@{}", aomori.host());
    assert_eq!(before.finds_account(&handle).await["group"], true);
}

async fn signs_up(node: &Node, name: &str) -> Result<()> {
    let new = create::NewMember {
        name: LocalName::parse(name).unwrap(),
        display_name: String::new(),
        email: EmailAddress::parse(&format!("{name}2@mail.example")).unwrap(),
        password_hash: None,
        role: Role::Member,
        state: MemberState::Active,
        reason: String::new(),
        lang: Lang::default(),
    };
    let mut tx = node.app().db.begin().await?;
    create::create_member(node.app(), &mut tx, new, &keys::shared()).await?;
    tx.commit().await
}

#[tokio::test]
async fn a_new_node_announces_nothing_that_was_there_before_it() {
    let net = Network::new();
    let old = net.node("aomori").await;
    let aiko = old.member("aiko").await;
    let before = aiko.posts("網の前から").await;
    let who = joining::Introduction { node: "aomori".into(), prefecture: "青森県".into() };
    joining::found(old.app(), "東北OM", &who).await.unwrap();
    talk(&[&old]).await;
    let iwate = net.node("iwate").await;
    federation_tests::chapters::join(&[], &old, &iwate).await;
    talk(&[&old, &iwate]).await;
    assert!(iwate.post(before.uri()).await.is_some());
    for node in [&old, &iwate] {
        assert_eq!(outbox(node, "network").await, Vec::<Value>::new());
        assert_eq!(late(node).await.unwrap(), 0);
    }
    let after = aiko.posts("網のあと").await;
    talk(&[&old, &iwate]).await;
    for node in [&old, &iwate] {
        assert_eq!(outbox(node, "network").await[0]["object"], after.uri());
    }
}

async fn late(node: &Node) -> Result<usize> {
    let mut tx = node.app().db.read().await?;
    let rows: Vec<(i64,)> =
        fetch_all!(&mut tx, sqlx::query_as("SELECT post_id FROM group_late ORDER BY post_id"));
    Ok(rows.len())
}
