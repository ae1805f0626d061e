//! What arrives at once is applied in one transaction, and ends as if each activity had been applied before the next one came.
use federation_tests::{Actor, Member, Network, Node, Stranger};
use serde_json::{Value, json};
use tsudoi::ids::PostId;

/// Aiko of iwate follows hana and ken, who live on one other server.
struct Scene {
    net: Network,
    iwate: Node,
    aiko: Member,
    hana: Actor,
    ken: Actor,
    /// A post by aiko.
    post: String,
}

type Sent = Vec<(Actor, Value)>;

impl Scene {
    async fn new() -> Self {
        let net = Network::new();
        let iwate = net.node("iwate").await;
        let aiko = iwate.member("aiko").await;
        let server = Stranger::start(&net, "stranger").await;
        let (hana, ken) = (server.actor("hana"), server.actor("ken"));
        hana.is_followed_by(&aiko).await;
        ken.is_followed_by(&aiko).await;
        let post = aiko.posts("集まりませんか").await.uri().to_owned();
        Self { net, iwate, aiko, hana, ken, post }
    }

    fn note(&self, by: &Actor, text: &str) -> Value {
        self.note_with(by, text, &json!({}))
    }

    fn note_with(&self, by: &Actor, text: &str, change: &Value) -> Value {
        self.net.advance(1_000);
        by.note_with(text, change)
    }

    fn reply(&self, by: &Actor, to: &Value, text: &str) -> Value {
        self.note_with(by, text, &json!({"inReplyTo": to}))
    }

    /// What can be seen of what was applied: timeline, notifications, search, numbers, and what became of each activity.
    async fn seen(&self, sent: &Sent) -> Value {
        let mut fates = Vec::new();
        for (_, activity) in sent {
            fates.push(self.iwate.fate_and_reason(activity["id"].as_str().unwrap()).await);
        }
        let mut numbers = Vec::new();
        for actor in [&self.hana, &self.ken] {
            let account = self.iwate.account(&actor.uri).await.unwrap();
            numbers.push(json!([account.posts_count, account.last_post_at, account.is_gone()]));
        }
        let mut posts = Vec::new();
        for uri in self.iwate.posts().await {
            let p = self.iwate.post(&uri).await.unwrap();
            let thread = self.text_of(p.thread_id).await;
            posts.push(json!([
                p.content_html,
                p.replies_count,
                p.likes_count,
                p.boosts_count,
                thread
            ]));
        }
        json!({
            "home": self.aiko.reads().await, "notifications": self.aiko.notifications().await,
            "found": self.found("集まり").await, "numbers": numbers, "posts": posts, "fates": fates,
        })
    }

    /// The posts that the search index knows by a word.
    async fn found(&self, word: &str) -> Vec<String> {
        let mut tx = self.iwate.app().db.read().await.unwrap();
        let ids = tsudoi::search::posts(&mut tx, word, PostId(i64::MAX)).await.unwrap();
        drop(tx);
        let mut found = Vec::new();
        for id in ids {
            found.push(self.text_of(id).await);
        }
        found
    }

    async fn text_of(&self, id: PostId) -> String {
        let mut tx = self.iwate.app().db.read().await.unwrap();
        tsudoi::posts::queries::by_id(&mut tx, id).await.unwrap().content_html
    }
}

/// Sends what `script` says twice: applied one by one, and all together. Both must look the same, which is returned.
async fn same_together(script: impl Fn(&Scene) -> Sent) -> Value {
    let mut seen = Vec::new();
    for together in [false, true] {
        let scene = Scene::new().await;
        let sent = script(&scene);
        for (by, activity) in &sent {
            scene.net.advance(1_000);
            by.letter(&scene.iwate, activity).post().await.succeeded();
            if !together {
                assert_eq!(scene.iwate.apply().await, 1);
            }
        }
        if together {
            assert_eq!(scene.iwate.apply().await, sent.len());
        }
        seen.push(scene.seen(&sent).await);
    }
    let together = seen.pop().unwrap();
    assert_eq!(together, seen.pop().unwrap());
    together
}

fn creates<'a>(notes: impl IntoIterator<Item = (&'a Actor, &'a Value)>) -> Sent {
    notes.into_iter().map(|(by, note)| (by.clone(), by.create_of(note))).collect()
}

