//! Following across nodes, and its end: requests, refusals, blocks, moves, and followers' lists that are made to agree.
use federation_tests::{Actor, Network, Reply, Stranger, settle};
use serde_json::json;
use tsudoi::{clock::DAY, federation::delivery::digest_of};

#[tokio::test]
async fn a_follow_is_accepted_and_both_sides_know() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);

    aiko.follows(&ken.handle()).await;
    assert!(aiko.relation(&ken.handle(), "requested").await, "nothing has been delivered yet");
    settle(&[&iwate, &akita]).await;

    assert!(aiko.relation(&ken.handle(), "following").await);
    assert!(ken.relation(&aiko.handle(), "followed_by").await);
    assert_eq!(ken.notifications().await, ["follow aiko"]);
    assert_eq!(akita.account(&ken.uri).await.unwrap().followers_count, 1);
    assert_eq!(iwate.account(&aiko.uri).await.unwrap().following_count, 1);
    assert_eq!(iwate.deliver().await, 0, "a delivered activity is not sent twice");
}

#[tokio::test]
async fn a_locked_account_is_asked_and_says_yes() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);
    ken.locks().await;

    aiko.follows(&ken.handle()).await;
    settle(&[&iwate, &akita]).await;
    assert!(!aiko.relation(&ken.handle(), "following").await);
    assert_eq!(ken.notifications().await, ["follow_request aiko"]);

    ken.answers_request(&aiko.handle(), "authorize").await;
    settle(&[&iwate, &akita]).await;
    assert!(aiko.relation(&ken.handle(), "following").await);
    assert_eq!(ken.notifications().await, ["follow aiko"], "the request is no longer open");
}

#[tokio::test]
async fn a_locked_account_says_no() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);
    ken.locks().await;
    aiko.follows(&ken.handle()).await;
    settle(&[&iwate, &akita]).await;

    ken.answers_request(&aiko.handle(), "reject").await;
    settle(&[&iwate, &akita]).await;

    assert!(!aiko.relation(&ken.handle(), "following").await);
    assert!(!aiko.relation(&ken.handle(), "requested").await);
    assert!(!ken.relation(&aiko.handle(), "followed_by").await);
}

#[tokio::test]
async fn an_unfollow_reaches_the_other_side() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);
    aiko.follows(&ken.handle()).await;
    settle(&[&iwate, &akita]).await;

    aiko.unfollows(&ken.handle()).await;
    settle(&[&iwate, &akita]).await;

    assert!(!ken.relation(&aiko.handle(), "followed_by").await);
    assert_eq!(akita.account(&ken.uri).await.unwrap().followers_count, 0);
    ken.posts("それでも書く").await;
    assert_eq!(akita.deliver().await, 0, "nobody elsewhere follows any more");
}

#[tokio::test]
async fn a_removed_follower_no_longer_follows() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);
    aiko.follows(&ken.handle()).await;
    settle(&[&iwate, &akita]).await;

    ken.removes_follower(&aiko.handle()).await;
    settle(&[&iwate, &akita]).await;

    assert!(!aiko.relation(&ken.handle(), "following").await);
    assert_eq!(iwate.account(&aiko.uri).await.unwrap().following_count, 0);
}

#[tokio::test]
async fn a_block_ends_both_follows_on_both_nodes() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);
    aiko.follows(&ken.handle()).await;
    ken.follows(&aiko.handle()).await;
    settle(&[&iwate, &akita]).await;
    assert!(aiko.relation(&ken.handle(), "following").await);
    assert!(ken.relation(&aiko.handle(), "following").await);

    aiko.blocks(&ken.handle()).await;
    settle(&[&iwate, &akita]).await;

    for (one, other) in [(&aiko, &ken), (&ken, &aiko)] {
        assert!(!one.relation(&other.handle(), "following").await);
        assert!(!one.relation(&other.handle(), "followed_by").await);
    }
    assert!(ken.relation(&aiko.handle(), "blocked_by").await);
    assert_eq!(ken.relates("follow", &aiko.handle()).await.status, 403);

    aiko.unblocks(&ken.handle()).await;
    settle(&[&iwate, &akita]).await;
    assert!(!ken.relation(&aiko.handle(), "blocked_by").await);
    assert!(!aiko.relation(&ken.handle(), "followed_by").await, "a follow does not come back");
}

#[tokio::test]
async fn who_is_blocked_here_is_rejected_when_they_follow() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "stranger").await;
    let mallory = server.actor("mallory");
    aiko.blocks(&mallory.handle()).await;
    iwate.deliver().await;
    server.forgets();

    mallory.follows(&iwate, &aiko.uri).await;

    assert_eq!(server.received_kinds(), ["Reject"]);
    assert!(!aiko.relation(&mallory.handle(), "followed_by").await);
}

