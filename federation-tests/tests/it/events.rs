//! Events between nodes: when and where is known everywhere, and a place is given by the organiser's node alone.
use federation_tests::{
    Member, Network, Node, Received, Stranger,
    actor::{Actor, PUBLIC},
    chapters::{chapters, talk},
    settle,
};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tsudoi::{
    clock::{DAY, HOUR, MINUTE},
    error::Error,
    events::types::{JoinMode, RsvpState, Status},
    posts::actions::attend,
};

/// Two nodes that have no network; ken of akita follows aiko of iwate.
async fn neighbours(net: &Network) -> (Node, Node, Member, Member) {
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);
    ken.follows(&aiko.handle()).await;
    settle(&[&iwate, &akita]).await;
    (iwate, akita, aiko, ken)
}

#[tokio::test]
async fn a_place_at_another_nodes_event_is_given_by_that_node() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = neighbours(&net).await;
    let event = aiko.hosts("public", json!({"place": "公民館", "capacity": "20"})).await;
    settle(&[&iwate, &akita]).await;

    let seen = ken.reads_event(&event).await.unwrap().event;
    assert_eq!((seen.place.as_str(), seen.capacity, seen.attending), ("公民館", Some(20), 0));
    assert_eq!(seen.starts_at, aiko.reads_event(&event).await.unwrap().event.starts_at);
    assert_eq!(ken.joins(&event).await.unwrap(), RsvpState::Queued);
    assert_eq!(ken.joins(&event).await.unwrap(), RsvpState::Queued, "asking twice is asking once");
    assert_eq!(ken.stands(&event).await, Some(RsvpState::Queued), "nothing has been delivered yet");
    settle(&[&iwate, &akita]).await;

    assert_eq!(ken.stands(&event).await, Some(RsvpState::Confirmed));
    assert_eq!(ken.notifications().await, ["update aiko"]);
    let told = aiko.gets("/api/v1/notifications?types[]=tsudoi:join").await;
    assert_eq!(told[0]["account"]["username"], "ken", "{told}");
    assert_eq!(aiko.reads_event(&event).await.unwrap().event.attending, 1);
    assert_eq!(ken.reads_event(&event).await.unwrap().event.attending, 0, "counts are gathered");
    net.advance(6 * MINUTE);
    assert_eq!(iwate.count_polls().await, 1);
    settle(&[&iwate, &akita]).await;
    assert_eq!(ken.reads_event(&event).await.unwrap().event.attending, 1);
    assert_eq!(iwate.count_polls().await, 0, "said once");
}

#[tokio::test]
async fn whoever_waits_longest_gets_the_place_that_becomes_free() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = neighbours(&net).await;
    let (jun, mio) = (iwate.member("jun").await, akita.member("mio").await);
    let event = aiko.hosts("public", json!({"capacity": "1"})).await;
    settle(&[&iwate, &akita]).await;

    assert_eq!(jun.joins(&event).await.unwrap(), RsvpState::Confirmed);
    ken.joins(&event).await.unwrap();
    settle(&[&iwate, &akita]).await;
    mio.joins(&event).await.unwrap();
    settle(&[&iwate, &akita]).await;
    assert_eq!(ken.stands(&event).await, Some(RsvpState::Waitlisted));
    assert_eq!(mio.stands(&event).await, Some(RsvpState::Waitlisted));

    jun.gives_up(&event).await;
    settle(&[&iwate, &akita]).await;
    assert_eq!(ken.stands(&event).await, Some(RsvpState::Confirmed));
    assert_eq!(mio.stands(&event).await, Some(RsvpState::Waitlisted));
    assert_eq!(jun.joins(&event).await.unwrap(), RsvpState::Waitlisted, "behind mio now");

    ken.gives_up(&event).await;
    settle(&[&iwate, &akita]).await;
    assert_eq!(ken.stands(&event).await, Some(RsvpState::Cancelled));
    assert_eq!(mio.stands(&event).await, Some(RsvpState::Confirmed));

    aiko.replans(&event, json!({"capacity": "3"})).await;
    assert_eq!(jun.stands(&event).await, Some(RsvpState::Confirmed), "places were added");
    aiko.replans(&event, json!({"capacity": "1"})).await;
    settle(&[&iwate, &akita]).await;
    assert_eq!(mio.stands(&event).await, Some(RsvpState::Confirmed), "a place is never taken back");
}

