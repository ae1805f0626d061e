//! How other servers speak: what they say in forms of their own means here what it means there.
use federation_tests::{Actor, Member, Network, Node, Stranger, actor::PUBLIC, browser};
use reqwest::Method;
use serde_json::{Value, json};
use tsudoi::{
    clock::{DAY, HOUR, MINUTE},
    posts::types::QuoteState,
};

/// A node with a member, and an account of another server whom that member follows.
async fn a_followed_stranger(net: &Network) -> (Node, Member, Actor) {
    let (iwate, aiko, hana) = a_stranger(net).await;
    hana.is_followed_by(&aiko).await;
    (iwate, aiko, hana)
}

/// A node with a member, and an account of another server whom nobody here follows.
async fn a_stranger(net: &Network) -> (Node, Member, Actor) {
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = Stranger::start(net, "stranger").await.actor("hana");
    (iwate, aiko, hana)
}

fn uri(document: &Value) -> &str {
    document["id"].as_str().unwrap()
}

/// Asks the author of `quoted`, as the server of `by` does it, for consent to be quoted in `instrument`; the stamp that is given.
async fn stamp(node: &Node, by: &Actor, quoted: &str, instrument: &Value) -> String {
    let mut request = by.activity("QuoteRequest", &json!(quoted));
    request["instrument"] = instrument.clone();
    node.deliver().await;
    by.server.forgets();
    by.sends(node, &request).await;
    node.deliver().await;
    let answer = by.server.received()[0].json();
    assert_eq!(answer["type"], "Accept");
    answer["result"].as_str().unwrap().to_owned()
}

/// FEP-044f as Mastodon speaks it: the request holds the quote, which is addressed to its author's followers alone.
#[tokio::test]
async fn who_is_quoted_hears_of_it_though_nobody_here_follows_who_quotes() {
    let net = Network::new();
    let (iwate, aiko, hana) = a_stranger(&net).await;
    let post = aiko.posts("引用してください").await;
    let quote = hana.note_with("これです", &json!({"quote": post.uri()}));

    let stamp = stamp(&iwate, &hana, post.uri(), &quote).await;

    assert_eq!(aiko.notifications().await, ["quote hana"]);
    assert_eq!(iwate.post(uri(&quote)).await.unwrap().quote_state, QuoteState::Accepted);
    let seen = aiko.reads_post(uri(&quote)).await.unwrap();
    assert_eq!(seen.0["quote"]["quoted_status"]["uri"], post.uri());
    let at = stamp.strip_prefix(&iwate.url("")).unwrap();
    assert_eq!(iwate.document(at).await.status, 200, "third servers ask for it");

    // Then the quote comes as a post: first as it was before the answer, then with the stamp.
    hana.sends(&iwate, &hana.create_of(&quote)).await;
    let mut stamped = quote.clone();
    stamped["quoteAuthorization"] = json!(stamp);
    hana.sends(&iwate, &hana.activity("Update", &stamped)).await;
    let copy = iwate.post(uri(&quote)).await.unwrap();
    assert_eq!(copy.quote_state, QuoteState::Accepted);
    assert_eq!(copy.quote_stamp, Some(stamp));
    assert_eq!(aiko.notifications().await, ["quote hana"], "once");
}

#[tokio::test]
async fn a_quote_of_a_member_is_kept_when_the_request_names_it_alone() {
    let net = Network::new();
    let (iwate, aiko, hana) = a_stranger(&net).await;
    let post = aiko.posts("引用してください").await;
    let mut quote = hana.note_with("これです", &json!({"quote": post.uri()}));

    let stamp = stamp(&iwate, &hana, post.uri(), &quote["id"]).await;
    quote["quoteAuthorization"] = json!(stamp);
    hana.sends(&iwate, &hana.create_of(&quote)).await;

    assert_eq!(iwate.post(uri(&quote)).await.unwrap().quote_state, QuoteState::Accepted);
    assert_eq!(aiko.notifications().await, ["quote hana"]);
}

#[tokio::test]
async fn a_post_that_followers_may_quote_is_quoted_by_followers_alone() {
    let net = Network::new();
    let (iwate, aiko, hana) = a_stranger(&net).await;
    let eve = hana.server.actor("eve");
    hana.follows(&iwate, &aiko.uri).await;
    let post = json!({"status": "仲間は引用できます", "quote_approval_policy": "followers"});
    let post = aiko.says(post).await;
    let known = hana.note_with("これです", &json!({"quote": post.uri()}));
    let stamp = stamp(&iwate, &hana, post.uri(), &known["id"]).await;

    for (by, state) in [(&hana, QuoteState::Accepted), (&eve, QuoteState::Pending)] {
        let mut quote = by.note_with("これです", &json!({"quote": post.uri()}));
        let by_id = |id: &str| id.replace(&form(uri(&known)), &form(uri(&quote)));
        quote["quoteAuthorization"] = json!(by_id(&stamp));
        by.sends(&iwate, &by.create_of(&quote)).await;
        assert_eq!(iwate.post(uri(&quote)).await.unwrap().quote_state, state, "{}", by.name);
    }
}

