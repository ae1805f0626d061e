//! The demo's prefectures, members and posts. All people are invented.
use super::Place;
use crate::{
    accounts::actions::{
        create::{self, NewMember},
        profile, sign_in,
    },
    accounts::types::{Account, MemberState, NewPassword, ProfileChange, Role},
    app::{App, NodeProfile},
    clock::{Clock, DAY, HOUR, Timestamp},
    config::{Config, Domain},
    events::types::{EventWords, NewEvent},
    mail::EmailAddress,
    network::joining::{self, Introduction},
    node,
    posts::{
        actions::publish,
        types::{Audience, Draft},
    },
    server,
    text::{Lang, LocalName},
};
use std::{collections::HashMap, net::SocketAddr, path::Path};

pub(super) const PASSWORD: &str = "tsudoi-demo-2026";

/// Short name, chapter, prefecture.
const NODES: [(&str, &str, &str); 6] = [
    ("aomori", "青森支部", "青森県"),
    ("iwate", "岩手支部", "岩手県"),
    ("miyagi", "宮城支部", "宮城県"),
    ("akita", "秋田支部", "秋田県"),
    ("yamagata", "山形支部", "山形県"),
    ("fukushima", "福島支部", "福島県"),
];

/// Sign-in name, shown name, what they say about themselves. The first owns the node.
const MEMBERS: [(&str, &str, &str); 2] = [
    ("owner", "見本 管理人", "このノードの世話をしている、見本のメンバーです。"),
    ("hanako", "見本 花子", "まちづくりの勉強会が好きな、見本のメンバーです。"),
];

/// Who (of [`MEMBERS`]), to whom, what.
const POSTS: [(usize, Audience, &str); 4] = [
    (
        0,
        Audience::Public,
        "{chapter}のノードが動き始めました。どうぞよろしくお願いします。 #はじめまして",
    ),
    (
        1,
        Audience::Public,
        "駅前の空き店舗を使った週末カフェ、今月も開きました。{prefecture}の野菜のスープが人気でした。",
    ),
    (
        1,
        Audience::Network,
        "来月の勉強会の持ち回りですが、{chapter}で会場を用意できそうです。ご意見をください。",
    ),
    (0, Audience::Chapter, "支部のみなさんへ：会場の鍵は管理人が持っています。"),
];

/// `iwate` for `iwate`, `岩手`, `岩手支部` or `岩手県`.
pub(super) fn name_of(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let is = |(name, chapter, prefecture): &&(&str, &str, &str)| {
        *name == text.to_lowercase()
            || *chapter == text
            || *prefecture == text
            || chapter.strip_suffix("支部") == Some(text)
    };
    NODES.iter().find(is).map(|(name, ..)| *name)
}

pub(super) fn logins() -> String {
    MEMBERS.map(|(name, ..)| name).join(" or ")
}