#[tokio::test]
async fn places_that_are_added_go_to_those_who_wait_here_and_elsewhere_and_no_more_than_there_are()
{
    let net = Network::new();
    let (iwate, akita, aiko, ken) = neighbours(&net).await;
    let event = aiko.hosts("public", json!({"capacity": "1"})).await;
    settle(&[&iwate, &akita]).await;
    let names = ["jun", "rin", "sora", "umi"];
    let mut guests = Vec::new();
    for name in names {
        let node = if name == "sora" { &akita } else { &iwate };
        let guest = node.member(name).await;
        guest.joins(&event).await.unwrap();
        settle(&[&iwate, &akita]).await;
        guests.push(guest);
    }
    ken.joins(&event).await.unwrap();
    settle(&[&iwate, &akita]).await;

    aiko.replans(&event, json!({"capacity": "4"})).await;
    settle(&[&iwate, &akita]).await;
    for guest in &guests {
        assert_eq!(guest.stands(&event).await, Some(RsvpState::Confirmed));
    }
    assert_eq!(ken.stands(&event).await, Some(RsvpState::Waitlisted));
    assert_eq!(aiko.reads_event(&event).await.unwrap().event.attending, 4);

    aiko.replans(&event, json!({"capacity": ""})).await;
    settle(&[&iwate, &akita]).await;
    assert_eq!(ken.stands(&event).await, Some(RsvpState::Confirmed));
}

#[tokio::test]
async fn the_last_places_are_given_once_however_many_ask_at_the_same_moment() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let event = aiko.hosts("chapter", json!({"capacity": "5"})).await;
    let mut guests = Vec::new();
    for n in 0..12 {
        guests.push(iwate.member(&format!("guest{n}")).await);
    }
    let post = iwate.post(&event).await.unwrap();
    let processes = [iwate.app().clone(), iwate.second_process().await];
    let asked = guests.iter().enumerate().map(|(n, guest)| {
        let (app, post) = (&processes[n % 2], &post);
        async move {
            let me = guest.account().await;
            let mut tx = app.db.begin().await.unwrap();
            let state = attend::join(app, &mut tx, &me, post, "").await.unwrap();
            tx.commit().await.unwrap();
            state
        }
    });
    let states = join_all(asked).await;
    let confirmed = states.iter().filter(|s| **s == RsvpState::Confirmed).count();
    let waiting = states.iter().filter(|s| **s == RsvpState::Waitlisted).count();
    assert_eq!((confirmed, waiting), (5, 7));
}

#[tokio::test]
async fn who_asks_while_the_organisers_node_is_away_is_answered_when_it_returns() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let all: Vec<&Node> = nodes.iter().collect();
    let (aomori, iwate) = (&nodes[0], &nodes[1]);
    let (aiko, hana) = (aomori.member("aiko").await, iwate.member("hana").await);
    let event = aiko.hosts("network", json!({"name": "雪かき", "capacity": "2"})).await;
    talk(&all).await;
    let seen = hana.reads_event(&event).await.unwrap().event;
    assert_eq!(seen.capacity, Some(2));
    net.keeps_secret("車で行きます", &[aomori, iwate]);

    aomori.goes_down().await;
    let asked = hana.joins_saying(&event, "車で行きます").await.unwrap();
    assert_eq!(asked, RsvpState::Queued);
    net.advance(20 * DAY / 4);
    talk(&all[1..]).await;
    assert_eq!(hana.stands(&event).await, Some(RsvpState::Queued), "nobody else may answer");

    aomori.comes_back().await;
    for _ in 0..3 {
        net.advance(HOUR);
        talk(&all).await;
    }
    assert_eq!(hana.stands(&event).await, Some(RsvpState::Confirmed));
    let miyagi = nodes[2].member("mari").await;
    assert_eq!(miyagi.stands(&event).await, None);
    assert_eq!(aiko.reads_event(&event).await.unwrap().event.attending, 1);
}