/// As a part of an address.
fn form(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Mastodon and Misskey let people be named by an edit.
#[tokio::test]
async fn who_is_named_by_an_edit_is_told_and_may_read_the_post() {
    let net = Network::new();
    let (iwate, aiko, hana) = a_followed_stranger(&net).await;
    let ken = iwate.member("ken").await;
    let note = hana.note_with("内緒です", &json!({"to": [aiko.uri], "cc": []}));
    hana.sends(&iwate, &hana.create_of(&note)).await;
    assert!(ken.reads_post(uri(&note)).await.is_none());

    let mut edited = note.clone();
    edited["content"] = json!("<p>けんさんにも</p>");
    edited["to"] = json!([aiko.uri, ken.uri]);
    edited["tag"] = json!([{"type": "Mention", "href": ken.uri, "name": "@ken"}]);
    for minute in 1..=2 {
        edited["updated"] = json!(net.now().plus(minute * MINUTE).iso());
        hana.sends(&iwate, &hana.activity("Update", &edited)).await;
    }

    assert_eq!(ken.notifications().await, ["mention hana"], "once");
    assert!(ken.reads_post(uri(&note)).await.is_some());
    assert_eq!(ken.reads().await, ["けんさんにも"]);
    assert_eq!(aiko.notifications().await, ["mention hana"], "of the post itself");
}

#[tokio::test]
async fn a_member_whom_another_names_by_an_edit_is_told() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    let post = aiko.posts("あした集まります").await;

    let path = format!("/api/v1/statuses/{}", post.id());
    let edit = json!({"status": "@ken さん、あした集まります"});
    aiko.sends(Method::PUT, &path, edit).await.succeeded();

    assert_eq!(ken.notifications().await, ["mention aiko"]);
}

/// `WordPress` and Ghost send an excerpt in `summary`; so do Pages and Videos.
#[tokio::test]
async fn the_excerpt_of_an_article_is_text_and_hides_nothing() {
    let net = Network::new();
    let (iwate, aiko, hana) = a_followed_stranger(&net).await;
    let shows = async |change: Value| {
        let note = hana.note_with("本文です", &change);
        hana.sends(&iwate, &hana.create_of(&note)).await;
        let seen = aiko.reads_post(uri(&note)).await.unwrap();
        let warning = seen.0["spoiler_text"].as_str().unwrap().to_owned();
        (warning, seen.0["sensitive"].as_bool().unwrap(), seen.text())
    };
    let article = json!({"type": "Article", "name": "題名", "summary": "<p>要約です</p>"});
    let with = |key: &str, value: Value| {
        let mut article = article.clone();
        article[key] = value;
        article
    };
    let open = |text: &str| (String::new(), false, text.to_owned());

    assert_eq!(shows(article.clone()).await, open("題名要約です本文です"));
    assert_eq!(shows(with("type", json!("Video"))).await, open("題名要約です本文です"));
    assert_eq!(shows(with("content", json!(null))).await, open("題名要約です"));
    let begun = with("content", json!("<p>要約ですから、短い本文です</p>"));
    assert_eq!(shows(begun).await, open("題名要約ですから、短い本文です"), "not twice");
    let hidden = with("sensitive", json!(true));
    assert_eq!(shows(hidden).await, ("要約です".into(), true, "題名本文です".into()));
    let note = json!({"summary": "注意"});
    assert_eq!(shows(note).await, ("注意".into(), true, "本文です".into()));
}

/// `GoToSocial` lists the ids of posts, not the posts.
#[tokio::test]
async fn a_follow_fills_in_what_an_outbox_lists_by_id() {
    let net = Network::new();
    let (_iwate, aiko, hana) = a_stranger(&net).await;
    let eve = Stranger::start(&net, "elsewhere").await.actor("eve");
    let listed = |note: &Value| {
        let id = format!("{}#Create", uri(note));
        json!({"id": id, "type": "Create", "actor": hana.uri, "object": note["id"]})
    };
    let (first, second, other) = (hana.note("一"), hana.note("二"), eve.note("人の"));
    let mut boost = hana.activity("Announce", &other["id"]);
    boost["to"] = json!([PUBLIC]);
    let page = format!("{}/outbox?page=true", hana.uri);
    hana.publishes(&json!({
        "@context": "https://www.w3.org/ns/activitystreams", "id": format!("{}/outbox", hana.uri),
        "type": "OrderedCollection", "first": page,
    }));
    hana.publishes(&json!({
        "@context": "https://www.w3.org/ns/activitystreams", "id": page, "type": "OrderedCollectionPage",
        "orderedItems": [listed(&second), boost, listed(&other), listed(&first)],
    }));

    hana.is_followed_by(&aiko).await;

    let mut read = aiko.reads().await;
    read.sort();
    assert_eq!(read, ["一", "二"]);
    assert!(aiko.notifications().await.is_empty());
    assert_eq!(eve.server.asked().len(), 0, "what is on another host is not hana's");
}

