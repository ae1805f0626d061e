//! Who hears of an event, and what they are told. What a stream says is what its reader may read, asked when it is said.
use super::{
    hub::{Hub, Reached, Wire},
    streams::{Belongs, Stream},
};
use crate::{
    app::App,
    db::Tx,
    error::{Error, Result},
    feeds::{self, home, live::Told},
    ids::{AccountId, PostId},
    mastodon::{conversations, entities, notifications},
    posts::{
        queries,
        types::{Audience, Line, Post},
        view::{self, PostView},
    },
    timelines::{
        notices::{self, Addressed},
        reading,
    },
};
use axum::extract::ws::Utf8Bytes;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// Notifications that are read together.
const AT_ONCE: usize = 200;

/// What depends on the reader of a status; left out of what many are told, so that no program takes it for the truth.
const OF_ONE: [&str; 6] = ["favourited", "reblogged", "bookmarked", "muted", "pinned", "filtered"];

/// Tells everybody who listens and may hear it. Notifications that follow each other are read together.
pub async fn tell(app: &App, hub: &Hub, news: &[Told]) -> Result<()> {
    let mut news = news.iter().copied().peekable();
    while let Some(told) = news.next() {
        match told {
            Told::Posted(id) => {
                post(app, hub, "update", &line(id)).await?;
                conversation(app, hub, id).await?;
            }
            Told::Edited(id) => post(app, hub, "status.update", &line(id)).await?,
            Told::Boosted { post, boost } => boosted(app, hub, post, boost).await?,
            Told::Deleted(id) => gone(app, hub, id.0, id).await?,
            Told::Unboosted { post, boost } => gone(app, hub, boost, post).await?,
            Told::Notice { to, id } => {
                let mut told = vec![(to, id)];
                while let Some(Told::Notice { to, id }) =
                    news.next_if(|told| matches!(told, Told::Notice { .. }))
                {
                    told.push((to, id));
                }
                notices(app, hub, told).await?;
            }
            Told::Filters(member) => {
                let to = hub.reached(|stream, me| me == member && *stream == Stream::User);
                send(hub, to, &Said { event: "filters_changed", payload: None });
            }
        }
    }
    Ok(())
}

async fn boosted(app: &App, hub: &Hub, post_id: PostId, boost: i64) -> Result<()> {
    let mut tx = app.db.read().await?;
    let Some(booster) = queries::booster(&mut tx, boost).await? else { return Ok(()) };
    drop(tx);
    post(app, hub, "update", &Line { id: boost, post_id, booster_id: Some(booster) }).await
}

fn line(id: PostId) -> Line {
    Line { id: id.0, post_id: id, booster_id: None }
}

/// What is said of an event, the same to all.
struct Said {
    event: &'static str,
    payload: Option<String>,
}

impl Said {
    fn frame(&self, stream: &Stream, wire: Wire) -> Utf8Bytes {
        let payload = self.payload.as_deref();
        match wire {
            Wire::Events => {
                format!("event: {}\ndata: {}\n\n", self.event, payload.unwrap_or("null")).into()
            }
            Wire::Socket => {
                let mut frame = json!({"stream": stream.name(), "event": self.event});
                if let (Some(fields), Some(payload)) = (frame.as_object_mut(), payload) {
                    fields.insert("payload".into(), payload.into());
                }
                frame.to_string().into()
            }
        }
    }
}

/// Each frame is written once, however many read it.
fn send(hub: &Hub, to: Vec<Reached>, said: &Said) {
    let mut frames: HashMap<(Wire, Stream), Utf8Bytes> = HashMap::new();
    hub.send(to.into_iter().map(|to| {
        let key = (to.wire, to.stream.clone());
        let frame = frames.entry(key).or_insert_with(|| said.frame(&to.stream, to.wire)).clone();
        (to, frame)
    }));
}