#[tokio::test]
async fn guests_hear_that_an_event_is_moved_or_cancelled_and_nobody_gets_in_then() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = neighbours(&net).await;
    let mio = akita.member("mio").await;
    let event = aiko.hosts("public", json!({"place": "公民館"})).await;
    settle(&[&iwate, &akita]).await;
    ken.joins(&event).await.unwrap();
    settle(&[&iwate, &akita]).await;
    let heard = async || {
        let told = ken.gets("/api/v1/notifications?types[]=update").await;
        told.as_array().unwrap().iter().map(|n| n["id"].to_string()).collect::<Vec<_>>()
    };
    let before = heard().await;
    assert_eq!(before.len(), 1, "that they have a place");

    aiko.replans(&event, json!({"place": "体育館"})).await;
    settle(&[&iwate, &akita]).await;
    let moved = heard().await;
    assert_eq!(moved.len(), 1, "the last change counts");
    assert_ne!(moved, before);
    assert_eq!(ken.reads_event(&event).await.unwrap().event.place, "体育館");

    aiko.replans(&event, json!({"status": "cancelled"})).await;
    settle(&[&iwate, &akita]).await;
    assert_ne!(heard().await, moved);
    let seen = ken.reads_event(&event).await.unwrap();
    assert_eq!((seen.event.status, seen.own), (Status::Cancelled, Some(RsvpState::Confirmed)));
    assert_eq!(akita.post(&event).await.unwrap().title, "勉強会", "the mark is for others");
    let refused = mio.joins(&event).await;
    assert!(matches!(refused, Err(Error::Invalid("event-takes-no-rsvps", _))), "{refused:?}");
}

#[tokio::test]
async fn an_event_that_is_over_takes_nobody() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = neighbours(&net).await;
    let event = aiko.hosts("public", json!({})).await;
    settle(&[&iwate, &akita]).await;
    net.advance(8 * DAY);
    let refused = ken.joins(&event).await;
    assert!(matches!(refused, Err(Error::Invalid("event-takes-no-rsvps", _))), "{refused:?}");
}

#[tokio::test]
async fn a_deleted_account_leaves_its_place_to_the_next() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = neighbours(&net).await;
    let jun = iwate.member("jun").await;
    let event = aiko.hosts("public", json!({"capacity": "1"})).await;
    settle(&[&iwate, &akita]).await;
    ken.joins_saying(&event, "楽しみです").await.unwrap();
    settle(&[&iwate, &akita]).await;
    assert_eq!(jun.joins(&event).await.unwrap(), RsvpState::Waitlisted);

    ken.leaves().await;
    settle(&[&iwate, &akita]).await;
    assert_eq!(jun.stands(&event).await, Some(RsvpState::Confirmed));
}

// servers of other software

/// A server made by hand, whose actor ken follows.
async fn an_organiser_elsewhere(net: &Network) -> (Node, Member, Stranger, Actor) {
    let akita = net.node("akita").await;
    let ken = akita.member("ken").await;
    let server = Stranger::start(net, "events").await;
    let organiser = server.actor("group");
    organiser.is_followed_by(&ken).await;
    server.forgets();
    (akita, ken, server, organiser)
}

/// An event as Mobilizon writes it.
fn walk(organiser: &Actor, net: &Network) -> Value {
    organiser.note_with(
        "Bring a lamp",
        &json!({
            "type": "Event", "name": "Night walk", "summary": "12 June 2026 at 18:30", "to": [PUBLIC],
            "startTime": net.now().plus(DAY).iso(), "endTime": null, "timezone": "Asia/Tokyo",
            "joinMode": "restricted", "status": "CONFIRMED", "maximumAttendeeCapacity": 12, "participantCount": 3,
            "location": {"type": "Place", "name": "Library", "address": {"type": "PostalAddress", "streetAddress": "1-1"}},
        }),
    )
}

