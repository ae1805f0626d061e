//! Streams: what happens while a program looks on. Each test ends with an event that everybody hears, so that what came before it is all there was.
use federation_tests::{Listener, Member, Network, Node, settle};
use futures::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};

async fn scene() -> (Network, Node, [Member; 3]) {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let (ken, mio) = (iwate.member("ken").await, iwate.member("mio").await);
    (net, iwate, [aiko, ken, mio])
}

fn update(text: &str) -> (String, String) {
    ("update".into(), text.into())
}

#[tokio::test]
async fn a_post_is_heard_at_home_in_public_and_under_its_tag() {
    let (_net, _iwate, [aiko, ken, mio]) = scene().await;
    ken.follows(&aiko.handle()).await;
    let mut home = Listener::of(&ken, "stream=user").await;
    let mut public = Listener::of(&mio, "stream=public").await;
    let mut tag = Listener::of(&mio, "stream=hashtag&tag=tsudoi").await;
    aiko.posts("おはよう").await;
    aiko.posts("集まろう #tsudoi").await;

    assert_eq!(home.hears_text().await, update("おはよう"));
    let (stream, event, status) = public.hears().await;
    assert_eq!((stream.as_slice(), event.as_str()), (&["public".to_owned()][..], "update"));
    assert_eq!(status["account"]["username"], "aiko");
    for of_one in ["favourited", "reblogged", "bookmarked", "muted"] {
        assert!(status.get(of_one).is_none(), "{of_one} depends on the reader");
    }
    let (stream, event, status) = tag.hears().await;
    assert_eq!((stream, event.as_str()), (vec!["hashtag".into(), "tsudoi".into()], "update"));
    assert!(status["content"].as_str().unwrap().contains("集まろう"));
}

#[tokio::test]
async fn what_happened_before_anybody_listened_is_no_news() {
    let (net, _iwate, [aiko, ken, _]) = scene().await;
    aiko.posts("きのう").await;
    net.advance(60_000);
    let mut public = Listener::of(&ken, "stream=public").await;
    aiko.posts("きょう").await;
    assert_eq!(public.hears_text().await, update("きょう"));
}

/// The guard of every stream: who may not read a post does not hear it, whatever they listen to.
#[tokio::test]
async fn nobody_hears_what_they_may_not_read() {
    let (_net, iwate, [aiko, ken, mio]) = scene().await;
    let rei = iwate.member("rei").await;
    ken.follows(&aiko.handle()).await;
    mio.follows(&aiko.handle()).await;
    let mut follower = Listener::of(&ken, "stream=user").await;
    follower.subscribes("public").await;
    let mut blocked = Listener::of(&mio, "stream=user").await;
    blocked.subscribes("public").await;
    let mut stranger = Listener::of(&rei, "stream=user").await;
    stranger.subscribes("public").await;
    stranger.says(json!({"type": "subscribe", "stream": "hashtag", "tag": "tsudoi"})).await;

    aiko.posts_to("followers", "仲間へ #tsudoi").await;
    aiko.posts_to("direct", "@ken 内緒 #tsudoi").await;
    aiko.blocks(&mio.handle()).await;
    aiko.posts("みなさんへ").await;
    ken.posts("終わり").await;

    let mut heard = Vec::new();
    while heard.last() != Some(&update("終わり")) {
        let (_, event, payload) = follower.hears().await;
        if event == "update" {
            let text = payload["content"].as_str().unwrap();
            heard.push(update(text.trim_start_matches("<p>").trim_end_matches("</p>")));
        }
    }
    assert!(heard.iter().any(|(_, t)| t.contains("仲間へ")), "{heard:?}");
    assert!(heard.iter().any(|(_, t)| t.contains("内緒")), "{heard:?}");
    assert_eq!(stranger.hears_text().await, update("みなさんへ"), "neither of the others");
    assert_eq!(stranger.hears_text().await, update("終わり"));
    let mut last = blocked.hears_text().await;
    if last.1.contains("仲間へ") {
        last = blocked.hears_text().await; // it was written before the block
    }
    assert_eq!(last, update("終わり"), "whom aiko blocks hears nothing more of her");
}