#[tokio::test]
async fn posts_of_several_authors_are_all_shown_found_and_counted() {
    let seen = same_together(|s| {
        let (one, two, three) =
            (s.note(&s.hana, "集まり一"), s.note(&s.ken, "集まり二"), s.note(&s.hana, "集まり三"));
        creates([(&s.hana, &one), (&s.ken, &two), (&s.hana, &three)])
    })
    .await;

    assert_eq!(seen["home"], json!(["集まり三", "集まり二", "集まり一", "集まりませんか"]));
    assert_eq!(seen["found"].as_array().unwrap().len(), 4);
    assert_eq!((&seen["numbers"][0][0], &seen["numbers"][1][0]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn a_post_and_its_delete_leave_nothing() {
    let seen = same_together(|s| {
        let (note, other) = (s.note(&s.hana, "集まり"), s.note(&s.hana, "のこる"));
        let mut sent = creates([(&s.hana, &note), (&s.hana, &other)]);
        sent.push((s.hana.clone(), s.hana.activity("Delete", &note["id"])));
        sent.push((s.hana.clone(), s.hana.create_of(&note)));
        sent
    })
    .await;

    assert_eq!(seen["home"], json!(["のこる", "集まりませんか"]));
    assert_eq!(seen["found"].as_array().unwrap().len(), 1);
    assert_eq!(seen["numbers"][0][0], 1);
}

#[tokio::test]
async fn a_post_that_comes_twice_is_there_once() {
    let seen = same_together(|s| {
        let note = s.note(&s.hana, "集まり");
        creates([(&s.hana, &note), (&s.hana, &note), (&s.hana, &note)])
    })
    .await;

    assert_eq!(seen["home"], json!(["集まり", "集まりませんか"]));
    assert_eq!(seen["found"].as_array().unwrap().len(), 2);
    assert_eq!(seen["numbers"][0][0], 1);
}

#[tokio::test]
async fn a_post_and_its_edit_show_the_edit() {
    let seen = same_together(|s| {
        let note = s.note(&s.hana, "まえの集まり");
        s.net.advance(1_000);
        let mut edited = note.clone();
        edited["content"] = json!("<p>あとの集まり</p>");
        edited["updated"] = json!(s.net.now().iso());
        let mut sent = creates([(&s.hana, &note)]);
        sent.push((s.hana.clone(), s.hana.activity("Update", &edited)));
        sent
    })
    .await;

    assert_eq!(seen["home"], json!(["あとの集まり", "集まりませんか"]));
}

#[tokio::test]
async fn a_post_and_the_end_of_its_author_leave_nothing_of_them() {
    let seen = same_together(|s| {
        let (one, two) = (s.note(&s.hana, "集まり一"), s.note(&s.ken, "集まり二"));
        let mut sent = creates([(&s.hana, &one), (&s.ken, &two)]);
        sent.push((s.hana.clone(), s.hana.activity("Update", &json!(s.hana.document()))));
        sent.push((s.hana.clone(), s.hana.activity("Delete", &json!(s.hana.uri))));
        sent.extend(creates([(&s.ken, &s.note(&s.ken, "集まり三"))]));
        sent
    })
    .await;

    assert_eq!(seen["home"], json!(["集まり三", "集まり二", "集まりませんか"]));
    assert_eq!(seen["numbers"][0], json!([0, seen["numbers"][0][1], true]));
}

/// Both activities are at the door before the first is applied, so that the door cannot refuse the second.
#[tokio::test]
async fn what_a_deleted_author_said_last_is_not_taken_in() {
    let scene = Scene::new().await;
    let note = scene.note(&scene.hana, "集まり");
    let create = scene.hana.create_of(&note);
    for activity in [&scene.hana.activity("Delete", &json!(scene.hana.uri)), &create] {
        scene.net.advance(1_000);
        scene.hana.letter(&scene.iwate, activity).post().await.succeeded();
    }

    assert_eq!(scene.iwate.apply().await, 2);

    let fate = scene.iwate.fate_and_reason(create["id"].as_str().unwrap()).await.unwrap();
    assert_eq!(fate, ("ignored".into(), "its actor is deleted".into()));
    assert_eq!(scene.aiko.reads().await, ["集まりませんか"]);
}

#[tokio::test]
async fn after_a_block_the_authors_posts_are_not_shown() {
    let seen = same_together(|s| {
        let (one, two) = (s.note(&s.hana, "まえ"), s.note(&s.hana, "あと"));
        let mut sent = creates([(&s.hana, &one)]);
        sent.push((s.hana.clone(), s.hana.activity("Block", &json!(s.aiko.uri))));
        sent.extend(creates([(&s.hana, &two)]));
        sent
    })
    .await;

    assert!(!seen["home"].as_array().unwrap().contains(&json!("あと")));
    assert_eq!(seen["fates"][2], json!(["ignored", "concerns nobody here"]));
}

#[tokio::test]
async fn answers_find_their_place_whichever_comes_first() {
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
        let seen = same_together(|s| {
            let first = s.note(&s.hana, "はじめ");
            let second = s.reply(&s.ken, &first["id"], "こたえ");
            let third = s.reply(&s.hana, &second["id"], "こたえのこたえ");
            let to_aiko = json!({"inReplyTo": s.post, "cc": [s.aiko.uri]});
            let other = s.note_with(&s.ken, "集まりましょう", &to_aiko);
            let all = [(&s.hana, &first), (&s.ken, &second), (&s.hana, &third), (&s.ken, &other)];
            creates(order.map(|n| all[n]))
        })
        .await;

        let places: Vec<_> =
            seen["posts"].as_array().unwrap().iter().map(|p| (&p[1], &p[4])).collect();
        let (own, first) = (&json!("<p>集まりませんか</p>"), &json!("<p>はじめ</p>"));
        let expected = [(1, own), (1, first), (1, first), (0, first), (0, own)];
        let expected: Vec<_> = expected.map(|(n, thread)| (json!(n), thread)).into();
        let expected: Vec<_> = expected.iter().map(|(n, thread)| (n, *thread)).collect();
        assert_eq!(places, expected, "{order:?}");
        assert_eq!(seen["notifications"], json!(["mention ken"]), "{order:?}");
    }
}

#[tokio::test]
async fn boosts_of_a_post_that_came_with_them_are_counted() {
    let seen = same_together(|s| {
        let (note, other) = (s.note(&s.hana, "集まり"), s.note(&s.hana, "つぎ"));
        let mut sent = creates([(&s.hana, &note)]);
        sent.push((s.ken.clone(), s.ken.activity("Like", &json!(s.post))));
        sent.extend(creates([(&s.hana, &other)]));
        sent.push((s.ken.clone(), s.ken.activity("Announce", &note["id"])));
        sent.push((s.ken.clone(), s.ken.activity("Announce", &other["id"])));
        sent
    })
    .await;

    let counts: Vec<_> = seen["posts"].as_array().unwrap().iter().map(|p| (&p[2], &p[3])).collect();
    let (none, one) = (&json!(0), &json!(1));
    assert_eq!(counts, [(one, none), (none, one), (none, one)]);
}

#[tokio::test]
async fn a_bad_activity_spoils_none_of_those_around_it() {
    let seen = same_together(|s| {
        let notes = ["集まり一", "集まり二", "集まり三"].map(|text| s.note(&s.hana, text));
        let not_theirs =
            s.note_with(&s.hana, "にせの集まり", &json!({"attributedTo": s.ken.uri.clone()}));
        let [one, two, three] = &notes;
        creates([(&s.hana, one), (&s.hana, &not_theirs), (&s.hana, two), (&s.hana, three)])
    })
    .await;

    assert_eq!(seen["home"], json!(["集まり三", "集まり二", "集まり一", "集まりませんか"]));
    assert_eq!(seen["found"].as_array().unwrap().len(), 4);
    assert_eq!(seen["numbers"][0][0], 3);
    assert_eq!(seen["fates"][1][0], "failed");
}

#[tokio::test]
async fn more_posts_than_one_transaction_takes_are_all_taken() {
    let scene = Scene::new().await;
    let many = 230;
    for n in 0..many {
        let note = scene.note(&scene.hana, &format!("集まり{n}"));
        scene.hana.letter(&scene.iwate, &scene.hana.create_of(&note)).post().await.succeeded();
    }

    assert_eq!(scene.iwate.apply().await, many);

    assert_eq!(scene.iwate.posts().await.len(), many + 1);
    let author = scene.iwate.account(&scene.hana.uri).await.unwrap();
    assert_eq!(author.posts_count, i64::try_from(many).unwrap());
}