#[tokio::test]
async fn a_member_asks_for_a_place_at_an_event_of_other_software_and_tells_its_organiser_alone() {
    let net = Network::new();
    let (akita, ken, server, organiser) = an_organiser_elsewhere(&net).await;
    let walk = walk(&organiser, &net);
    organiser.sends(&akita, &organiser.create_of(&walk)).await;
    akita.apply().await;
    let uri = walk["id"].as_str().unwrap();
    let seen = ken.reads_event(uri).await.unwrap().event;
    assert_eq!((seen.place.as_str(), seen.attending), ("Library", 3));
    assert_eq!(seen.join_mode, JoinMode::Restricted);
    assert!(ken.reads().await[0].contains("Bring a lamp"));

    ken.joins_saying(uri, "With a friend").await.unwrap();
    settle(&[&akita]).await;
    let received = server.received();
    let join = received.iter().find(|r| r.kind() == "Join").unwrap().json();
    assert_eq!((&join["actor"], &join["object"]), (&json!(ken.uri), &json!(uri)));
    assert_eq!((&join["to"], &join["cc"]), (&json!([organiser.uri]), &Value::Null));
    assert_eq!(join["participationMessage"], "With a friend");

    let answer = |by: &Actor, kind: &str, object: &Value| by.activity(kind, object);
    let somebody_else = server.actor("somebody");
    somebody_else.sends(&akita, &answer(&somebody_else, "Accept", &join)).await;
    settle(&[&akita]).await;
    assert_eq!(ken.stands(uri).await, Some(RsvpState::Queued), "not theirs to give");
    for (kind, state) in [
        ("TentativeAccept", RsvpState::Waitlisted),
        ("Accept", RsvpState::Confirmed),
        ("Reject", RsvpState::Declined),
    ] {
        organiser.sends(&akita, &answer(&organiser, kind, &join["id"])).await;
        akita.apply().await;
        assert_eq!(ken.stands(uri).await, Some(state));
    }
    ken.joins(uri).await.unwrap();
    ken.gives_up(uri).await;
    settle(&[&akita]).await;
    let leave = server.received().into_iter().find(|r| r.kind() == "Leave").unwrap().json();
    assert_eq!((&leave["actor"], &leave["object"]), (&json!(ken.uri), &json!(uri)));
    assert_eq!(leave["to"], json!([organiser.uri]));
    let again = server.received().into_iter().rfind(|r| r.kind() == "Join").unwrap().json();
    organiser.sends(&akita, &answer(&organiser, "Accept", &again)).await;
    akita.apply().await;
    assert_eq!(
        ken.stands(uri).await,
        Some(RsvpState::Cancelled),
        "who cancelled said the last word"
    );
}

#[tokio::test]
async fn an_older_version_that_comes_late_changes_nothing() {
    let net = Network::new();
    let (akita, ken, _, organiser) = an_organiser_elsewhere(&net).await;
    let mut walk = walk(&organiser, &net);
    organiser.sends(&akita, &organiser.create_of(&walk)).await;
    akita.apply().await;
    let uri = walk["id"].as_str().unwrap().to_owned();
    let mut says = async |place: &str, minutes: i64| {
        walk["location"]["name"] = json!(place);
        walk["updated"] = json!(net.now().plus(minutes * MINUTE).iso());
        organiser.publishes(&walk);
        organiser.sends(&akita, &organiser.activity("Update", &walk)).await;
        akita.apply().await;
    };
    says("Museum", 2).await;
    says("Station", 1).await;
    assert_eq!(ken.reads_event(&uri).await.unwrap().event.place, "Museum");
}

#[tokio::test]
async fn a_strangers_event_is_listed_for_those_who_follow_its_author_alone() {
    let net = Network::new();
    let (akita, ken, _, organiser) = an_organiser_elsewhere(&net).await;
    let mio = akita.member("mio").await;
    let walk = walk(&organiser, &net);
    organiser.sends(&akita, &organiser.create_of(&walk)).await;
    akita.apply().await;
    let listed = "/api/tsudoi/v1/events";
    assert_eq!(ken.gets(listed).await.as_array().unwrap().len(), 1);
    assert_eq!(mio.gets(listed).await, json!([]));
    let visitors = akita.get("/events", "text/html").await;
    assert!(!visitors.text().contains("Night walk"));
}

#[tokio::test]
async fn an_event_with_guests_is_cancelled_before_it_can_be_deleted() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, jun) = (iwate.member("aiko").await, iwate.member("jun").await);
    let event = aiko.hosts("public", json!({})).await;
    jun.joins(&event).await.unwrap();
    let path = format!("/api/v1/statuses/{}", aiko.finds_post(&event).await.id());
    assert_eq!(aiko.call(Method::DELETE, &path, None).await.status, 422);
    aiko.replans(&event, json!({"status": "cancelled"})).await;
    aiko.call(Method::DELETE, &path, None).await.succeeded();
}