/// A line in a home timeline may be older than the follow that was taken back: reading is asked when it is said.
#[tokio::test]
async fn a_line_at_home_opens_nothing_that_may_not_be_read() {
    let (_net, iwate, [aiko, ken, _]) = scene().await;
    let mut home = Listener::of(&ken, "stream=user").await;
    let post = aiko.posts_to("followers", "仲間へ").await;
    let app = iwate.app();
    let (author, reader) = (aiko.account().await.id, ken.account().await.id);
    let id: tsudoi::ids::PostId = post.id().parse().unwrap();
    let entry =
        tsudoi::feeds::home::Entry { id: id.0, post: id, author, booster: None, reply_to: None };
    let mut tx = app.db.begin().await.unwrap();
    tsudoi::feeds::home::add(&mut tx, reader, &entry).await.unwrap();
    let told = [tsudoi::feeds::live::Told::Edited(id)];
    tsudoi::feeds::live::tell(app, &mut tx, &told).await.unwrap();
    tx.commit().await.unwrap();
    ken.posts("終わり").await;
    assert_eq!(home.hears_text().await, update("終わり"));
}

#[tokio::test]
async fn who_mutes_somebody_hears_nothing_of_them() {
    let (_net, iwate, [aiko, ken, mio]) = scene().await;
    let (by, target) = (mio.account().await, aiko.account().await);
    let mut tx = iwate.app().db.begin().await.unwrap();
    tsudoi::accounts::actions::follow::mute(
        iwate.app(),
        &mut tx,
        &by,
        &target,
        tsudoi::accounts::types::Mute::ENTIRELY,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let mut public = Listener::of(&mio, "stream=public").await;
    aiko.posts("おはよう").await;
    ken.posts("終わり").await;
    assert_eq!(public.hears_text().await, update("終わり"));
}

#[tokio::test]
async fn edits_boosts_and_deletions_are_heard() {
    let (_net, _iwate, [aiko, ken, mio]) = scene().await;
    mio.follows(&ken.handle()).await;
    let post = aiko.posts("おはよう").await;
    let mut home = Listener::of(&mio, "stream=user").await;
    let mut public = Listener::of(&mio, "stream=public:local").await;
    ken.boosts(post.uri()).await;
    let (_, event, boost) = home.hears().await;
    assert_eq!(event, "update");
    assert_eq!(boost["account"]["username"], "ken");
    assert_eq!(boost["reblog"]["account"]["username"], "aiko");
    aiko.edits(post.uri(), "おはようございます").await;
    let edited = ("status.update".to_owned(), "おはようございます".to_owned());
    assert_eq!(public.hears_text().await, edited);
    assert_eq!(home.hears_text().await, edited);
    aiko.deletes(post.uri()).await;
    let (_, event, id) = public.hears().await;
    assert_eq!((event.as_str(), id.to_string().as_str()), ("delete", post.id()));
    let (_, event, id) = home.hears().await;
    assert_eq!((event.as_str(), id.to_string().as_str()), ("delete", post.id()));
}

#[tokio::test]
async fn nobody_hears_of_the_end_of_what_they_could_not_read() {
    let (_net, _iwate, [aiko, ken, _]) = scene().await;
    let secret = aiko.posts_to("direct", "@mio 内緒").await;
    let mut home = Listener::of(&ken, "stream=user").await;
    let mut public = Listener::of(&ken, "stream=public").await;
    aiko.deletes(secret.uri()).await;
    ken.posts("終わり").await;
    assert_eq!(home.hears_text().await, update("終わり"));
    assert_eq!(public.hears_text().await, update("終わり"));
}

#[tokio::test]
async fn notifications_are_heard_by_whom_they_concern() {
    let (_net, _iwate, [aiko, ken, mio]) = scene().await;
    let mut user = Listener::of(&aiko, "stream=user").await;
    let mut only = Listener::of(&aiko, "stream=user:notification").await;
    let mut other = Listener::of(&mio, "stream=user").await;
    ken.follows(&aiko.handle()).await;
    for (listener, name) in [(&mut user, "user"), (&mut only, "user:notification")] {
        let (stream, event, told) = listener.hears().await;
        assert_eq!((stream, event.as_str()), (vec![name.to_owned()], "notification"));
        assert_eq!(
            (&told["type"], &told["account"]["username"]),
            (&json!("follow"), &json!("ken"))
        );
    }
    mio.posts("終わり").await;
    assert_eq!(other.hears_text().await, update("終わり"));
}

#[tokio::test]
async fn those_who_want_to_be_told_of_posts_hear_the_post_first() {
    let (_net, iwate, [aiko, ken, mio]) = scene().await;
    let rei = iwate.member("rei").await;
    let mut listeners = Vec::new();
    for reader in [&ken, &mio, &rei] {
        let path = format!("/api/v1/accounts/{}/follow", reader.id_of(&aiko).await);
        reader.does(&path, json!({"notify": true})).await;
    }
    for reader in [&ken, &mio] {
        listeners.push(Listener::of(reader, "stream=user").await);
    }
    let old = aiko.posts("きのう").await;
    for listener in &mut listeners {
        assert_eq!(listener.hears().await.1, "update");
        assert_eq!(listener.hears().await.1, "notification");
    }
    let post = aiko.posts("おはよう").await;
    ken.likes(post.uri()).await;
    let quoting = aiko.quotes(old.uri(), "これです").await;
    for listener in &mut listeners {
        assert_eq!(listener.hears_text().await, update("おはよう"));
        let (_, event, told) = listener.hears().await;
        assert_eq!((event.as_str(), &told["type"]), ("notification", &json!("status")));
        assert_eq!(told["account"]["username"], "aiko");
        assert_eq!(told["status"]["id"], post.id());
        assert!(told["status"].get("favourited").is_none(), "many are told it");
        assert_eq!(listener.hears().await.1, "update");
        let (_, event, told) = listener.hears().await;
        assert_eq!((event.as_str(), &told["status"]["id"]), ("notification", &json!(quoting.id())));
        assert_eq!(told["status"]["quote"]["quoted_status"]["id"], old.id());
    }
}

#[tokio::test]
async fn one_socket_carries_many_streams_and_lets_go_of_them() {
    let (_net, _iwate, [aiko, ken, _]) = scene().await;
    let mut socket = Listener::of(&aiko, "").await;
    socket.subscribes("user").await;
    socket.subscribes("public:local").await;
    socket.subscribes("public:local").await;
    aiko.posts("一").await;
    let mut names = vec![socket.hears().await.0, socket.hears().await.0];
    names.sort();
    assert_eq!(names, [["public:local"], ["user"]]);
    socket.says(json!({"type": "unsubscribe", "stream": "user"})).await;
    aiko.posts("二").await;
    ken.posts("三").await;
    assert_eq!(socket.hears_text().await, update("二"));
    assert_eq!(socket.hears_text().await, update("三"));
    for i in 0..49 {
        let tag = format!("tag{i}");
        socket.says(json!({"type": "subscribe", "stream": "hashtag", "tag": tag})).await;
    }
}

#[tokio::test]
async fn wrong_streams_are_refused_in_words_and_the_socket_goes_on() {
    let (_net, _iwate, [aiko, ..]) = scene().await;
    let mut socket = Listener::of(&aiko, "stream=everything").await;
    let refused = socket.hears_anything().await;
    assert_eq!(refused, json!({"error": "Unknown stream type", "status": 404}));
    socket.subscribes("user").await;
    aiko.posts("終わり").await;
    assert_eq!(socket.hears_text().await, update("終わり"));
}

#[tokio::test]
async fn a_token_is_shown_in_a_header_a_protocol_or_the_address() {
    let (_net, iwate, [aiko, ..]) = scene().await;
    let token = aiko.token();
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", authorization.as_str())];
    assert!(Listener::opens(&iwate, "", &headers).await.is_ok());
    assert!(Listener::opens(&iwate, &format!("access_token={token}"), &[]).await.is_ok());
    let headers = [("sec-websocket-protocol", token)];
    let (_, protocol) = Listener::opens(&iwate, "", &headers).await.ok().unwrap();
    assert_eq!(protocol, token, "browsers want it said back");
    assert_eq!(Listener::opens(&iwate, "", &[]).await.err(), Some(401));
    assert_eq!(Listener::opens(&iwate, "access_token=wrong", &[]).await.err(), Some(401));
    let plain = aiko.call(Method::GET, "/api/v1/streaming", None).await;
    assert_eq!(plain.status, 404, "it is no page");
    assert_eq!(iwate.get("/api/v1/streaming/health", "*/*").await.text(), "OK");
    assert_eq!(iwate.get("/api/v1/streaming/public", "*/*").await.status, 401);
}

#[tokio::test]
async fn a_revoked_token_closes_its_streams_and_no_others() {
    let (_net, iwate, [aiko, ken, _]) = scene().await;
    let hers = Listener::of(&aiko, "stream=user").await;
    let mut his = Listener::of(&ken, "stream=user").await;
    let mut tx = iwate.app().db.begin().await.unwrap();
    let hash = tsudoi::ids::hash_secret(aiko.token());
    let me = aiko.account().await.id;
    tsudoi::accounts::actions::tokens::revoke(&mut tx, me, &hash).await.unwrap();
    tx.commit().await.unwrap();
    hers.is_closed().await;
    ken.posts("終わり").await;
    assert_eq!(his.hears_text().await, update("終わり"));
}

#[tokio::test]
async fn what_another_process_committed_is_heard() {
    let (_net, iwate, [aiko, ken, _]) = scene().await;
    let mut home = Listener::of(&aiko, "stream=user").await;
    let other = iwate.second_process().await;
    let (me, target) = (ken.account().await, aiko.account().await);
    let mut tx = other.db.begin().await.unwrap();
    tsudoi::accounts::actions::follow::follow(&other, &mut tx, &me, &target, None).await.unwrap();
    tx.commit().await.unwrap();
    let (_, event, told) = home.hears().await;
    assert_eq!((event.as_str(), &told["type"]), ("notification", &json!("follow")));
}

#[tokio::test]
async fn a_post_from_elsewhere_is_heard_in_its_streams() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);
    aiko.follows(&ken.handle()).await;
    settle(&[&iwate, &akita]).await;
    let mut home = Listener::of(&aiko, "stream=user").await;
    let mut remote = Listener::of(&aiko, "stream=public:remote").await;
    let mut local = Listener::of(&aiko, "stream=public:local").await;
    ken.posts("秋田から").await;
    settle(&[&iwate, &akita]).await;
    aiko.posts("終わり").await;
    assert_eq!(home.hears_text().await, update("秋田から"));
    assert_eq!(remote.hears_text().await, update("秋田から"));
    assert_eq!(local.hears_text().await, update("終わり"));
}

