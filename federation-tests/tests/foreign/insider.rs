//! What a member does that the client API has no door for yet: the library's actions on the node's database, as a second process.
use federation_tests::process::Node;
use serde_json::Value;
use std::collections::HashMap;
use tsudoi::{
    accounts::{
        self,
        actions::profile,
        types::{Account, ProfileChange},
    },
    app::App,
    db::Tx,
    events::types::{EventWords, NewEvent, RsvpState},
    ids::{MediaId, PostId},
    media::image::{self, Limits, Picture},
    posts::{
        actions::{attend, change, publish, quote, react, vote},
        queries,
        types::{Draft, Media, Post},
    },
};

pub(crate) struct Insider {
    app: App,
    name: String,
}

impl Insider {
    pub(crate) async fn of(node: &Node, name: &str) -> Self {
        Self { app: node.library().await, name: name.to_owned() }
    }

    async fn begin(&self) -> (Tx, Account) {
        let mut tx = self.app.db.begin().await.unwrap();
        let account =
            accounts::queries::by_handle(&mut tx, &self.name, self.app.host()).await.unwrap();
        (tx, account.expect("a member"))
    }

    pub(crate) async fn edit(&self, status: &Value, text: &str) {
        let named = publish::resolve_mentions(&self.app, text).await;
        let (mut tx, me) = self.begin().await;
        let edit = change::Edit {
            text: text.to_owned(),
            summary: String::new(),
            sensitive: false,
            lang: "ja".into(),
            media: Vec::new(),
            event: None,
        };
        change::edit(&self.app, &mut tx, &me, id(status), edit, &named).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn vote(&self, status: &Value, choices: &[i64]) {
        let (mut tx, me) = self.begin().await;
        let post = queries::by_id(&mut tx, id(status)).await.unwrap();
        vote::vote(&self.app, &mut tx, &me, &post, choices).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Plans a public event; its address.
    pub(crate) async fn plan(&self, text: &str, words: &EventWords) -> String {
        let (mut tx, me) = self.begin().await;
        let event = Some(NewEvent::parse(words).unwrap());
        let draft = Draft { text: text.to_owned(), event, ..Draft::default() };
        let none = HashMap::new();
        let post = publish::publish(&self.app, &mut tx, &me, draft, &none).await.unwrap();
        tx.commit().await.unwrap();
        post.uri
    }

    pub(crate) async fn join(&self, status: &Value) -> RsvpState {
        let (mut tx, me) = self.begin().await;
        let post = queries::by_id(&mut tx, id(status)).await.unwrap();
        let state = attend::join(&self.app, &mut tx, &me, &post, "").await.unwrap();
        tx.commit().await.unwrap();
        state
    }

    pub(crate) async fn leave(&self, status: &Value) {
        let (mut tx, me) = self.begin().await;
        let post = queries::by_id(&mut tx, id(status)).await.unwrap();
        attend::leave(&self.app, &mut tx, &me, &post).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn emoji(&self, status: &Value, emoji: &str) {
        let (mut tx, me) = self.begin().await;
        let post = queries::by_id(&mut tx, id(status)).await.unwrap();
        react::like(&self.app, &mut tx, &me, &post, None, emoji).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn revoke_quote(&self, quoting: &Value) {
        let (mut tx, me) = self.begin().await;
        let quoting: Post = queries::by_id(&mut tx, id(quoting)).await.unwrap();
        quote::revoke(&self.app, &mut tx, &me, &quoting).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn update_profile(&self, display_name: &str, bio: &str, avatar: &[u8]) {
        let picture = image::avatar(avatar, Limits::default()).unwrap();
        let avatar = Some(self.app.media.put(&picture.bytes, picture.extension).unwrap());
        let (mut tx, me) = self.begin().await;
        let change = ProfileChange {
            display_name: display_name.to_owned(),
            bio: bio.to_owned(),
            discoverable: true,
            avatar,
            ..ProfileChange::default()
        };
        profile::update(&self.app, &mut tx, me.id, |_| change).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn set_aliases(&self, aliases: &[String]) {
        let (mut tx, me) = self.begin().await;
        profile::set_aliases(&self.app, &mut tx, &me, aliases).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn move_to(&self, target: &str) {
        let (mut tx, me) = self.begin().await;
        let target =
            accounts::queries::by_uri(&mut tx, target).await.unwrap().expect("a known account");
        profile::move_to(&self.app, &mut tx, &me, &target).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn delete_account(&self) {
        let (mut tx, me) = self.begin().await;
        profile::delete(&self.app, &mut tx, &me).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Uploads a picture and returns its id for `media_ids`.
    pub(crate) async fn upload(&self, bytes: &[u8], description: &str) -> String {
        let picture: Picture = image::process(bytes, Limits::default()).unwrap();
        let url = self.app.media.put(&picture.bytes, picture.extension).unwrap();
        let thumbnail = self.app.media.put(&picture.thumbnail, "jpg").unwrap();
        let (mut tx, me) = self.begin().await;
        let media = Media {
            id: MediaId::new(self.app.now()),
            account_id: me.id,
            post_id: None,
            media_type: picture.media_type.to_owned(),
            url,
            thumbnail_url: Some(thumbnail),
            width: picture.width.into(),
            height: picture.height.into(),
            blurhash: Some(picture.blurhash),
            description: description.to_owned(),
            focus_x: 0.0,
            focus_y: 0.0,
        };
        queries::insert_media(&mut tx, &media, 0, self.app.now()).await.unwrap();
        tx.commit().await.unwrap();
        media.id.to_string()
    }
}

fn id(status: &Value) -> PostId {
    status["id"].as_str().expect("an id").parse().expect("an id")
}