/// The activity as `GoToSocial` writes it, when the post must be fetched.
#[tokio::test]
async fn a_post_that_comes_by_its_id_alone_is_shown_like_any_other() {
    let net = Network::new();
    let (iwate, aiko, hana) = a_followed_stranger(&net).await;
    let ken = iwate.member("ken").await;
    let tag = json!([{"type": "Mention", "href": ken.uri, "name": "@ken"}]);
    let note = hana.note_with("けんさん", &json!({"cc": [ken.uri], "tag": tag}));

    let create = hana.activity("Create", &note["id"]);
    for _ in 0..2 {
        hana.sends(&iwate, &create).await;
        iwate.fetch().await;
        iwate.apply().await;
    }

    assert_eq!(aiko.reads().await, ["けんさん"]);
    assert_eq!(ken.notifications().await, ["mention hana"]);
    assert_eq!(iwate.fate(uri(&create)).await.unwrap(), "done");

    let theirs = hana.server.actor("eve").note("人の");
    let create = hana.activity("Create", &theirs["id"]);
    hana.sends(&iwate, &create).await;
    iwate.fetch().await;
    iwate.apply().await;
    assert_eq!(iwate.fate(uri(&create)).await.unwrap(), "ignored", "it is not hana's to show");
}

/// A page of `replies` and a `context`, and the posts that stand in them, on servers of which we know nothing.
struct Answers {
    question: Value,
    texts: Vec<String>,
    /// Her server runs as long as somebody holds her.
    _rin: Actor,
}

impl Answers {
    async fn of(net: &Network, hana: &Actor) -> Self {
        let rin = Stranger::start(net, "elsewhere").await.actor("rin");
        let question = hana.note("だれか来ますか");
        let at = |name: &str| format!("{}/{name}", uri(&question));
        let answers = json!({"inReplyTo": question["id"]});
        let [one, two, three] =
            [(hana, "一"), (&rin, "二"), (&rin, "三")].map(|(by, t)| by.note_with(t, &answers));
        let list = |name: &str, rest: Value| {
            let mut list = json!({
                "@context": "https://www.w3.org/ns/activitystreams", "id": at(name), "type": "Collection",
            });
            list.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            hana.publishes(&list);
        };
        list("replies", json!({"first": at("replies?page=1")}));
        list("replies?page=1", json!({"items": [one["id"]], "next": at("replies?page=2")}));
        list("replies?page=2", json!({"items": [two]}));
        list("context", json!({"items": [question["id"], one["id"], three["id"]]}));
        let lists = json!({"replies": at("replies"), "context": at("context")});
        let mut told = question.clone();
        told.as_object_mut().unwrap().extend(lists.as_object().unwrap().clone());
        hana.publishes(&told);
        Self { question: told, texts: vec!["一".into(), "二".into(), "三".into()], _rin: rin }
    }
}

#[tokio::test]
async fn who_opens_a_thread_has_the_node_look_for_answers_that_it_missed() {
    let net = Network::new();
    let (iwate, aiko, hana) = a_followed_stranger(&net).await;
    let Answers { question, texts, _rin } = Answers::of(&net, &hana).await;
    hana.sends(&iwate, &hana.create_of(&question)).await;
    let id = iwate.post(uri(&question)).await.unwrap().id;
    let page = format!("/@{}/{id}", hana.handle());
    let browser = browser::Browser::of(&aiko).await;
    let opens = async |browser: &browser::Browser| {
        assert_eq!(browser.opens(&page).await.status, 200);
        iwate.fetch().await
    };

    assert_eq!(opens(&browser).await, 0, "it came a moment ago");
    net.advance(HOUR);
    assert_eq!(opens(&browser.signed_out()).await, 0, "visitors make the node ask nobody");
    assert!(opens(&browser).await > 0);

    let (_, mut after) = aiko.reads_thread(uri(&question)).await;
    after.sort();
    let mut texts = texts;
    texts.sort();
    assert_eq!(after, texts);
    assert_eq!(opens(&browser).await, 0, "a quarter of an hour is enough");
}