#[tokio::test]
async fn server_sent_events_carry_one_stream() {
    let (_net, iwate, [aiko, ..]) = scene().await;
    let url = iwate.url("/api/v1/streaming/public/local");
    let request = iwate.net().http.get(url).bearer_auth(aiko.token());
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let post = aiko.posts("おはよう").await;
    aiko.deletes(post.uri()).await;
    let mut text = String::new();
    let mut body = answer.bytes_stream();
    while !text.contains("event: delete") || !text.ends_with("\n\n") {
        text.push_str(std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
    }
    assert!(text.starts_with(":thump\n"), "{text}");
    let data: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("data: ")).collect();
    let status: Value = serde_json::from_str(data[0]).unwrap();
    assert_eq!(status["id"], post.id());
    assert_eq!(data[1], post.id());
    let unknown = aiko.call(Method::GET, "/api/v1/streaming/everything", None).await;
    assert_eq!(unknown.status, 404);
    let no_tag = aiko.call(Method::GET, "/api/v1/streaming/hashtag", None).await;
    assert_eq!(no_tag.status, 400);
}

/// A new list of `who`, with `other` on it.
async fn list(who: &Member, other: &Member) -> String {
    let made = who.does("/api/v1/lists", json!({"title": "友達", "exclusive": true})).await;
    let id = made["id"].as_str().unwrap().to_owned();
    let on = json!({"account_ids": [who.id_of(other).await]});
    who.does(&format!("/api/v1/lists/{id}/accounts"), on).await;
    id
}