/// The first answer may have been lost.
#[tokio::test]
async fn a_repeated_follow_is_answered_again_under_its_new_id() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "stranger").await;
    let hana = server.actor("hana");

    let first = hana.follows(&iwate, &aiko.uri).await;
    let second = hana.follows(&iwate, &aiko.uri).await;

    let answers = server.received();
    assert_eq!(server.received_kinds(), ["Accept", "Accept"]);
    assert_eq!(answers[0].json()["object"]["id"], first["id"]);
    assert_eq!(answers[1].json()["object"]["id"], second["id"]);
    assert_eq!(aiko.notifications().await, ["follow hana"], "there is one notification");
    assert_eq!(iwate.account(&aiko.uri).await.unwrap().followers_count, 1);
}

#[tokio::test]
async fn a_member_who_moves_takes_remote_followers_along() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let old = iwate.member("aiko").await;
    let new = akita.member("aiko").await;
    let ken = akita.member("ken").await;
    ken.follows(&old.handle()).await;
    settle(&[&iwate, &akita]).await;

    let path = format!("/api/v1/accounts/{}/follow", ken.id_of(&old).await);
    ken.does(&path, json!({"reblogs": false, "notify": true, "languages": ["ja"]})).await;

    new.confirms_alias(&old.uri).await;
    old.moves_to(&new.handle()).await;
    settle(&[&iwate, &akita]).await;

    let id = ken.id_of(&new).await;
    let follow = ken.gets(&format!("/api/v1/accounts/relationships?id[]={id}")).await[0].clone();
    assert_eq!(
        (&follow["showing_reblogs"], &follow["notifying"], &follow["languages"]),
        (&json!(false), &json!(true), &json!(["ja"])),
        "as ken followed the old account"
    );
    assert!(ken.relation(&new.handle(), "following").await);
    assert!(!ken.relation(&old.handle(), "following").await);
    let document = iwate.document(&old.path("")).await.json();
    assert_eq!(document["movedTo"], json!(new.uri));
}

#[tokio::test]
async fn who_follows_the_new_account_already_keeps_how_they_follow_it() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (old, new) = (iwate.member("aiko").await, akita.member("aiko").await);
    let ken = iwate.member("ken").await;
    let path = format!("/api/v1/accounts/{}/follow", ken.id_of(&old).await);
    ken.does(&path, json!({"reblogs": false, "notify": true})).await;
    let id = ken.id_of(&new).await;
    ken.does(&format!("/api/v1/accounts/{id}/follow"), json!({"languages": ["en"]})).await;
    settle(&[&iwate, &akita]).await;

    new.confirms_alias(&old.uri).await;
    old.moves_to(&new.handle()).await;
    settle(&[&iwate, &akita]).await;

    assert!(!ken.relation(&old.handle(), "following").await);
    let follow = ken.gets(&format!("/api/v1/accounts/relationships?id[]={id}")).await[0].clone();
    assert_eq!(
        (&follow["showing_reblogs"], &follow["notifying"], &follow["languages"]),
        (&json!(true), &json!(false), &json!(["en"]))
    );
}

#[tokio::test]
async fn followers_here_follow_a_remote_account_that_moves_to_this_node() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    let server = Stranger::start(&net, "stranger").await;
    let hana = server.actor("hana");
    hana.is_followed_by(&ken).await;
    assert!(ken.relation(&hana.handle(), "following").await);

    let mut moved = hana.activity("Move", &json!(hana.uri));
    moved["target"] = json!(aiko.uri);
    hana.sends(&iwate, &moved).await;
    assert!(ken.relation(&hana.handle(), "following").await, "aiko has not confirmed it");

    aiko.confirms_alias(&hana.uri).await;
    moved["id"] = json!(hana.new_id("activities"));
    hana.sends(&iwate, &moved).await;
    assert!(!ken.relation(&hana.handle(), "following").await);
    assert!(ken.relation(&aiko.handle(), "following").await);
}

/// FEP-8fcf: the author's server still counts a follower that its own server does not know of, and the other way round.
#[tokio::test]
async fn lists_of_followers_are_made_to_agree() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);
    let (lost, ghost) = (akita.member("lost").await, akita.member("ghost").await);
    for member in [&ken, &lost, &ghost] {
        member.follows(&aiko.handle()).await;
    }
    settle(&[&iwate, &akita]).await;
    forget_follow(&iwate, &lost.uri, &aiko.uri).await;
    forget_follow(&akita, &ghost.uri, &aiko.uri).await;

    aiko.posts_to("followers", "仲間だけに").await;
    settle(&[&iwate, &akita]).await;

    assert!(ken.relation(&aiko.handle(), "following").await);
    assert!(!lost.relation(&aiko.handle(), "following").await, "akita has learned");
    assert!(!aiko.relation(&ghost.handle(), "followed_by").await, "iwate has learned");
}