pub(super) fn places(data_dir: &Path, count: u16, base_port: u16) -> anyhow::Result<Vec<Place>> {
    anyhow::ensure!(base_port.checked_add(count).is_some(), "base-port: too high");
    let place =
        |(i, (name, chapter, prefecture)): (u16, &(&'static str, &'static str, &'static str))| {
            Place {
                name,
                chapter,
                prefecture,
                bind: SocketAddr::from(([127, 0, 0, 1], base_port + i)),
                data_dir: data_dir.join(name),
            }
        };
    Ok((0..count).zip(&NODES).map(place).collect())
}

/// Fills the nodes' databases and joins them into one network.
pub(super) async fn prepare(places: &[Place]) -> anyhow::Result<()> {
    let start = Clock::System.now().plus(-3 * DAY);
    let mut nodes = Vec::new();
    for place in places {
        nodes.push((open(place, start).await?, place));
    }
    for (app, place) in &nodes {
        name(app, place).await?;
    }
    let apps: Vec<(&App, Introduction)> = nodes
        .iter()
        .map(|(app, p)| {
            let (node, prefecture) = (p.name.to_owned(), p.prefecture.to_owned());
            (app, Introduction { node, prefecture })
        })
        .collect();
    joining::found_together("東北OM", &apps).await?;
    for (app, place) in &nodes {
        settle(app, place).await?;
        app.db.close().await;
    }
    Ok(())
}

async fn open(place: &Place, start: Timestamp) -> anyhow::Result<App> {
    let config = Config {
        domain: Domain::try_from(place.domain()).map_err(anyhow::Error::msg)?,
        bind: place.bind,
        data_dir: place.data_dir.clone(),
        ..Config::default()
    };
    let app = App::open(config, Clock::manual(start)).await?;
    server::prepare(&app).await?;
    Ok(app)
}

async fn name(app: &App, place: &Place) -> anyhow::Result<()> {
    let about = NodeProfile {
        name: format!("つどい {}", place.chapter),
        chapter: place.chapter.to_owned(),
        description: format!("{}の見本のノードです。", place.prefecture),
        is_set_up: true,
    };
    let mut tx = app.db.begin().await?;
    node::save(app, &mut tx, &about).await?;
    node::mark_owned(app, &mut tx).await?;
    Ok(tx.commit().await?)
}

/// Its members and what they said in the last days.
async fn settle(app: &App, place: &Place) -> anyhow::Result<()> {
    let hash = sign_in::hash_password(NewPassword::parse(PASSWORD)?).await?;
    let mut members = Vec::new();
    for (i, (name, shown, bio)) in MEMBERS.into_iter().enumerate() {
        let role = if i == 0 { Role::Owner } else { Role::Member };
        let shown = format!("{shown}（{}）", place.chapter);
        members.push(member(app, name, &shown, bio, role, &hash).await?);
    }
    for (who, audience, text) in POSTS {
        app.clock.advance(7 * HOUR);
        let Some(author) = members.get(who) else { continue };
        let text =
            text.replace("{chapter}", place.chapter).replace("{prefecture}", place.prefecture);
        let draft = Draft { text, audience, lang: "ja".into(), ..Draft::default() };
        let mut tx = app.db.begin().await?;
        publish::publish(app, &mut tx, author, draft, &HashMap::new()).await?;
        tx.commit().await?;
    }
    match members.first() {
        Some(owner) => plan(app, place, owner).await,
        None => Ok(()),
    }
}

/// A study session that the chapter plans for a fortnight from now.
async fn plan(app: &App, place: &Place, organiser: &Account) -> anyhow::Result<()> {
    app.clock.advance(HOUR);
    let starts_at = app.now().plus(14 * DAY);
    let words = EventWords {
        name: format!("{}の勉強会：空き店舗の使い方", place.chapter),
        starts_at: starts_at.iso(),
        ends_at: starts_at.plus(2 * HOUR).iso(),
        timezone: "Asia/Tokyo".into(),
        place: format!("{}の見本会館", place.prefecture),
        capacity: "20".into(),
        ..EventWords::default()
    };
    let draft = Draft {
        text: "事例をいくつか持ち寄って話します。はじめての方もどうぞ。 #勉強会".into(),
        event: Some(NewEvent::parse(&words)?),
        ..Draft::default()
    };
    let mut tx = app.db.begin().await?;
    publish::publish(app, &mut tx, organiser, draft, &HashMap::new()).await?;
    Ok(tx.commit().await?)
}

async fn member(
    app: &App,
    name: &str,
    shown: &str,
    bio: &str,
    role: Role,
    password_hash: &str,
) -> anyhow::Result<Account> {
    let keys = create::make_keys().await?;
    let new = NewMember {
        name: LocalName::parse(name)?,
        display_name: shown.to_owned(),
        email: EmailAddress::parse(&format!("{name}@mail.example"))?,
        password_hash: Some(password_hash.to_owned()),
        role,
        state: MemberState::Active,
        reason: String::new(),
        lang: Lang::default(),
    };
    let mut tx = app.db.begin().await?;
    let account = create::create_member(app, &mut tx, new, &keys).await?;
    tx.commit().await?; // the keys are needed for what is said next
    let change = ProfileChange {
        display_name: shown.to_owned(),
        bio: bio.to_owned(),
        fields: Vec::new(),
        locked: false,
        discoverable: true,
        indexable: true,
        bot: false,
        avatar: None,
        header: None,
    };
    let mut tx = app.db.begin().await?;
    let account = profile::update(app, &mut tx, account.id, |_| change).await?;
    tx.commit().await?;
    Ok(account)
}
