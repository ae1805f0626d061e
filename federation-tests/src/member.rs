//! What a member does, in words. Everything goes through the client API as a program of theirs would send it; what the API has no word for
//! goes through the actions of the library, in one transaction, as a page's form would.
use crate::{Answer, Node, Shown, contract};
use reqwest::{Method, multipart};
use serde_json::{Value, json};
use std::collections::HashMap;
use tsudoi::{
    accounts::{
        self,
        actions::{
            profile,
            tokens::{self, NewToken},
        },
        types::Account,
    },
    clock::{DAY, HOUR},
    db::Tx,
    error::Result,
    events::{
        self,
        types::{EventWords, NewEvent, RsvpState},
    },
    posts::{
        self,
        actions::{attend, change, publish, quote, vote},
        types::{Audience, Draft, Post},
        view::{self, EventView},
    },
    scopes::Scopes,
};

/// A small picture.
pub const SKY: &[u8] = include_bytes!("../tests/foreign/sky.png");

#[derive(Clone)]
pub struct Member {
    pub node: Node,
    pub name: String,
    /// The actor's id.
    pub uri: String,
    token: String,
}

impl Member {
    pub(crate) fn new(node: Node, account: &Account, token: String) -> Self {
        Self { node, name: account.name.clone(), uri: account.uri.clone(), token }
    }

    /// The same member at a node that was started again.
    #[must_use]
    pub fn at(&self, node: &Node) -> Self {
        Self { node: node.clone(), ..self.clone() }
    }

    /// The same member through a program that shows this token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// The same member through a program that may do only this.
    pub async fn allowing(&self, scopes: &str) -> Self {
        let app = self.node.app();
        let scopes = Scopes::parse(scopes).unwrap();
        let new = NewToken { label: "test".into(), app: None, scopes };
        let id = self.account().await.id;
        let mut tx = app.db.begin().await.unwrap();
        let token = tokens::issue(app, &mut tx, id, &new).await.unwrap();
        tx.commit().await.unwrap();
        self.with_token(&token)
    }

    /// With which programs of theirs may act.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// `name@host`, as others write it.
    pub fn handle(&self) -> String {
        format!("{}@{}", self.name, self.node.host())
    }

    /// The path of one of the actor's documents: `""`, `"/outbox"`, ….
    pub fn path(&self, rest: &str) -> String {
        format!("/users/{}{rest}", self.name)
    }

    /// A call of the client API. The answer is as it is described.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let url = self.node.url(path);
        let mut request =
            self.node.net().http.request(method.clone(), url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = Answer::of(request.send().await.unwrap()).await;
        contract::check(self.node.app(), &method, path, &answer);
        answer
    }

    /// What the node says of it.
    pub async fn gets(&self, path: &str) -> Value {
        self.call(Method::GET, path, None).await.succeeded().json()
    }

    /// A call with a body, a moment later.
    pub async fn sends(&self, method: Method, path: &str, body: Value) -> Answer {
        self.node.net().tick();
        self.call(method, path, Some(body)).await
    }

    /// A call that changes something and succeeds.
    pub async fn does(&self, path: &str, body: Value) -> Value {
        self.sends(Method::POST, path, body).await.succeeded().json()
    }

    /// By which number this member's node knows the other.
    pub async fn id_of(&self, other: &Self) -> String {
        self.finds_account(&other.handle()).await["id"].as_str().unwrap().to_owned()
    }

    // posting

    pub async fn posts(&self, text: &str) -> Shown {
        self.says(json!({"status": text})).await
    }

    /// `audience`: `public`, `unlisted`, `followers`, `direct` or `chapter`.
    pub async fn posts_to(&self, audience: &str, text: &str) -> Shown {
        self.says(json!({"status": text, "visibility": audience})).await
    }

    /// Any new status in the shape of the API.
    pub async fn says(&self, status: Value) -> Shown {
        Shown(self.tries_to_say(status).await.succeeded().json())
    }

    /// Uploads a picture of the sky as programs do, with a focus.
    pub async fn uploads(&self, path: &str, description: &str) -> Answer {
        let sky = multipart::Part::bytes(SKY).file_name("sky.png").mime_str("image/png").unwrap();
        let form = multipart::Form::new()
            .part("file", sky)
            .text("description", description.to_owned())
            .text("focus", "0.5,-0.25");
        let request = self.node.net().http.post(self.node.url(path)).bearer_auth(&self.token);
        let answer = Answer::of(request.multipart(form).send().await.unwrap()).await;
        contract::check(self.node.app(), &Method::POST, path, &answer);
        answer
    }