async fn forget_follow(node: &federation_tests::Node, follower: &str, followee: &str) {
    let follower = node.account(follower).await.unwrap().id;
    let followee = node.account(followee).await.unwrap().id;
    let mut tx = node.app().db.begin().await.unwrap();
    tsudoi::accounts::queries::delete_follow(&mut tx, follower, followee).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_followers_only_post_carries_the_digest_of_the_followers_there() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "stranger").await;
    let other = Stranger::start(&net, "other").await;
    let (hana, jun) = (server.actor("hana"), server.actor("jun"));
    for follower in [&hana, &jun, &other.actor("rin")] {
        follower.follows(&iwate, &aiko.uri).await;
    }
    server.forgets();

    aiko.posts("みんなに").await;
    aiko.posts_to("followers", "仲間だけに").await;
    iwate.deliver().await;

    let [open, closed] = server.received().try_into().unwrap();
    assert_eq!(open.header("collection-synchronization"), "");
    let digest = digest_of([hana.uri.as_str(), jun.uri.as_str()].into_iter());
    let expected = format!(
        r#"collectionId="{0}/followers", url="{0}/followers_synchronization", digest="{digest}""#,
        aiko.uri
    );
    assert_eq!(closed.header("collection-synchronization"), expected);
    assert!(closed.header("signature").contains("collection-synchronization"), "it is signed");

    let list = hana.reads(&iwate, &aiko.path("/followers_synchronization")).await.json();
    assert_eq!(list["orderedItems"], json!([hana.uri, jun.uri]), "rin is on another server");
    let unsigned = iwate.document(&aiko.path("/followers_synchronization")).await;
    assert_eq!(unsigned.status, 401);
}

/// FEP-8fcf: what counts is the server of the address. Left out of the list, such a follower would stop to follow.
#[tokio::test]
async fn a_follower_whose_name_is_on_another_host_than_its_address_is_listed_where_it_is() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "social").await;
    let names = Stranger::start(&net, "names").await;
    let hana = server.actor("hana");
    let handle = hana.goes_by_a_name_at(&names);
    let rin = names.actor("rin");
    hana.follows(&iwate, &aiko.uri).await;
    rin.follows(&iwate, &aiko.uri).await;
    assert!(aiko.relation(&handle, "followed_by").await, "she is known by her name");
    server.forgets();

    aiko.posts_to("followers", "仲間だけに").await;
    iwate.deliver().await;

    let [closed] = server.received().try_into().unwrap();
    let digest = digest_of([hana.uri.as_str()].into_iter());
    let header = closed.header("collection-synchronization");
    assert!(header.ends_with(&format!(r#"digest="{digest}""#)), "{header}");
    let list = async |reader: &Actor| {
        reader.reads(&iwate, &aiko.path("/followers_synchronization")).await.json()
    };
    assert_eq!(list(&hana).await["orderedItems"], json!([hana.uri]));
    assert_eq!(list(&rin).await["orderedItems"], json!([rin.uri]));
}

/// Whoever lists others' members as followers cannot make them follow.
#[tokio::test]
async fn a_digest_for_a_collection_of_somebody_else_is_not_looked_at() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "stranger").await;
    let other = Stranger::start(&net, "other").await;
    let (hana, rin) = (server.actor("hana"), other.actor("rin"));
    hana.is_followed_by(&aiko).await;
    other.serves(
        "/list",
        Reply::document(&json!({"type": "OrderedCollection", "orderedItems": []})),
    );

    for (collection, url) in [
        (format!("{}/followers", hana.uri), other.url("/list")),
        (format!("{}/followers", rin.uri), other.url("/list")),
    ] {
        let header = format!(r#"collectionId="{collection}", url="{url}", digest="00""#);
        let letter = hana.letter(&iwate, &hana.activity("View", &json!("about:blank")));
        letter.with_header("collection-synchronization", &header).post().await.succeeded();
    }
    iwate.fetch().await;

    assert!(other.asked().iter().all(|r| r.target != "/list"), "the list is not asked for");
    assert!(aiko.relation(&hana.handle(), "following").await);
}

/// The instance actor signs and reports; nobody's timeline is behind it.
#[tokio::test]
async fn whoever_follows_the_node_itself_is_refused() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let server = Stranger::start(&net, "stranger").await;
    let hana = server.actor("hana");

    let follow = hana.follows(&iwate, &iwate.url("/actor")).await;

    let [answer] = server.received().try_into().unwrap();
    assert_eq!(answer.kind(), "Reject");
    assert_eq!(answer.json()["object"]["id"], follow["id"]);
}