#[tokio::test]
async fn a_list_is_heard_by_its_member_with_boosts_edits_and_deletions() {
    let (_net, iwate, [aiko, ken, mio]) = scene().await;
    let rei = iwate.member("rei").await;
    for other in [&ken, &mio] {
        aiko.follows(&other.handle()).await;
    }
    let friends = list(&aiko, &ken).await;
    let mut heard = Listener::of(&aiko, &format!("stream=list&list={friends}")).await;
    let mut home = Listener::of(&aiko, "stream=user").await;
    rei.follows(&mio.handle()).await;
    let of_mio = list(&rei, &mio).await;
    let mut stranger = Listener::of(&rei, &format!("stream=list&list={of_mio}")).await;
    mio.posts("リストの外").await;
    let post = ken.posts_to("followers", "おはよう").await;
    let (stream, event, status) = heard.hears().await;
    assert_eq!((stream, event.as_str()), (vec!["list".into(), friends.clone()], "update"));
    assert_eq!(status["id"], post.id());
    ken.edits(post.uri(), "おはようございます").await;
    let edited = ("status.update".to_owned(), "おはようございます".to_owned());
    assert_eq!(heard.hears_text().await, edited);
    let of_rei = rei.posts("みなさんへ").await;
    ken.boosts(of_rei.uri()).await;
    let (_, event, boost) = heard.hears().await;
    assert_eq!((event.as_str(), &boost["reblog"]["id"]), ("update", &json!(of_rei.id())));
    ken.deletes(post.uri()).await;
    let (stream, event, id) = heard.hears().await;
    assert_eq!((stream, event.as_str()), (vec!["list".into(), friends], "delete"));
    assert_eq!(id.to_string(), post.id());
    assert_eq!(home.hears_text().await, update("リストの外"));
    let (_, event, id) = home.hears().await;
    assert_eq!(
        (event.as_str(), id.to_string().as_str()),
        ("delete", post.id()),
        "and nothing before"
    );
    mio.posts("終わり").await;
    assert_eq!(stranger.hears_text().await, update("リストの外"));
    assert_eq!(stranger.hears_text().await, update("終わり"), "rei could not read what is gone");
}

