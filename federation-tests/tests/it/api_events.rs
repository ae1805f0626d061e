//! The client API: events, as programs that know them make, find and attend them, and as others read them.
use federation_tests::{
    Answer, Listener, Member, Network, Node, Shown,
    chapters::{chapters, talk},
};
use reqwest::Method;
use serde_json::{Value, json};
use tsudoi::clock::{DAY, HOUR};

const EVENTS: &str = "/api/tsudoi/v1/events";

async fn a_node() -> (Node, Member, Member) {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    (iwate, aiko, ken)
}

fn study_group() -> Value {
    json!({
        "name": "勉強会", "starts_at": "2026-12-12T18:30", "ends_at": "2026-12-12T20:30", "timezone": "Asia/Tokyo",
        "place": "公民館", "address": "見本町1-1", "capacity": 2, "text": "空き店舗について",
    })
}

/// With other fields than [`study_group`].
fn but(fields: &Value) -> Value {
    let mut event = study_group();
    event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    event
}

async fn plans(member: &Member, event: Value) -> Shown {
    Shown(member.does(EVENTS, event).await)
}

fn at(event: &Shown, rest: &str) -> String {
    format!("{EVENTS}/{}{rest}", event.id())
}

/// Where the reader stands.
fn rsvp(event: &Value) -> &Value {
    &event["tsudoi"]["event"]["rsvp"]
}

async fn joins(member: &Member, event: &Shown) -> String {
    let event = member.does(&at(event, "/join"), json!({})).await;
    rsvp(&event).as_str().unwrap().to_owned()
}

/// The status and the words of a refusal, in English.
async fn refused(member: &Member, method: Method, path: &str, body: Value) -> (u16, String) {
    let request = member.node.net().http.request(method, member.node.url(path));
    let request = request.bearer_auth(member.token()).header("accept-language", "en").json(&body);
    let answer = Answer::of(request.send().await.unwrap()).await;
    (answer.status, answer.json()["error"].as_str().unwrap_or_default().to_owned())
}

fn names(list: &Value) -> Vec<&str> {
    let each = list.as_array().unwrap().iter();
    each.map(|status| status["tsudoi"]["event"]["name"].as_str().unwrap()).collect()
}