    pub async fn tries_to_say(&self, status: Value) -> Answer {
        self.node.net().tick();
        self.call(Method::POST, "/api/v1/statuses", Some(status)).await
    }

    pub async fn replies_to(&self, uri: &str, text: &str) -> Shown {
        let parent = self.finds_post(uri).await;
        self.says(json!({"status": text, "in_reply_to_id": parent.id()})).await
    }

    pub async fn quotes(&self, uri: &str, text: &str) -> Shown {
        let quoted = self.finds_post(uri).await;
        self.says(json!({"status": text, "quoted_status_id": quoted.id()})).await
    }

    pub async fn asks(&self, question: &str, options: &[&str], seconds: i64) -> Shown {
        let poll = json!({"options": options, "expires_in": seconds});
        self.says(json!({"status": question, "poll": poll})).await
    }

    /// Many posts, a hundred in one transaction.
    pub async fn posts_many(&self, count: usize) {
        let (app, me) = (self.node.app(), self.account().await);
        for chunk in (0..count).collect::<Vec<_>>().chunks(100) {
            let mut tx = app.db.begin().await.unwrap();
            for n in chunk {
                self.node.net().tick();
                let text = format!(
                    "{n}番目の投稿です。来週の勉強会は商店街の空き店舗をテーマに開きます。会場は公民館、参加費は無料です。"
                );
                let draft = Draft { text, lang: "ja".into(), ..Draft::default() };
                publish::publish(app, &mut tx, &me, draft, &HashMap::new()).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
    }

    pub async fn deletes(&self, uri: &str) {
        let post = self.finds_post(uri).await;
        self.node.net().tick();
        let path = format!("/api/v1/statuses/{}", post.id());
        self.call(Method::DELETE, &path, None).await.succeeded();
    }

    pub async fn edits(&self, uri: &str, text: &str) {
        let edit = change::Edit {
            text: text.to_owned(),
            summary: String::new(),
            sensitive: false,
            lang: "ja".to_owned(),
            media: Vec::new(),
            event: None,
        };
        let (mut tx, me, post) = self.acts_on(uri).await;
        let none = HashMap::new();
        change::edit(self.node.app(), &mut tx, &me, post.id, edit, &none).await.unwrap();
        tx.commit().await.unwrap();
    }

    // events

    /// Plans an event that begins a week from now, for two hours; `words` may say otherwise. Its text is its name.
    pub async fn hosts(&self, audience: &str, words: Value) -> String {
        let (mut tx, me) = self.acts().await;
        let draft = Draft {
            audience: Audience::from_word(audience).unwrap(),
            event: Some(NewEvent::parse(&self.plan(&words)).unwrap()),
            lang: "ja".into(),
            ..Draft::default()
        };
        let none = HashMap::new();
        let post = publish::publish(self.node.app(), &mut tx, &me, draft, &none).await.unwrap();
        tx.commit().await.unwrap();
        post.uri
    }

    fn plan(&self, words: &Value) -> EventWords {
        let now = self.node.net().now();
        let mut plan = json!({
            "name": "勉強会", "timezone": "Asia/Tokyo",
            "starts_at": now.plus(7 * DAY).iso(), "ends_at": now.plus(7 * DAY + 2 * HOUR).iso(),
        });
        plan.as_object_mut().unwrap().extend(words.as_object().unwrap().clone());
        serde_json::from_value(plan).unwrap()
    }

    /// Says of an event of one's own what it is from now on.
    pub async fn replans(&self, uri: &str, words: Value) {
        let (mut tx, me, post) = self.acts_on(uri).await;
        let known = events::queries::of(&mut tx, &[post.id]).await.unwrap().remove(0);
        let mut plan = json!(EventWords::of(&post.title, &known));
        plan.as_object_mut().unwrap().extend(words.as_object().unwrap().clone());
        let event = NewEvent::parse(&serde_json::from_value(plan).unwrap()).unwrap();
        let edit = change::Edit {
            text: post.source.clone(),
            summary: String::new(),
            sensitive: false,
            lang: "ja".to_owned(),
            media: Vec::new(),
            event: Some(event),
        };
        let none = HashMap::new();
        change::edit(self.node.app(), &mut tx, &me, post.id, edit, &none).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Asks for a place at an event; where they stand then.
    pub async fn joins(&self, uri: &str) -> Result<RsvpState> {
        self.joins_saying(uri, "").await
    }

    pub async fn joins_saying(&self, uri: &str, message: &str) -> Result<RsvpState> {
        let (mut tx, me, post) = self.acts_on(uri).await;
        let state = attend::join(self.node.app(), &mut tx, &me, &post, message).await?;
        tx.commit().await.unwrap();
        Ok(state)
    }

    pub async fn gives_up(&self, uri: &str) {
        let (mut tx, me, post) = self.acts_on(uri).await;
        attend::leave(self.node.app(), &mut tx, &me, &post).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// An event as this member reads it.
    pub async fn reads_event(&self, uri: &str) -> Option<EventView> {
        let (mut tx, me, post) = self.acts_on(uri).await;
        view::post(&mut tx, Some(me.id), post.id).await.unwrap().event
    }

    /// Where this member stands at an event.
    pub async fn stands(&self, uri: &str) -> Option<RsvpState> {
        self.reads_event(uri).await.and_then(|e| e.own)
    }

    // reacting

    pub async fn likes(&self, uri: &str) {
        self.reacts("favourite", uri).await.succeeded();
    }

    pub async fn unlikes(&self, uri: &str) {
        self.reacts("unfavourite", uri).await.succeeded();
    }

    pub async fn boosts(&self, uri: &str) {
        self.reacts("reblog", uri).await.succeeded();
    }

    pub async fn unboosts(&self, uri: &str) {
        self.reacts("unreblog", uri).await.succeeded();
    }

    pub async fn bookmarks(&self, uri: &str) {
        self.reacts("bookmark", uri).await.succeeded();
    }

    pub async fn pins(&self, uri: &str) {
        self.reacts("pin", uri).await.succeeded();
    }

    pub async fn unpins(&self, uri: &str) {
        self.reacts("unpin", uri).await.succeeded();
    }

    pub async fn reacts(&self, how: &str, uri: &str) -> Answer {
        let post = self.finds_post(uri).await;
        self.node.net().tick();
        self.call(Method::POST, &format!("/api/v1/statuses/{}/{how}", post.id()), None).await
    }

    pub async fn votes(&self, uri: &str, choices: &[i64]) {
        let (mut tx, me, post) = self.acts_on(uri).await;
        vote::vote(self.node.app(), &mut tx, &me, &post, choices).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Takes back the consent to a quote of one's own post.
    pub async fn revokes(&self, quoting: &str) {
        let (mut tx, me, post) = self.acts_on(quoting).await;
        quote::revoke(self.node.app(), &mut tx, &me, &post).await.unwrap();
        tx.commit().await.unwrap();
    }

    // people

    pub async fn follows(&self, handle: &str) {
        self.relates("follow", handle).await.succeeded();
    }

    pub async fn unfollows(&self, handle: &str) {
        self.relates("unfollow", handle).await.succeeded();
    }

    pub async fn blocks(&self, handle: &str) {
        self.relates("block", handle).await.succeeded();
    }

    pub async fn unblocks(&self, handle: &str) {
        self.relates("unblock", handle).await.succeeded();
    }

    pub async fn removes_follower(&self, handle: &str) {
        self.relates("remove_from_followers", handle).await.succeeded();
    }

    pub async fn relates(&self, how: &str, handle: &str) -> Answer {
        let other = self.finds_account(handle).await;
        self.node.net().tick();
        let path = format!("/api/v1/accounts/{}/{how}", other["id"].as_str().unwrap());
        self.call(Method::POST, &path, None).await
    }

    /// Answers a follow request: `authorize` or `reject`.
    pub async fn answers_request(&self, handle: &str, answer: &str) {
        let other = self.finds_account(handle).await;
        self.node.net().tick();
        let path = format!("/api/v1/follow_requests/{}/{answer}", other["id"].as_str().unwrap());
        self.call(Method::POST, &path, None).await.succeeded();
    }

    /// From now on asks before somebody may follow.
    pub async fn locks(&self) {
        self.changes_profile(|account| account.locked = true).await;
    }

    pub async fn renames(&self, display_name: &str) {
        self.changes_profile(|account| display_name.clone_into(&mut account.display_name)).await;
    }

    async fn changes_profile(&self, change: impl FnOnce(&mut Account)) {
        let (mut tx, mut me) = self.acts().await;
        change(&mut me);
        profile::save(self.node.app(), &mut tx, &me).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Says that `old` is this person's former account.
    pub async fn confirms_alias(&self, old: &str) {
        let (mut tx, me) = self.acts().await;
        profile::set_aliases(self.node.app(), &mut tx, &me, &[old.to_owned()]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Moves to another account, which must have confirmed it.
    pub async fn moves_to(&self, handle: &str) {
        let target = self.finds_account(handle).await;
        let uri = target["uri"].as_str().unwrap();
        accounts::inbox::refresh(self.node.app(), uri).await.unwrap();
        let target = self.node.account(uri).await.unwrap();
        let (mut tx, me) = self.acts().await;
        profile::move_to(self.node.app(), &mut tx, &me, &target).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn leaves(&self) {
        let (mut tx, me) = self.acts().await;
        for post in posts::queries::all_by(&mut tx, me.id, 500).await.unwrap() {
            change::remove(self.node.app(), &mut tx, &post).await.unwrap();
        }
        profile::delete(self.node.app(), &mut tx, &me).await.unwrap();
        tx.commit().await.unwrap();
    }

    // reading

    /// The home timeline, newest first.
    pub async fn timeline(&self) -> Vec<Shown> {
        let listed = self.gets("/api/v1/timelines/home").await;
        listed.as_array().unwrap().iter().cloned().map(Shown).collect()
    }

    /// What the home timeline says, newest first.
    pub async fn reads(&self) -> Vec<String> {
        self.timeline().await.iter().map(Shown::text).collect()
    }

    /// Notifications as `kind name`, newest first.
    pub async fn notifications(&self) -> Vec<String> {
        let listed = self.gets("/api/v1/notifications").await;
        let each = listed.as_array().unwrap().iter();
        each.map(|n| {
            let word = |v: &Value| v.as_str().unwrap().to_owned();
            format!("{} {}", word(&n["type"]), word(&n["account"]["username"]))
        })
        .collect()
    }

    /// How this member stands to somebody: `following`, `followed_by`, `requested`, `blocking`, `blocked_by`, ….
    pub async fn relation(&self, handle: &str, what: &str) -> bool {
        let other = self.finds_account(handle).await;
        let id = other["id"].as_str().unwrap().parse().unwrap();
        let mut tx = self.node.app().db.read().await.unwrap();
        let me = accounts::queries::by_uri(&mut tx, &self.uri).await.unwrap().unwrap();
        let r = accounts::queries::relationship(&mut tx, me.id, id).await.unwrap();
        match what {
            "following" => r.following,
            "followed_by" => r.followed_by,
            "requested" => r.requested,
            "blocking" => r.blocking,
            "blocked_by" => r.blocked_by,
            other => panic!("{other}?"),
        }
    }

    /// A post by its address, fetched if need be.
    pub async fn finds_post(&self, uri: &str) -> Shown {
        let found = self.searches(uri).await;
        assert!(found["statuses"][0].is_object(), "{} finds no post at {uri}", self.name);
        Shown(found["statuses"][0].clone())
    }

    /// A post as this member reads it now, by its address.
    pub async fn reads_post(&self, uri: &str) -> Option<Shown> {
        let post = self.node.post(uri).await?;
        let answer = self.call(Method::GET, &format!("/api/v1/statuses/{}", post.id), None).await;
        (answer.status == 200).then(|| Shown(answer.json()))
    }

    /// The texts before and after a post in its thread.
    pub async fn reads_thread(&self, uri: &str) -> (Vec<String>, Vec<String>) {
        let post = self.finds_post(uri).await;
        let thread = self.gets(&format!("/api/v1/statuses/{}/context", post.id())).await;
        let texts = |key: &str| -> Vec<String> {
            thread[key].as_array().unwrap().iter().cloned().map(|v| Shown(v).text()).collect()
        };
        (texts("ancestors"), texts("descendants"))
    }

    /// An account by its handle or address, fetched if need be.
    pub async fn finds_account(&self, words: &str) -> Value {
        let found = self.searches(words).await;
        assert!(found["accounts"][0].is_object(), "{} finds no account {words}", self.name);
        found["accounts"][0].clone()
    }

    pub async fn searches(&self, words: &str) -> Value {
        let path = format!("/api/v2/search?resolve=true&q={}", encode(words));
        self.gets(&path).await
    }

    // the door to the library

    /// The member's account as it is now.
    pub async fn account(&self) -> Account {
        self.node.account(&self.uri).await.unwrap()
    }

    async fn acts(&self) -> (Tx, Account) {
        self.node.net().tick();
        let me = self.account().await;
        (self.node.app().db.begin().await.unwrap(), me)
    }

    async fn acts_on(&self, uri: &str) -> (Tx, Account, Post) {
        self.finds_post(uri).await;
        let (mut tx, me) = self.acts().await;
        let post = posts::queries::by_uri(&mut tx, uri).await.unwrap().unwrap();
        (tx, me, post)
    }
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