async fn post(app: &App, hub: &Hub, event: &'static str, line: &Line) -> Result<()> {
    let shows_posts =
        |stream: &Stream, _| !matches!(stream, Stream::Notifications | Stream::Direct);
    if !hub.any(shows_posts) {
        return Ok(());
    }
    let mut tx = app.db.read().await?;
    let Some(post) = known(&mut tx, line.post_id).await? else { return Ok(()) };
    // Its author reads all that others may read of it.
    let Some(view) = seen_by(&mut tx, post.account_id, line).await? else { return Ok(()) };
    let of_line = (event == "update").then_some(line.id);
    let home = home::holders(&mut tx, line.post_id, of_line).await?.into_iter().collect();
    let lists = if hub.any(|stream, _| matches!(stream, Stream::List(_))) {
        home::lists_holding(&mut tx, line.post_id, of_line).await?.into_iter().collect()
    } else {
        HashSet::new()
    };
    let belongs = Belongs { view: &view, home: &home, lists: &lists };
    let reached = hub.reached(|stream, me| belongs.to(stream, me));
    let reached = readers(&mut tx, &post, reached).await?;
    // What is quoted, not all may read who read the post.
    if view.quoted.is_none() {
        let said = Said { event, payload: Some(for_all(app, &view)?) };
        send(hub, reached, &said);
        return Ok(());
    }
    for (reader, to) in by_reader(reached) {
        if let Some(view) = seen_by(&mut tx, reader, line).await? {
            let payload = serde_json::to_string(&entities::status(app, &view))?;
            send(hub, to, &Said { event, payload: Some(payload) });
        }
    }
    Ok(())
}

/// A direct post is told with its conversation, to each as it stands in their own list.
async fn conversation(app: &App, hub: &Hub, id: PostId) -> Result<()> {
    if !hub.any(|stream, _| *stream == Stream::Direct) {
        return Ok(());
    }
    let mut tx = app.db.read().await?;
    let Some(post) = known(&mut tx, id).await? else { return Ok(()) };
    if post.audience != Audience::Direct {
        return Ok(());
    }
    let newest = feeds::conversations::with_newest(&mut tx, post.thread_id, id).await?;
    let reached = hub.reached(|stream, me| *stream == Stream::Direct && newest.contains_key(&me));
    let reached = readers(&mut tx, &post, reached).await?;
    let Some(view) = seen_by(&mut tx, post.account_id, &line(id)).await? else { return Ok(()) };
    for (reader, to) in by_reader(reached) {
        let Some(known) = newest.get(&reader) else { continue };
        let payload = if view.quoted.is_none() {
            let mut said = serde_json::to_value(conversations::entity(app, reader, known, &view))?;
            said.get_mut("last_status").map(leave_out);
            said.to_string()
        } else if let Some(view) = seen_by(&mut tx, reader, &line(id)).await? {
            serde_json::to_string(&conversations::entity(app, reader, known, &view))?
        } else {
            continue;
        };
        send(hub, to, &Said { event: "conversation", payload: Some(payload) });
    }
    Ok(())
}

/// The post, if it is still there in any form.
async fn known(tx: &mut Tx, id: PostId) -> Result<Option<Post>> {
    match queries::by_id(tx, id).await {
        Err(Error::NotFound) => Ok(None),
        found => found.map(Some),
    }
}

fn by_reader(reached: Vec<Reached>) -> HashMap<AccountId, Vec<Reached>> {
    let mut by_reader: HashMap<AccountId, Vec<Reached>> = HashMap::new();
    for to in reached {
        by_reader.entry(to.me).or_default().push(to);
    }
    by_reader
}

async fn seen_by(tx: &mut Tx, reader: AccountId, line: &Line) -> Result<Option<PostView>> {
    Ok(view::lines(tx, Some(reader), &[*line]).await?.pop())
}

/// Those who may read the post now, and neither mute nor block its author.
async fn readers(tx: &mut Tx, post: &Post, mut to: Vec<Reached>) -> Result<Vec<Reached>> {
    let asked: HashSet<AccountId> = to.iter().map(|to| to.me).collect();
    let may = queries::readers(tx, post.id, &asked.into_iter().collect::<Vec<_>>()).await?;
    to.retain(|to| may.contains(&to.me));
    Ok(to)
}

fn for_all(app: &App, view: &PostView) -> Result<String> {
    let mut status = serde_json::to_value(entities::status(app, view))?;
    leave_out(&mut status);
    if let Some(boosted) = status.get_mut("reblog") {
        leave_out(boosted);
    }
    Ok(status.to_string())
}

fn leave_out(status: &mut Value) {
    let Some(fields) = status.as_object_mut() else { return };
    for name in OF_ONE {
        fields.remove(name);
    }
    if let Some(poll) = fields.get_mut("poll").and_then(Value::as_object_mut) {
        poll.remove("voted");
        poll.remove("own_votes");
    }
    if let Some(event) = fields.get_mut("tsudoi").and_then(|ours| ours.get_mut("event"))
        && let Some(event) = event.as_object_mut()
    {
        event.remove("rsvp");
    }
}