/// The numbers of a post are its own server's to say; what members do here is added until it is asked again.
#[tokio::test]
async fn a_post_from_elsewhere_is_shown_with_the_numbers_of_its_own_server() {
    let net = Network::new();
    let (iwate, aiko, hana) = a_stranger(&net).await;
    let numbers = |likes: i64, boosts: i64| {
        json!({
            "likes": {"type": "Collection", "totalItems": likes},
            "shares": {"type": "Collection", "totalItems": boosts},
        })
    };
    let note = hana.note_with("人気です", &numbers(12, 3));
    let shown = async || {
        let seen = aiko.finds_post(uri(&note)).await;
        (seen.count("favourites"), seen.count("reblogs"))
    };
    assert_eq!(shown().await, (12, 3));

    aiko.likes(uri(&note)).await;
    assert_eq!(shown().await, (13, 3));

    let looks_again = async |likes: i64, boosts: i64| {
        let mut now = note.clone();
        now.as_object_mut().unwrap().extend(numbers(likes, boosts).as_object().unwrap().clone());
        hana.publishes(&now);
        net.advance(HOUR);
        aiko.reads_thread(uri(&note)).await;
        iwate.fetch().await;
        shown().await
    };
    assert_eq!(looks_again(20, 2).await, (20, 2));
    assert_eq!(looks_again(0, 0).await, (1, 0), "aiko's own is known here");
    assert_eq!(looks_again(-5, i64::MAX).await, (1, 1_000_000_000), "never absurd");
}

#[tokio::test]
async fn a_profile_from_elsewhere_is_shown_with_the_numbers_of_its_own_server() {
    let net = Network::new();
    let (_, aiko, hana) = a_stranger(&net).await;
    for (name, total) in [("followers", 120), ("following", 34), ("outbox", 567)] {
        let list = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": format!("{}/{name}", hana.uri),
            "type": "OrderedCollection", "totalItems": total,
        });
        hana.publishes(&list);
    }
    let mut actor = hana.document();
    actor["following"] = json!(format!("{}/following", hana.uri));
    hana.serves(&actor);

    hana.is_followed_by(&aiko).await;

    let seen = aiko.finds_account(&hana.handle()).await;
    let shown = ["followers_count", "following_count", "statuses_count"].map(|n| seen[n].clone());
    assert_eq!(shown, [json!(120), json!(34), json!(567)]);

    aiko.unfollows(&hana.handle()).await;
    assert_eq!(aiko.finds_account(&hana.handle()).await["followers_count"], 119);
}

/// Otherwise anybody could have the node fetch and keep anything.
#[tokio::test]
async fn a_post_that_comes_by_its_id_alone_from_somebody_whom_nobody_awaits_is_not_fetched() {
    let net = Network::new();
    let (iwate, _, hana) = a_stranger(&net).await;
    let note = hana.note("だれも待っていない");
    let mut pin = hana.activity("Add", &note["id"]);
    pin["target"] = json!(format!("{}/featured", hana.uri));
    for activity in [hana.activity("Create", &note["id"]), pin] {
        hana.sends(&iwate, &activity).await;
        hana.server.forgets();

        assert_eq!(iwate.fetch().await, 0);
        iwate.apply().await;

        assert_eq!(iwate.fate(uri(&activity)).await.unwrap(), "ignored");
        assert!(iwate.post(uri(&note)).await.is_none());
    }
}

/// Mastodon lets authors change the choices of a poll, and counts anew.
#[tokio::test]
async fn the_choices_that_the_author_of_a_poll_changed_have_their_own_counts_and_one_votes_anew() {
    let net = Network::new();
    let (iwate, aiko, hana) = a_followed_stranger(&net).await;
    let choice = |name: &str, votes: i64| json!({"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": votes}});
    let end = net.now().plus(DAY).iso();
    let first = json!({
        "type": "Question", "oneOf": [choice("土曜", 3), choice("日曜", 1)], "endTime": end,
    });
    let mut question = hana.note_with("いつにしますか", &first);
    hana.sends(&iwate, &hana.create_of(&question)).await;
    aiko.votes(uri(&question), &[0]).await;

    question["oneOf"] = json!([choice("日曜", 2), choice("祝日", 0), choice("土曜", 5)]);
    question["updated"] = json!(net.now().plus(MINUTE).iso());
    hana.sends(&iwate, &hana.activity("Update", &question)).await;

    let poll = aiko.finds_post(uri(&question)).await.0["poll"].clone();
    let shown: Vec<(&str, i64)> = poll["options"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| (o["title"].as_str().unwrap(), o["votes_count"].as_i64().unwrap()))
        .collect();
    assert_eq!(shown, [("日曜", 2), ("祝日", 0), ("土曜", 5)]);
    assert_eq!(poll["voted"], false);
    aiko.votes(uri(&question), &[1]).await;
    assert_eq!(aiko.finds_post(uri(&question)).await.0["poll"]["own_votes"], json!([1]));
}