#[tokio::test]
async fn other_software_gets_an_answer_to_every_join_and_reads_of_nobody_else() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "events").await;
    let (jo, kim) = (server.actor("jo"), server.actor("kim"));
    let event = aiko.hosts("public", json!({"capacity": "1"})).await;
    let asks = |by: &Actor| by.activity("Join", &json!(event));
    let answers = || -> Vec<Value> { server.received().iter().map(Received::json).collect() };

    let first = asks(&jo);
    jo.sends(&iwate, &first).await;
    settle(&[&iwate]).await;
    kim.sends(&iwate, &asks(&kim)).await;
    settle(&[&iwate]).await;
    let got = answers();
    assert_eq!((&got[0]["type"], &got[0]["object"]["id"]), (&json!("Accept"), &first["id"]));
    assert_eq!((&got[0]["to"], &got[0]["cc"]), (&json!([jo.uri]), &Value::Null));
    assert_eq!((&got[1]["type"], &got[1]["to"]), (&json!("TentativeAccept"), &json!([kim.uri])));

    let again = asks(&jo);
    jo.sends(&iwate, &again).await;
    settle(&[&iwate]).await;
    let got = answers();
    assert_eq!((&got[2]["type"], &got[2]["object"]["id"]), (&json!("Accept"), &again["id"]));
    assert_eq!(aiko.reads_event(&event).await.unwrap().event.attending, 1);

    jo.sends(&iwate, &jo.activity("Undo", &again)).await;
    settle(&[&iwate]).await;
    let got = answers();
    assert_eq!((&got[3]["type"], &got[3]["to"]), (&json!("Accept"), &json!([kim.uri])));
    kim.sends(&iwate, &kim.activity("Leave", &json!(event))).await;
    settle(&[&iwate]).await;
    assert_eq!(aiko.reads_event(&event).await.unwrap().event.attending, 0);

    aiko.replans(&event, json!({"status": "cancelled"})).await;
    server.forgets();
    jo.sends(&iwate, &asks(&jo)).await;
    settle(&[&iwate]).await;
    let got = answers();
    let refused = got.iter().find(|a| a["object"]["type"] == "Join").unwrap();
    assert_eq!(refused["type"], "Reject");
}

#[tokio::test]
async fn an_event_that_is_not_for_them_answers_strangers_nothing() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "events").await;
    let jo = server.actor("jo");
    for audience in ["chapter", "followers"] {
        let event = aiko.hosts(audience, json!({})).await;
        let join = jo.activity("Join", &json!(event));
        jo.sends(&iwate, &join).await;
        settle(&[&iwate]).await;
        assert_eq!(server.received_kinds(), Vec::<String>::new());
        let fate = iwate.fate(join["id"].as_str().unwrap()).await;
        assert_eq!(fate.as_deref(), Some("ignored"));
    }
    let post = aiko.posts("投稿です").await;
    jo.sends(&iwate, &jo.activity("Join", &json!(post.uri()))).await;
    settle(&[&iwate]).await;
    assert_eq!(server.received_kinds(), Vec::<String>::new(), "a post is no event");
}

#[tokio::test]
async fn what_other_software_reads_of_an_event() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let words = json!({
        "name": "第21回 勉強会", "starts_at": "2027-06-12T18:30", "ends_at": "2027-06-12T20:30", "capacity": "40",
        "place": "見本町公民館", "address": "見本県見本町1-1", "online_url": "https://meet.example/21",
    });
    let event = aiko.hosts("public", words).await;
    let path = event.strip_prefix(&iwate.url("")).unwrap().to_owned();
    let document = iwate.document(&path).await.json();
    for (key, value) in [
        ("type", json!("Event")),
        ("name", json!("第21回 勉強会")),
        ("attributedTo", json!(aiko.uri)),
        ("startTime", json!("2027-06-12T18:30:00+09:00")),
        ("endTime", json!("2027-06-12T20:30:00+09:00")),
        ("timezone", json!("Asia/Tokyo")),
        ("status", json!("CONFIRMED")),
        ("joinMode", json!("free")),
        ("maximumAttendeeCapacity", json!(40)),
        ("remainingAttendeeCapacity", json!(40)),
        ("participantCount", json!(0)),
    ] {
        assert_eq!(document[key], value, "{key}");
    }
    // Mobilizon stops at a list of places, and Gancio at an attachment without a type of media.
    assert_eq!(document["location"]["name"], "見本町公民館");
    assert_eq!(document["location"]["address"]["streetAddress"], "見本県見本町1-1");
    assert_eq!(document["attachment"][0]["mediaType"], "text/html");
    assert_eq!(document["attachment"][0]["href"], "https://meet.example/21");
    // Mastodon shows the name, this, and a link.
    let summary = document["summary"].as_str().unwrap();
    assert!(summary.contains("2027年6月12日(土) 18:30–20:30"), "{summary}");
    assert!(
        summary.contains("見本町公民館 見本県見本町1-1") && summary.contains("定員40名"),
        "{summary}"
    );

    aiko.replans(&event, json!({"status": "cancelled"})).await;
    let document = iwate.document(&path).await.json();
    assert_eq!(document["name"], "【中止】第21回 勉強会");
    assert_eq!(document["status"], "CANCELLED");
    assert_eq!(document["eventStatus"], "EventCancelled");
}