/// A post or boost is gone: told to those who could have read it.
async fn gone(app: &App, hub: &Hub, id: i64, post: PostId) -> Result<()> {
    let reached =
        hub.reached(|stream, _| !matches!(stream, Stream::Notifications | Stream::Direct));
    if reached.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.read().await?;
    let asked: HashSet<AccountId> = reached.iter().map(|to| to.me).collect();
    let asked: Vec<AccountId> = asked.into_iter().collect();
    let could = queries::former_readers(&mut tx, post, &asked).await?;
    let is_public = queries::by_id(&mut tx, post).await?.audience.is_open();
    let is_own = |stream: &Stream| matches!(stream, Stream::User | Stream::List(_));
    let to = reached
        .into_iter()
        .filter(|to| could.contains(&to.me) && (is_public || is_own(&to.stream)));
    send(hub, to.collect(), &Said { event: "delete", payload: Some(id.to_string()) });
    Ok(())
}

/// Notifications, by their ids, to those members among them who listen: nothing is read for the others.
async fn notices(app: &App, hub: &Hub, mut told: Vec<(AccountId, i64)>) -> Result<()> {
    let members: HashSet<AccountId> = told.iter().map(|(to, _)| *to).collect();
    let mut reached = hub.reached(|stream, me| {
        members.contains(&me) && matches!(stream, Stream::User | Stream::Notifications)
    });
    reached.retain(|to| to.may_be_notified);
    let listening = by_reader(reached);
    told.retain(|(to, _)| listening.contains_key(to));
    for chunk in told.chunks(AT_ONCE) {
        let ids: Vec<i64> = chunk.iter().map(|(_, id)| *id).collect();
        let mut tx = app.db.read().await?;
        let mut by_post: HashMap<Option<PostId>, Vec<Addressed>> = HashMap::new();
        let mut addressed = notices::addressed(&mut tx, &ids).await?;
        // A stream cannot be asked for a type by its name.
        addressed.retain(|notice| notice.row.kind.is_widely_known());
        for notice in addressed {
            by_post.entry(notice.row.post_id).or_default().push(notice);
        }
        let mut payloads = Vec::new();
        for (post, notices) in by_post {
            payloads.extend(written(app, &mut tx, post, notices).await?);
        }
        payloads.sort_unstable_by_key(|(id, ..)| *id);
        for (_, member, payload) in payloads {
            let to = listening.get(&member).cloned().unwrap_or_default();
            send(hub, to, &Said { event: "notification", payload: Some(payload) });
        }
    }
    Ok(())
}

/// A notification's id, whose it is, and what they are told.
type Written = (i64, AccountId, String);

/// What members are told of one post, or of no post. Where there are many of them, it is read once, as its author sees it; what it quotes, not
/// all may read.
async fn written(
    app: &App,
    tx: &mut Tx,
    post: Option<PostId>,
    mut notices: Vec<Addressed>,
) -> Result<Vec<Written>> {
    let readers: HashSet<AccountId> = notices.iter().map(|n| n.account_id).collect();
    let post = match post.filter(|_| readers.len() > 1) {
        Some(id) => known(tx, id).await?.filter(|p| p.quote_id.is_none()),
        None => None,
    };
    let mut written = Vec::new();
    if let Some(post) = post {
        let readers: Vec<AccountId> = readers.into_iter().collect();
        // Whether it is still there its author is asked, who else is meant to read it here.
        let may = queries::former_readers(tx, post.id, &readers).await?;
        notices.retain(|n| may.contains(&n.account_id));
        let members: HashMap<i64, AccountId> =
            notices.iter().map(|n| (n.row.id, n.account_id)).collect();
        let rows = notices.into_iter().map(|n| n.row).collect();
        for view in reading::dress(tx, post.account_id, rows, Vec::new()).await?.0 {
            let mut told = serde_json::to_value(notifications::notification(app, &view))?;
            told.get_mut("status").map(leave_out);
            written.extend(members.get(&view.id).map(|to| (view.id, *to, told.to_string())));
        }
        return Ok(written);
    }
    for reader in readers {
        let own = notices.iter().filter(|n| n.account_id == reader).map(|n| n.row.clone());
        for view in reading::dress(tx, reader, own.collect(), Vec::new()).await?.0 {
            let told = notifications::notification(app, &view);
            written.push((view.id, reader, serde_json::to_string(&told)?));
        }
    }
    Ok(written)
}