/// FEP-8fcf: a list that is not the one whose digest was announced (it was cut, or changed meanwhile) ends no follow.
#[tokio::test]
async fn a_list_of_followers_that_does_not_match_its_digest_ends_nothing() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    let server = Stranger::start(&net, "stranger").await;
    let hana = server.actor("hana");
    hana.is_followed_by(&aiko).await;
    hana.is_followed_by(&ken).await;
    let list = json!({"type": "OrderedCollection", "orderedItems": [ken.uri]});
    server.serves("/list", Reply::document(&list));
    let announces = async |digest: &str| {
        let header = format!(
            r#"collectionId="{}/followers", url="{}", digest="{digest}""#,
            hana.uri,
            server.url("/list")
        );
        let letter = hana.letter(&iwate, &hana.activity("View", &json!("about:blank")));
        letter.with_header("collection-synchronization", &header).post().await.succeeded();
        iwate.fetch().await;
    };

    announces(&digest_of([aiko.uri.as_str(), "http://iwate.example/x"].into_iter())).await;
    assert!(aiko.relation(&hana.handle(), "following").await, "the list was another one");

    announces(&digest_of([ken.uri.as_str()].into_iter())).await;
    assert!(!aiko.relation(&hana.handle(), "following").await);
    assert!(ken.relation(&hana.handle(), "following").await);
}

/// Lists of people ask once for all of a page.
#[tokio::test]
async fn relations_to_many_people_are_read_at_once() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let names = ["followed", "fan", "blocked", "muted", "stranger", "hostile", "locked"];
    let mut people = Vec::new();
    for name in names {
        people.push(iwate.member(name).await);
    }
    people[6].locks().await;
    aiko.follows(&people[0].handle()).await;
    people[1].follows(&aiko.handle()).await;
    aiko.blocks(&people[2].handle()).await;
    aiko.relates("mute", &people[3].handle()).await.succeeded();
    people[5].blocks(&aiko.handle()).await;
    aiko.follows(&people[6].handle()).await;
    let mut ids = Vec::new();
    for member in &people {
        ids.push(member.account().await.id);
    }

    let me = aiko.account().await.id;
    let mut tx = iwate.app().db.read().await.unwrap();
    let found = tsudoi::accounts::queries::relationships(&mut tx, me, &ids).await.unwrap();

    let shown = ids.iter().map(|id| {
        let r = &found[id];
        [r.following, r.followed_by, r.blocking, r.muting, r.blocked_by, r.requested]
    });
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            [true, false, false, false, false, false],
            [false, true, false, false, false, false],
            [false, false, true, false, false, false],
            [false, false, false, true, false, false],
            [false, false, false, false, false, false],
            [false, false, false, false, true, false],
            [false, false, false, false, false, true],
        ]
    );
    let nobody = tsudoi::accounts::queries::relationships(&mut tx, me, &[]).await.unwrap();
    assert!(nobody.is_empty());
}

#[tokio::test]
async fn the_same_handle_on_two_nodes_is_two_people() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let here = iwate.member("aiko").await;
    let there = akita.member("aiko").await;

    here.follows(&there.handle()).await;
    settle(&[&iwate, &akita]).await;

    assert!(here.relation(&there.handle(), "following").await);
    assert_eq!(there.notifications().await, ["follow aiko"]);
    assert!(here.notifications().await.is_empty());
}

#[tokio::test]
async fn a_changed_profile_reaches_followers() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);
    ken.follows(&aiko.handle()).await;
    settle(&[&iwate, &akita]).await;

    aiko.renames("岩手の愛子").await;
    settle(&[&iwate, &akita]).await;

    assert_eq!(akita.account(&aiko.uri).await.unwrap().display_name, "岩手の愛子");
}

#[tokio::test]
async fn an_account_that_is_deleted_is_gone_elsewhere_with_its_posts() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);
    ken.follows(&aiko.handle()).await;
    settle(&[&iwate, &akita]).await;
    let post = aiko.posts("最後のことば").await;
    settle(&[&iwate, &akita]).await;
    assert_eq!(ken.reads().await, ["最後のことば"]);

    aiko.leaves().await;
    settle(&[&iwate, &akita]).await;

    assert!(akita.account(&aiko.uri).await.unwrap().is_gone());
    assert!(akita.post(post.uri()).await.is_none());
    assert!(ken.reads().await.is_empty());
    assert_eq!(iwate.document(&aiko.path("")).await.status, 410);
    let webfinger = format!("/.well-known/webfinger?resource=acct:{}", aiko.handle());
    assert_eq!(iwate.document(&webfinger).await.status, 410);
    net.advance(DAY);
    assert_eq!(iwate.waiting().await, 0);
}