/// Reading is asked when it is said: an entry of a list may be older than the end of the follow.
#[tokio::test]
async fn a_list_opens_nothing_that_may_not_be_read() {
    let (_net, iwate, [aiko, ken, mio]) = scene().await;
    aiko.follows(&ken.handle()).await;
    let friends = list(&aiko, &ken).await;
    let mut heard = Listener::of(&aiko, &format!("stream=list&list={friends}")).await;
    aiko.unfollows(&ken.handle()).await;
    let post = ken.posts_to("followers", "仲間へ").await;
    let author = ken.account().await.id;
    let mut tx = iwate.app().db.begin().await.unwrap();
    let number: i64 = friends.parse().unwrap();
    tsudoi::feeds::home::back_fill_list(&mut tx, number, author).await.unwrap();
    let told = [tsudoi::feeds::live::Told::Edited(post.id().parse().unwrap())];
    tsudoi::feeds::live::tell(iwate.app(), &mut tx, &told).await.unwrap();
    tx.commit().await.unwrap();
    heard.subscribes("public").await;
    mio.posts("終わり").await;
    assert_eq!(heard.hears_text().await, update("終わり"));
}

#[tokio::test]
async fn somebody_elses_list_is_refused_like_one_that_is_not_there() {
    let (_net, _iwate, [aiko, ken, mio]) = scene().await;
    aiko.follows(&ken.handle()).await;
    mio.follows(&ken.handle()).await;
    let (hers, others) = (list(&aiko, &ken).await, list(&mio, &ken).await);
    let path = |id: &str| format!("/api/v1/streaming/list?list={id}");
    let mut socket = Listener::of(&aiko, "").await;
    for id in [others.as_str(), "5", "friends"] {
        let answer = aiko.call(Method::GET, &path(id), None).await;
        assert_eq!(answer.status, 404);
        let unknown = aiko.call(Method::GET, "/api/v1/streaming/everything", None).await;
        assert_eq!(answer.json(), unknown.json());
        let refused = json!({"error": "Unknown stream type", "status": 404});
        let mut first = Listener::of(&aiko, &format!("stream=list&list={id}")).await;
        assert_eq!(first.hears_anything().await, refused);
        let order = json!({"type": "subscribe", "stream": "list", "list": id});
        socket.sends(order).await;
        assert_eq!(socket.hears_anything().await, refused);
    }
    assert_eq!(aiko.call(Method::GET, "/api/v1/streaming/list", None).await.status, 400);
    let told = aiko.allowing("read:notifications").await;
    assert_eq!(told.call(Method::GET, &path(&hers), None).await.status, 403);
    socket.says(json!({"type": "subscribe", "stream": "list", "list": hers})).await;
    ken.posts("おはよう").await;
    assert_eq!(socket.hears().await.0, ["list".to_owned(), hers]);
}

