//! What a node of the network gives to others of what another node said: copies that say what they are.
use federation_tests::{
    Answer, Browser, Member, Network, Node, Stranger,
    chapters::{chapters, join, talk},
};
use reqwest::Method;
use tsudoi::{
    activitypub::mirrors::Mirror,
    federation::hosts,
    network::joining::{self, Introduction},
};

fn path(id: &str) -> String {
    let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    format!("/network/copies?id={id}")
}

async fn copy(node: &Node, id: &str) -> Answer {
    node.document(&path(id)).await
}

#[tokio::test]
async fn a_copy_of_a_node_that_is_down_can_be_checked_and_is_no_activitypub_object() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let aiko = nodes[0].member("aiko").await;
    let post = aiko.posts("停電が復旧しました").await;
    aiko.likes(post.uri()).await;
    aiko.edits(post.uri(), "停電が復旧しました。水も出ます").await;
    talk(&[&nodes[0], &nodes[1]]).await;
    let key = nodes[0].app().url("/actor");
    nodes[0].goes_down().await;

    for (id, word) in [(post.uri(), "水も出ます"), (aiko.uri.as_str(), "aiko")] {
        let answer = copy(&nodes[1], id).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("link"), format!("<{id}>; rel=\"canonical\""));
        assert_eq!(answer.header("x-robots-tag"), "noindex");
        for word in ["@context", "id", "type"] {
            assert!(answer.json().get(word).is_none(), "{word}");
        }
        let mirror: Mirror = serde_json::from_value(answer.json()).unwrap();
        assert_eq!((mirror.mirror_of.as_str(), mirror.roster), (id, 2));
        assert_eq!(mirror.member.domain, nodes[0].host());
        mirror.entry.check(&mirror.member).unwrap();
        assert!(mirror.entry.body.unwrap().contains(word));
    }
    assert_eq!(copy(&nodes[1], &key).await.status, 404, "a node says nothing of itself in its log");
}

#[tokio::test]
async fn no_copy_is_given_of_what_is_not_for_everybody() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let aiko = nodes[0].member("aiko").await;
    let hana = nodes[1].member("hana").await;
    let stranger = Stranger::start(&net, "stranger").await.actor("rin");
    hana.follows(&aiko.handle()).await;
    talk(&[&nodes[0], &nodes[1]]).await;
    let canary = "カナリア-4712";
    let mut closed = Vec::new();
    for audience in ["network", "followers", "direct", "chapter"] {
        let text = format!("{canary} @{}", hana.handle());
        closed.push(aiko.posts_to(audience, &text).await.uri().to_owned());
    }
    closed.push(stranger.note(canary)["id"].as_str().unwrap().to_owned());
    closed.push("not an address".to_owned());
    talk(&[&nodes[0], &nodes[1]]).await;
    assert!(nodes[1].post(&closed[0]).await.is_some(), "the network post is there");
    let browser = Browser::of(&hana).await;
    for id in &closed {
        for node in &nodes {
            let answers = [
                copy(node, id).await,
                node.get(&path(id), "application/json").await,
                stranger.reads(node, &path(id)).await,
            ];
            for answer in answers {
                assert_eq!(answer.status, 404, "{id}: {}", answer.text());
                assert!(!answer.text().contains(canary), "{id}");
            }
        }
        assert_eq!(browser.opens(&path(id)).await.status, 404, "{id}: for a signed-in member");
        assert_eq!(
            hana.call(Method::GET, &path(id), None).await.status,
            404,
            "{id}: for a program"
        );
    }
}

#[tokio::test]
async fn a_copy_ends_with_what_it_is_of_and_with_the_nodes_good_name() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let aiko = nodes[0].member("aiko").await;
    let (kept, deleted) = (aiko.posts("残る").await, aiko.posts("消す").await);
    talk(&[&nodes[0], &nodes[1]]).await;
    assert_eq!(copy(&nodes[1], deleted.uri()).await.status, 200);
    aiko.deletes(deleted.uri()).await;
    talk(&[&nodes[0], &nodes[1]]).await;
    assert_eq!(copy(&nodes[1], deleted.uri()).await.status, 404);

    let block = async |blocked: bool| {
        let mut tx = nodes[1].app().db.begin().await.unwrap();
        hosts::set_blocked(&mut tx, nodes[0].host(), blocked).await.unwrap();
        tx.commit().await.unwrap();
        copy(&nodes[1], kept.uri()).await.status
    };
    assert_eq!(block(true).await, 404);
    assert_eq!(block(false).await, 200);
    aiko.leaves().await;
    talk(&[&nodes[0], &nodes[1]]).await;
    for id in [kept.uri(), aiko.uri.as_str()] {
        assert_eq!(copy(&nodes[1], id).await.status, 404, "{id}");
    }
}

#[tokio::test]
async fn a_node_that_wants_signatures_gives_copies_to_who_signs() {
    let net = Network::new();
    let introduction = Introduction { node: "aomori".into(), prefecture: "青森県".into() };
    let aomori = net.node("aomori").await;
    let iwate = net.node_with("iwate", |c| c.authorized_fetch = true).await;
    joining::found(aomori.app(), "東北OM", &introduction).await.unwrap();
    join(std::slice::from_ref(&aomori), &aomori, &iwate).await;
    let post = aomori.member("aiko").await.posts("こんにちは").await;
    talk(&[&aomori, &iwate]).await;
    let stranger = Stranger::start(&net, "stranger").await.actor("rin");
    assert_eq!(copy(&iwate, post.uri()).await.status, 401);
    assert_eq!(stranger.reads(&iwate, &path(post.uri())).await.status, 200);
}

#[tokio::test]
async fn pages_of_copies_name_the_original_and_are_in_no_search_engine() {
    let net = Network::new();
    let nodes = chapters(&net, 2).await;
    let aiko: Member = nodes[0].member("aiko").await;
    let post = aiko.posts("こんにちは").await;
    talk(&[&nodes[0], &nodes[1]]).await;
    let there = nodes[1].post(post.uri()).await.unwrap();
    let profile = format!("/@aiko@{}", nodes[0].host());
    let thread = format!("{profile}/{}", there.id);
    for (page, original) in [(profile, nodes[0].url("/@aiko")), (thread, there.url)] {
        let html = nodes[1].get(&page, "text/html").await.text();
        assert!(original.starts_with(&nodes[0].url("")), "{original}");
        let canonical = format!("<link rel=\"canonical\" href=\"{original}\">");
        assert!(html.contains(&canonical), "{html}");
        assert!(html.contains("<meta name=\"robots\" content=\"noindex\">"), "{html}");
    }
    let own = nodes[0].get("/@aiko", "text/html").await.text();
    assert!(!own.contains("noindex"), "the original is found");
}