/// The address of the next page, without the node's own.
fn next(answer: &Answer) -> Option<String> {
    let link = answer.header("link");
    assert!(link.is_empty() || link.ends_with(r#"; rel="next""#), "{link}");
    let address = link.strip_prefix('<')?.split_once('>')?.0;
    Some(format!("/{}", address.split_once("://")?.1.split_once('/')?.1))
}

#[tokio::test]
async fn a_program_that_knows_no_events_shows_when_and_where() {
    let (_iwate, aiko, ken) = a_node().await;
    ken.follows(&aiko.handle()).await;
    let with_link = json!({"name": "<勉強会>", "online_url": "https://meet.example/?a=1&b=2"});
    let event = plans(&aiko, but(&with_link)).await;
    let [read] = ken.timeline().await.try_into().unwrap();
    assert_eq!(
        read.html(),
        "<p><strong>&lt;勉強会&gt;</strong></p><p>🗓 2026年12月12日(土) 18:30–20:30<br>📍 公民館 見本町1-1<br>\
         🔗 <a href=\"https://meet.example/?a=1&amp;b=2\" rel=\"nofollow noopener noreferrer\">\
         https://meet.example/?a=1&amp;b=2</a><br>定員2名</p><p>空き店舗について</p>"
    );
    let card = &read.0["card"];
    assert_eq!((card["type"].as_str(), &card["url"]), (Some("link"), &event.0["url"]));
    assert_eq!(card["title"], "<勉強会>");
    assert_eq!(
        card["description"],
        "2026年12月12日(土) 18:30–20:30 · 公民館 見本町1-1 · 定員2名 · 参加0名"
    );
    assert_eq!(card["authors"][0]["account"]["username"], "aiko");
    assert_eq!(card["image"], Value::Null);
    assert_eq!(read.0["tsudoi"]["event"]["starts_at"], "2026-12-12T09:30:00.000Z");
    assert_eq!(read.0["tsudoi"]["event"]["join_url"], Value::Null);

    let english = plans(&aiko, but(&json!({"language": "en"}))).await;
    assert_eq!(
        english.0["card"]["description"],
        "Sat 12 Dec 2026, 18:30–20:30 · 公民館 見本町1-1 · 2 places · 0 attending"
    );
    let plain = aiko.posts("ふつうの投稿").await;
    assert_eq!(plain.0["card"], Value::Null);
    assert!(plain.0.get("tsudoi").is_none());
}

#[tokio::test]
async fn the_card_shows_the_first_picture_unless_it_is_to_be_covered() {
    let (_iwate, aiko, _) = a_node().await;
    let media = aiko.uploads("/api/v2/media", "青い空").await.succeeded().json();
    let event = plans(&aiko, but(&json!({"media_ids": [media["id"]]}))).await;
    let card = &event.0["card"];
    assert_eq!(card["image"], media["preview_url"]);
    assert_eq!(
        (&card["image_description"], &card["blurhash"]),
        (&json!("青い空"), &media["blurhash"])
    );
    assert_eq!((&card["width"], &card["height"]), (&json!(64), &json!(48)));
    let path = format!("/api/v1/statuses/{}", event.id());
    let covered = aiko.sends(Method::PUT, &path, json!({"sensitive": true})).await.json();
    assert_eq!(covered["card"]["image"], Value::Null);
    assert_eq!(covered["media_attachments"][0]["id"], media["id"]);
}

#[tokio::test]
async fn a_program_that_edits_the_text_leaves_the_event_as_it_is() {
    let (_iwate, aiko, _) = a_node().await;
    let event = plans(&aiko, study_group()).await;
    let path = format!("/api/v1/statuses/{}", event.id());
    assert_eq!(aiko.gets(&format!("{path}/source")).await["text"], "空き店舗について");
    let edited = aiko.sends(Method::PUT, &path, json!({"status": "変わりました"})).await;
    let edited = Shown(edited.succeeded().json());
    assert!(edited.html().contains("<strong>勉強会</strong>"), "{}", edited.html());
    assert!(edited.html().ends_with("<p>変わりました</p>"), "{}", edited.html());
    assert_eq!(edited.0["tsudoi"], event.0["tsudoi"]);
}

#[tokio::test]
async fn the_soonest_come_first_page_by_page_and_what_is_over_the_latest_first() {
    let (iwate, aiko, ken) = a_node().await;
    for (name, starts_at) in [
        ("三", "2026-12-03T10:00:00Z"),
        ("一", "2026-12-01T10:00:00Z"),
        ("二", "2026-12-02T10:00:00+00:00"),
        ("二の二", "2026-12-02T10:00:00Z"),
    ] {
        plans(&aiko, but(&json!({"name": name, "starts_at": starts_at, "ends_at": ""}))).await;
    }
    let mut found = Vec::new();
    let mut path = Some(format!("{EVENTS}?limit=2"));
    while let Some(here) = path {
        let answer = ken.call(Method::GET, &here, None).await.succeeded();
        found.extend(names(&answer.json()).into_iter().map(str::to_owned));
        path = next(&answer);
        assert!(found.len() <= 4, "{found:?}");
    }
    assert_eq!(found, ["一", "二", "二の二", "三"]);
    assert_eq!(ken.gets(&format!("{EVENTS}?past=true")).await, json!([]));

    // On the second of December, at noon: what has no end goes on for six hours.
    iwate.net().advance(10 * DAY + 2 * HOUR);
    assert_eq!(names(&ken.gets(EVENTS).await), ["二", "二の二", "三"]);
    iwate.net().advance(5 * HOUR);
    assert_eq!(names(&ken.gets(EVENTS).await), ["三"]);
    let past = ken.call(Method::GET, &format!("{EVENTS}?past=true&limit=1"), None).await;
    assert_eq!(names(&past.json()), ["二の二"]);
    let rest = ken.gets(&next(&past).unwrap().replace("limit=1", "limit=40")).await;
    assert_eq!(names(&rest), ["二", "一"]);
    assert_eq!(ken.call(Method::GET, &format!("{EVENTS}?after=x"), None).await.status, 400);
}

#[tokio::test]
async fn everybody_finds_what_they_may_read_and_want_to() {
    let (iwate, aiko, ken) = a_node().await;
    let mio = iwate.member("mio").await;
    ken.follows(&aiko.handle()).await;
    for audience in ["public", "unlisted", "private", "direct", "chapter"] {
        plans(&aiko, but(&json!({"name": audience, "visibility": audience}))).await;
    }
    assert_eq!(names(&ken.gets(EVENTS).await), ["public", "private", "chapter"]);
    assert_eq!(names(&mio.gets(EVENTS).await), ["public", "chapter"]);
    let own = aiko.gets(EVENTS).await;
    assert_eq!(names(&own), ["public", "unlisted", "private", "direct", "chapter"]);
    let visited = iwate.get(EVENTS, "application/json").await.succeeded().json();
    assert_eq!(names(&visited), ["public"]);
    assert_eq!(rsvp(&visited[0]), &Value::Null);
    let chapter = format!("{EVENTS}/{}", own[4]["id"].as_str().unwrap());
    assert_eq!(iwate.get(&chapter, "application/json").await.status, 404);
    assert_eq!(mio.gets(&chapter).await["visibility"], "private");
    assert_eq!(mio.gets(&chapter).await["audience"], "chapter");
    let id = ken.id_of(&aiko).await;
    ken.does(&format!("/api/v1/accounts/{id}/mute"), json!({})).await;
    assert_eq!(ken.gets(EVENTS).await, json!([]));
    let text = aiko.posts("会議ではない").await;
    assert_eq!(mio.call(Method::GET, &at(&text, ""), None).await.status, 404, "no event");
}

#[tokio::test]
async fn what_cannot_be_an_event_is_refused_in_words() {
    let (_iwate, aiko, _) = a_node().await;
    for (wrong, words) in [
        (json!({"name": " "}), "Give the event a name."),
        (json!({"name": "長".repeat(201)}), "Too long: at most 200 characters."),
        (json!({"starts_at": "来週"}), "Write the start as 2026-06-12T18:30."),
        (
            json!({"ends_at": "2026-12-12T18:00"}),
            "The end must be after the start, and within a year of it.",
        ),
        (json!({"timezone": "Asia/Nowhere"}), "Write the time zone as Asia/Tokyo."),
        (json!({"online_url": "meet.example"}), "Write the web address from https:// on."),
        (json!({"capacity": -1}), "The number of places is 1 to 100000, or nothing."),
        (json!({"status": "perhaps"}), "Choose one of what is offered."),
        (json!({"join_mode": "external"}), "Give the web address where one applies."),
        (
            json!({"text": "長".repeat(3_001)}),
            "A post has at most 3000 characters. Please shorten it, or write several.",
        ),
    ] {
        let said = refused(&aiko, Method::POST, EVENTS, but(&wrong.clone())).await;
        assert_eq!(said, (422, words.to_owned()), "{wrong}");
    }
    for malformed in [json!({"capacity": "many"}), json!({"visibility": "secret"})] {
        let (status, words) = refused(&aiko, Method::POST, EVENTS, but(&malformed)).await;
        assert_eq!(status, 400, "{words}");
    }
    assert_eq!(aiko.gets(EVENTS).await, json!([]), "nothing was made");
}

#[tokio::test]
async fn a_repeated_call_makes_one_event() {
    let (iwate, aiko, ken) = a_node().await;
    let post = async || {
        let request = iwate.net().http.post(iwate.url(EVENTS)).bearer_auth(aiko.token());
        let request = request.header("idempotency-key", "benkyokai-21").json(&study_group());
        Answer::of(request.send().await.unwrap()).await.succeeded().json()
    };
    let (first, second) = (post().await, post().await);
    assert_eq!(first["id"], second["id"]);
    assert_eq!(ken.gets(EVENTS).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_organiser_changes_what_is_named_and_guests_are_told() {
    let (_iwate, aiko, ken) = a_node().await;
    let event = plans(&aiko, but(&json!({"starts_at": "2026-12-12T18:30:15.250+09:00"}))).await;
    joins(&ken, &event).await;
    let change = async |fields: Value| {
        aiko.sends(Method::PUT, &at(&event, ""), fields).await.succeeded().json()
    };
    let told = async || ken.gets("/api/v1/notifications?types[]=update").await;
    let said = change(json!({"name": "勉強会（第二部）", "capacity": 0})).await;
    let now = &said["tsudoi"]["event"];
    assert_eq!((&now["name"], &now["capacity"]), (&json!("勉強会（第二部）"), &Value::Null));
    assert_eq!(now["starts_at"], "2026-12-12T09:30:15.250Z", "what is not named does not move");
    assert_eq!((&now["place"], &now["attending"]), (&json!("公民館"), &json!(1)));
    assert!(Shown(said.clone()).html().ends_with("<p>空き店舗について</p>"));
    assert_eq!(told().await, json!([]), "guests need not know");

    change(json!({"place": "図書館", "ends_at": ""})).await;
    let [update] = <[Value; 1]>::try_from(told().await.as_array().unwrap().clone()).unwrap();
    assert_eq!(
        (&update["type"], &update["account"]["username"]),
        (&json!("update"), &json!("aiko"))
    );
    assert_eq!(update["status"]["tsudoi"]["event"]["place"], "図書館");
    assert_eq!(update["status"]["tsudoi"]["event"]["ends_at"], Value::Null);
    let off = change(json!({"status": "cancelled"})).await;
    assert_eq!(off["card"]["title"], "【中止】勉強会（第二部）");
    assert!(
        Shown(off.clone()).html().starts_with("<p><strong>【中止】勉強会（第二部）</strong></p>")
    );
    assert_eq!(off["tsudoi"]["event"]["name"], "勉強会（第二部）");

    let theirs = ken.call(Method::PUT, &at(&event, ""), Some(json!({"name": "乗っ取り"}))).await;
    assert_eq!(theirs.status, 404);
    let (status, words) =
        refused(&aiko, Method::PUT, &at(&event, ""), json!({"ends_at": "2026-12-01T10:00Z"})).await;
    assert_eq!(
        (status, words.as_str()),
        (422, "The end must be after the start, and within a year of it.")
    );
    let text = aiko.posts("会議ではない").await;
    let no_event = aiko.call(Method::PUT, &at(&text, ""), Some(json!({"name": "会議"}))).await;
    assert_eq!(no_event.status, 404);
}

#[tokio::test]
async fn places_are_taken_waited_for_and_given_back_and_the_organiser_alone_sees_who_comes() {
    let (iwate, aiko, ken) = a_node().await;
    let mio = iwate.member("mio").await;
    let event = plans(&aiko, but(&json!({"capacity": 1}))).await;
    let asked = ken.does(&at(&event, "/join"), json!({"message": " 車で行きます "})).await;
    assert_eq!(
        (rsvp(&asked), &asked["tsudoi"]["event"]["attending"]),
        (&json!("confirmed"), &json!(1))
    );
    assert_eq!(joins(&ken, &event).await, "confirmed", "once");
    assert_eq!(joins(&mio, &event).await, "waitlisted");

    let guests = at(&event, "/guests");
    let listed = aiko.gets(&guests).await;
    let said = |n: usize| {
        let guest = &listed[n];
        (guest["account"]["username"].clone(), guest["state"].clone(), guest["message"].clone())
    };
    assert_eq!(said(0), (json!("ken"), json!("confirmed"), json!("車で行きます")));
    assert_eq!(said(1), (json!("mio"), json!("waitlisted"), json!("")));
    assert!(listed[0]["asked_at"].as_str().unwrap() < listed[1]["asked_at"].as_str().unwrap());
    assert_eq!(ken.call(Method::GET, &guests, None).await.status, 404);
    let first = aiko.call(Method::GET, &format!("{guests}?limit=1"), None).await;
    let second = aiko.call(Method::GET, &next(&first).unwrap(), None).await;
    assert_eq!(second.json()[0]["account"]["username"], "mio");
    assert_eq!(next(&aiko.call(Method::GET, &next(&second).unwrap(), None).await), None);

    let left = ken.does(&at(&event, "/leave"), json!({})).await;
    assert_eq!(
        (rsvp(&left), &left["tsudoi"]["event"]["attending"]),
        (&json!("cancelled"), &json!(1))
    );
    ken.does(&at(&event, "/leave"), json!({})).await;
    assert_eq!(rsvp(&mio.gets(&at(&event, "")).await), "confirmed", "who waited has the place");
    assert_eq!(mio.notifications().await, ["update aiko"]);
    assert_eq!(rsvp(&aiko.gets(&at(&event, "")).await), &Value::Null, "each reads their own");
    assert_eq!(aiko.gets(&guests).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn who_cannot_come_is_told_why() {
    let (iwate, aiko, ken) = a_node().await;
    let closed = "This event takes no applications here (it is over, cancelled, or has another way to apply).";
    let asks = async |event: &Shown, message: &str| {
        refused(&ken, Method::POST, &at(event, "/join"), json!({"message": message})).await
    };
    let cancelled = plans(&aiko, but(&json!({"status": "cancelled"}))).await;
    assert_eq!(asks(&cancelled, "").await, (422, closed.to_owned()));
    let elsewhere =
        but(&json!({"join_mode": "external", "join_url": "https://tickets.example/21"}));
    let elsewhere = plans(&aiko, elsewhere).await;
    assert_eq!(elsewhere.0["tsudoi"]["event"]["join_url"], "https://tickets.example/21");
    assert_eq!(asks(&elsewhere, "").await, (422, closed.to_owned()));
    let secret = plans(&aiko, but(&json!({"visibility": "direct"}))).await;
    assert_eq!(asks(&secret, "").await.0, 404);
    assert_eq!(asks(&aiko.posts("会議ではない").await, "").await.0, 404);

    let event = plans(&aiko, study_group()).await;
    let long = "長".repeat(501);
    assert_eq!(
        asks(&event, &long).await,
        (422, "At most 500 characters to the organiser.".to_owned())
    );
    let own = refused(&aiko, Method::POST, &at(&event, "/join"), json!({})).await;
    assert_eq!(own, (403, "You cannot apply for this event.".to_owned()));
    iwate.net().advance(21 * DAY);
    assert_eq!(asks(&event, "").await, (422, closed.to_owned()), "it is over");
}

#[tokio::test]
async fn each_call_needs_its_scope_and_only_reading_is_for_visitors() {
    let (iwate, aiko, ken) = a_node().await;
    let event = plans(&aiko, study_group()).await;
    let reader = ken.allowing("read:statuses write:favourites").await;
    reader.gets(EVENTS).await;
    reader.gets(&at(&event, "")).await;
    for path in [EVENTS.to_owned(), at(&event, "/join"), at(&event, "/leave")] {
        assert_eq!(reader.call(Method::POST, &path, Some(json!({}))).await.status, 403, "{path}");
        let visitor = iwate.net().http.post(iwate.url(&path)).json(&json!({})).send().await;
        assert_eq!(visitor.unwrap().status(), 401, "{path}");
    }
    let writer = aiko.allowing("write:statuses").await;
    assert_eq!(writer.call(Method::GET, &at(&event, "/guests"), None).await.status, 403);
    assert_eq!(iwate.get(&at(&event, "/guests"), "application/json").await.status, 401);
    assert_eq!(iwate.get(&at(&event, ""), "application/json").await.status, 200);
    assert_eq!(iwate.get("/api/tsudoi/v1/secrets", "application/json").await.status, 404);
}

/// What our node says of a type that Mastodon does not have could stop a program that does not know it.
#[tokio::test]
async fn who_asks_to_attend_is_told_to_programs_that_ask_for_it_alone() {
    let (_iwate, aiko, ken) = a_node().await;
    let mut stream = Listener::of(&aiko, "stream=user:notification").await;
    let event = plans(&aiko, study_group()).await;
    joins(&ken, &event).await;
    ken.likes(event.uri()).await;

    let (_, _, heard) = stream.hears().await;
    assert_eq!(heard["type"], "favourite", "nothing was heard before it");
    assert_eq!(aiko.notifications().await, ["favourite ken"]);
    let in_groups = "/api/v2/notifications";
    let groups = aiko.gets(in_groups).await;
    assert_eq!(groups["notification_groups"].as_array().unwrap().len(), 1);
    let asked = aiko.gets(&format!("{in_groups}?types[]=tsudoi:join")).await;
    let [group] = asked["notification_groups"].as_array().unwrap().as_slice() else { panic!() };
    assert_eq!((&group["type"], &group["status_id"]), (&json!("tsudoi:join"), &event.0["id"]));
    assert_eq!(asked["accounts"][0]["username"], "ken");
    let key = group["group_key"].as_str().unwrap();
    assert_eq!(aiko.gets(&format!("{in_groups}/{key}")).await["statuses"][0]["id"], event.0["id"]);
    let one_by_one = aiko.gets("/api/v1/notifications?types[]=tsudoi:join").await;
    assert_eq!(one_by_one[0]["status"]["id"], event.0["id"]);
    let count = async |path: &str| aiko.gets(path).await["count"].clone();
    assert_eq!(count("/api/v1/notifications/unread_count").await, 1);
    assert_eq!(count("/api/v1/notifications/unread_count?types[]=tsudoi:join").await, 1);
}

#[tokio::test]
async fn a_stream_says_nobodys_own_answer_to_others() {
    let (_iwate, aiko, ken) = a_node().await;
    let mut public = Listener::of(&ken, "stream=public").await;
    let event = plans(&aiko, study_group()).await;
    let (_, _, heard) = public.hears().await;
    let extension = &heard["tsudoi"]["event"];
    assert_eq!(extension["name"], "勉強会");
    assert!(extension.get("rsvp").is_none(), "{extension:#}");
    joins(&ken, &event).await;
    aiko.sends(Method::PUT, &at(&event, ""), json!({"place": "図書館"})).await.succeeded();
    let (_, name, heard) = public.hears().await;
    assert_eq!(name, "status.update");
    assert_eq!(heard["tsudoi"]["event"]["place"], "図書館");
    assert!(heard["tsudoi"]["event"].get("rsvp").is_none());
}

#[tokio::test]
async fn an_event_of_the_network_is_attended_from_another_node_and_one_of_a_chapter_stays_at_home()
{
    let net = Network::new();
    let [aomori, iwate] = chapters(&net, 2).await.try_into().unwrap_or_else(|_| panic!());
    let (aiko, ken) = (aomori.member("aiko").await, iwate.member("ken").await);
    let chapter =
        but(&json!({"name": "青森だけの集まり", "visibility": "chapter", "text": "青森の話"}));
    plans(&aiko, chapter).await;
    net.keeps_secret("青森だけの集まり", &[&aomori]);
    plans(&aiko, but(&json!({"visibility": "network"}))).await;
    talk(&[&aomori, &iwate]).await;

    let listed = ken.gets(EVENTS).await;
    assert_eq!(names(&listed), ["勉強会"]);
    let event = Shown(listed[0].clone());
    assert_eq!(
        (&event.0["visibility"], &event.0["audience"]),
        (&json!("private"), &json!("network"))
    );
    assert!(
        event
            .html()
            .starts_with("<p><strong>勉強会</strong></p><p>🗓 2026年12月12日(土) 18:30–20:30")
    );
    assert_eq!(event.0["card"]["url"], event.0["url"]);
    assert!(event.0["card"]["provider_name"].as_str().unwrap().starts_with("aomori."));
    let visited = iwate.get(EVENTS, "application/json").await.json();
    assert_eq!(visited, json!([]));

    assert_eq!(joins(&ken, &event).await, "queued");
    talk(&[&iwate, &aomori]).await;
    assert_eq!(rsvp(&ken.gets(&at(&event, "")).await), "confirmed");
    assert_eq!(ken.notifications().await, ["update aiko"]);
    let here = aiko.gets(EVENTS).await;
    let here = Shown(
        here.as_array().unwrap().iter().find(|e| e["audience"] == "network").unwrap().clone(),
    );
    let guests = aiko.gets(&at(&here, "/guests")).await;
    assert_eq!(
        (&guests[0]["account"]["acct"], &guests[0]["state"]),
        (&json!(ken.handle()), &json!("confirmed"))
    );
    let left = ken.does(&at(&event, "/leave"), json!({})).await;
    assert_eq!(rsvp(&left), "cancelled");
    talk(&[&iwate, &aomori]).await;
    assert_eq!(aiko.gets(&at(&here, "/guests")).await, json!([]));
}