#[tokio::test]
async fn a_direct_post_is_heard_as_its_conversation_by_its_people_alone() {
    let (net, iwate, [aiko, ken, mio]) = scene().await;
    let akita = net.node("akita").await;
    let rei = akita.member("rei").await;
    settle(&[&iwate, &akita]).await;
    let mut hers = Listener::of(&aiko, "stream=direct").await;
    let mut his = Listener::of(&ken, "stream=direct").await;
    let mut home = Listener::of(&ken, "stream=user").await;
    let mut other = Listener::of(&mio, "stream=direct").await;
    other.subscribes("public").await;

    let first = aiko.posts_to("direct", "@ken 内緒").await;
    let (stream, event, told) = his.hears().await;
    assert_eq!((stream, event.as_str()), (vec!["direct".to_owned()], "conversation"));
    assert_eq!(told["unread"], true);
    assert_eq!(told["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(told["accounts"][0]["username"], "aiko");
    assert_eq!(told["last_status"]["id"], first.id());
    assert!(told["last_status"].get("bookmarked").is_none(), "it depends on the reader");
    let (_, _, own) = hers.hears().await;
    assert_eq!((&own["id"], &own["unread"]), (&told["id"], &json!(false)));
    assert_eq!(own["accounts"][0]["username"], "ken");

    ken.replies_to(first.uri(), "@aiko 了解").await;
    let (_, _, answered) = hers.hears().await;
    assert_eq!((&answered["id"], &answered["unread"]), (&told["id"], &json!(true)));
    assert_eq!(his.hears().await.2["unread"], false);
    rei.posts_to("direct", &format!("@{} 秋田から", aiko.handle())).await;
    settle(&[&iwate, &akita]).await;
    assert_eq!(hers.hears().await.2["accounts"][0]["acct"], rei.handle());

    aiko.posts("終わり").await;
    assert_eq!(other.hears_text().await, update("終わり"));
    ken.posts("以上").await;
    let mut events = Vec::new();
    loop {
        let (_, event, payload) = home.hears().await;
        if payload["content"] == "<p>以上</p>" {
            break;
        }
        events.push(event);
    }
    events.sort();
    assert_eq!(events, ["notification", "update", "update"], "conversations are for their stream");
}

#[tokio::test]
async fn a_conversation_opens_nothing_that_may_not_be_read() {
    let (_net, iwate, [aiko, ken, mio]) = scene().await;
    mio.follows(&aiko.handle()).await;
    let mut follower = Listener::of(&mio, "stream=direct").await;
    let mut stranger = Listener::of(&ken, "stream=direct").await;
    let quoted = aiko.posts_to("followers", "仲間へ").await;
    let said = json!({"status": "@ken @mio これ", "visibility": "direct", "quoted_status_id": quoted.id()});
    let post = aiko.says(said).await;
    let of = |told: &Value| told["last_status"]["quote"]["quoted_status"]["id"].clone();
    assert_eq!(of(&follower.hears().await.2), quoted.id());
    assert_eq!(of(&stranger.hears().await.2), Value::Null, "ken may not read what is quoted");

    aiko.blocks(&ken.handle()).await;
    let mut tx = iwate.app().db.begin().await.unwrap();
    let told = [tsudoi::feeds::live::Told::Posted(post.id().parse().unwrap())];
    tsudoi::feeds::live::tell(iwate.app(), &mut tx, &told).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(follower.hears().await.1, "conversation");
    stranger.subscribes("public").await;
    mio.posts("終わり").await;
    assert_eq!(stranger.hears_text().await, update("終わり"), "whom aiko blocks reads it no more");
}

/// Nothing is lost in silence: whoever does not keep up is closed, and comes back.
#[tokio::test]
async fn a_reader_who_takes_nothing_is_closed() {
    let (_net, iwate, [aiko, ..]) = scene().await;
    let idle = Listener::of(&aiko, "stream=user").await;
    let mut tx = iwate.app().db.begin().await.unwrap();
    let filters = tsudoi::feeds::live::Told::Filters(aiko.account().await.id);
    // More at once than may wait for a reader.
    tsudoi::feeds::live::tell(iwate.app(), &mut tx, &vec![filters; 20_000]).await.unwrap();
    tx.commit().await.unwrap();
    idle.is_closed().await;
}

/// What a token may not read it may not hear either.
#[tokio::test]
async fn a_token_hears_what_its_scopes_let_it_read() {
    let (_net, _iwate, [aiko, ken, _]) = scene().await;
    let statuses = aiko.allowing("read:statuses").await;
    let mut home = Listener::of(&statuses, "stream=user").await;
    ken.posts("@aiko おはよう").await;
    aiko.posts("以上").await;
    assert_eq!(home.hears_text().await, update("以上"), "and no notification before it");

    let of = |stream: &str| format!("/api/v1/streaming/{stream}");
    let asked = statuses.call(Method::GET, &of("user/notification"), None).await;
    assert_eq!(asked.status, 403);
    let told = aiko.allowing("read:notifications").await;
    assert_eq!(told.call(Method::GET, &of("user"), None).await.status, 403);
}

#[tokio::test]
async fn nobody_of_a_host_that_a_member_blocked_is_heard() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, mio) = (iwate.member("aiko").await, iwate.member("mio").await);
    let ken = akita.member("ken").await;
    mio.follows(&ken.handle()).await;
    settle(&[&iwate, &akita]).await;
    let block = json!({"domain": akita.host()});
    aiko.call(Method::POST, "/api/v1/domain_blocks", Some(block)).await.succeeded();
    let mut public = Listener::of(&aiko, "stream=public").await;
    ken.posts("秋田から").await;
    settle(&[&iwate, &akita]).await;
    mio.posts("岩手から").await;
    assert_eq!(public.hears_text().await, update("岩手から"));
}
