//! Events on pages: opening one, finding it, asking for a place and giving it up, by forms and without a script.
use federation_tests::{Answer, Browser, Member, Network, Node, browser::between, settle};
use serde_json::json;
use tsudoi::{
    clock::{DAY, HOUR},
    config::{Config, Switch},
};

/// What hana plans for the 12th of December, 2026; the world's clock stands at the 22nd of November.
const PLAN: [(&str, &str); 12] = [
    ("name", "雪かきの勉強会"),
    ("starts_at", "2026-12-12T18:30"),
    ("ends_at", "2026-12-12T20:30"),
    ("timezone", "Asia/Tokyo"),
    ("place", "見本町公民館"),
    ("address", "見本県見本町1-1"),
    ("join_mode", "free"),
    ("capacity", "2"),
    ("text", "スコップの持ち方から。"),
    ("audience", "public"),
    ("language", "ja"),
    ("online_url", "https://meet.example/yuki"),
];

/// The plan with these fields in the place of those of the same name.
fn plan<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let same = |name: &str| changes.iter().find(|(changed, _)| *changed == name).copied();
    let mut fields: Vec<_> = PLAN.into_iter().map(|(n, v)| same(n).unwrap_or((n, v))).collect();
    fields.extend(changes.iter().filter(|(name, _)| PLAN.iter().all(|(n, _)| n != name)));
    fields
}

struct Scene {
    net: Network,
    node: Node,
    hana: Browser,
}

impl Scene {
    async fn new() -> Self {
        let net = Network::new();
        let node = net.node("iwate").await;
        let hana = Browser::of(&node.member("hana").await).await;
        Self { net, node, hana }
    }

    async fn guest(&self, name: &str) -> (Member, Browser) {
        let member = self.node.member(name).await;
        let browser = Browser::of(&member).await;
        (member, browser)
    }

    /// Hana opens an event; the path of its page.
    async fn opens(&self, changes: &[(&str, &str)]) -> String {
        let form = self.hana.opens("/events/new").await;
        let answer = self.hana.posts_form(&form, "/posts", &plan(changes)).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        answer.header("location").to_owned()
    }

    async fn visits(&self, path: &str) -> Answer {
        self.node.get(path, "text/html").await
    }
}

async fn joins(guest: &Browser, event: &str, message: &str) -> String {
    let page = guest.opens(event).await;
    let path = format!("{event}/join");
    guest.sends(&page, &path, &[("message", message)]).await.text()
}

/// Where these words stand in a page, in this order.
fn in_order(page: &str, words: &[&str]) -> bool {
    let places: Vec<_> = words.iter().map(|word| page.find(word)).collect();
    places.iter().all(Option::is_some) && places.is_sorted()
}

#[tokio::test]
async fn an_event_is_opened_by_a_form_and_listed_for_everybody_by_its_day() {
    let s = Scene::new().await;
    let later =
        s.opens(&[("name", "春の会"), ("starts_at", "2027-04-02T10:00"), ("ends_at", "")]).await;
    let soon = s.opens(&[]).await;

    let page = s.visits(&soon).await.text();
    for words in [
        "<title>雪かきの勉強会",
        "2026年12月12日(土) 18:30–20:30",
        "datetime=\"2026-12-12T09:30:00Z\"",
        "見本町公民館<br>見本県見本町1-1",
        "href=\"https://meet.example/yuki\" rel=\"nofollow noopener\"",
        "定員2名 · 参加0名 · 残り2名",
        "スコップの持ち方から。",
        "ログインして参加を申し込む",
        "\"@type\":\"Event\"",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let list = s.visits("/events").await.text();
    let words =
        ["2026年12月12日(土)</h2>", "18:30–20:30", &soon, "2027年4月2日(金)</h2>", "10:00", &later];
    assert!(in_order(&list, &words), "{list}");

    s.net.advance(30 * DAY);
    assert!(!s.visits("/events").await.text().contains(&soon));
    let past = s.visits("/events?past").await.text();
    assert!(past.contains(&soon) && !past.contains(&later), "{past}");
    assert!(s.visits(&soon).await.text().contains("このイベントは終わりました"));
}

#[tokio::test]
async fn places_go_in_the_order_of_asking_and_who_gives_one_up_makes_room_for_who_waited() {
    let s = Scene::new().await;
    let event = s.opens(&[]).await;
    let (yui_is, yui) = s.guest("yui").await;
    let (_, aki) = s.guest("aki").await;
    let (_, ken) = s.guest("ken").await;

    assert!(joins(&yui, &event, "車で行きます").await.contains("参加が決まっています"));
    joins(&aki, &event, "").await;
    let waits = joins(&ken, &event, "").await;
    assert!(waits.contains("補欠で待っています") && waits.contains("満員・補欠受付中"), "{waits}");

    let guests = s.hana.opens(&format!("{event}/guests")).await;
    assert_eq!(guests.status, 200);
    let words = ["@yui", "参加</td>", "車で行きます", "@aki", "@ken", "補欠</td>"];
    assert!(in_order(&guests.text(), &words), "{}", guests.text());
    assert_eq!(yui.opens(&format!("{event}/guests")).await.status, 404, "not the organiser");
    assert_eq!(s.visits(&format!("{event}/guests")).await.status, 303, "a visitor signs in");

    let page = yui.opens(&event).await;
    let left = yui.sends(&page, &format!("{event}/leave"), &[]).await.text();
    assert!(left.contains("補欠で申し込む"), "the place went on to ken: {left}");
    assert!(ken.opens(&event).await.text().contains("参加が決まっています"));
    let news = ken.opens("/notifications").await.text();
    assert!(in_order(&news, &["イベントに動きがありました", "雪かきの勉強会"]), "{news}");
    let news = s.hana.opens("/notifications").await.text();
    assert!(in_order(&news, &["ken", "参加を申し込みました", "雪かきの勉強会"]), "{news}");
    assert!(!news.contains(&yui_is.handle()), "yui took it back: {news}");
    let mine = ken.opens("/events").await.text();
    assert!(mine.contains("参加が決まっています"), "{mine}");
}

#[tokio::test]
async fn what_was_typed_comes_back_with_the_problem_beside_its_field() {
    let s = Scene::new().await;
    let form = s.hana.opens("/events/new").await;
    for (field, wrong) in [
        ("name", "　"),
        ("starts_at", "あした"),
        ("ends_at", "2026-12-12T18:00"),
        ("timezone", "Asia/Nowhere"),
        ("online_url", "meet.example"),
        ("join_mode", "external"),
        ("capacity", "たくさん"),
    ] {
        let answer = s.hana.posts_form(&form, "/posts", &plan(&[(field, wrong)])).await;
        let field = if field == "join_mode" { "join_url" } else { field };
        let page = answer.text();
        assert_eq!(answer.status, 422, "{field}");
        assert!(page.contains(&format!("id=\"{field}-problem\"")), "{field}: {page}");
        for kept in ["スコップの持ち方から。", "value=\"見本町公民館\"", wrong] {
            assert!(page.contains(kept), "{field} loses {kept}: {page}");
        }
    }
    let both = s.hana.posts_form(&form, "/posts", &plan(&[("text", &"長".repeat(4_000))])).await;
    assert_eq!(both.status, 422);
    assert!(both.text().contains("id=\"text-problem\"") && both.text().contains("見本町公民館"));
    assert!(!s.visits("/events").await.text().contains("雪かき"), "nothing was published");
}

#[tokio::test]
async fn a_change_is_told_to_the_guests_and_nobody_gets_into_what_is_cancelled() {
    let s = Scene::new().await;
    let event = s.opens(&[]).await;
    let (_, yui) = s.guest("yui").await;
    let (_, ken) = s.guest("ken").await;
    joins(&yui, &event, "").await;
    let looked_at = ken.opens(&event).await;

    let path = format!("{event}/edit");
    let form = s.hana.opens(&path).await;
    let shown = form.text();
    for words in ["value=\"雪かきの勉強会\"", "value=\"2026-12-12T18:30\"", "value=\"2\""] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let wrong = s.hana.posts_form(&form, &path, &plan(&[("capacity", "0")])).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("id=\"capacity-problem\""), "{}", wrong.text());
    let changes = [("status", "cancelled"), ("text", "大雪のため中止します。")];
    let page = s.hana.sends(&form, &path, &plan(&changes)).await.text();
    assert!(page.contains("<span class=\"badge warm\">中止</span>"), "{page}");
    assert!(page.contains("大雪のため中止します。"), "{page}");

    assert!(yui.opens("/notifications").await.text().contains("イベントに動きがありました"));
    let list = s.visits("/events").await.text();
    assert!(in_order(&list, &[&event, "中止</span>"]), "{list}");
    let late = ken.sends(&looked_at, &format!("{event}/join"), &[("message", "")]).await.text();
    assert!(late.contains("申し込めませんでした"), "{late}");
    assert!(late.contains("このイベントは中止になりました"), "{late}");
    let history = s.visits(&format!("{event}/history")).await.text();
    assert!(history.contains("スコップの持ち方から。"), "{history}");
}

#[tokio::test]
async fn an_event_for_the_chapter_is_for_its_members_alone() {
    let s = Scene::new().await;
    let event = s.opens(&[("audience", "chapter")]).await;
    let (_, yui) = s.guest("yui").await;
    for path in [event.clone(), format!("{event}/event.ics")] {
        assert_eq!(s.visits(&path).await.status, 404, "{path}");
        assert_eq!(yui.opens(&path).await.status, 200, "{path}");
    }
    assert!(!s.visits("/events").await.text().contains(&event));
    assert!(yui.opens("/events").await.text().contains(&event));
    let unlisted = s.opens(&[("audience", "unlisted")]).await;
    assert!(!yui.opens("/events").await.text().contains(&unlisted));
    assert_eq!(s.visits(&unlisted).await.status, 200);
}

#[tokio::test]
async fn who_is_muted_stands_in_no_list_of_events() {
    let s = Scene::new().await;
    let event = s.opens(&[]).await;
    let (member, yui) = s.guest("yui").await;
    member.relates("mute", &format!("hana@{}", s.node.host())).await.succeeded();
    assert!(!yui.opens("/events").await.text().contains(&event));
    assert!(s.visits("/events").await.text().contains(&event));
}

#[tokio::test]
async fn a_calendar_takes_the_event_and_notices_its_changes() {
    let s = Scene::new().await;
    let event = s.opens(&[]).await;
    let path = format!("{event}/event.ics");
    let calendar = s.visits(&path).await;
    assert_eq!(calendar.header("content-type"), "text/calendar; charset=utf-8");
    let first = calendar.text();
    let id = event.rsplit('/').next().unwrap();
    for line in [
        format!("UID:{}", s.node.url(&format!("/users/hana/posts/{id}"))),
        "DTSTART:20261212T093000Z".into(),
        "DTEND:20261212T113000Z".into(),
        "SEQUENCE:0".into(),
        "STATUS:CONFIRMED".into(),
        "SUMMARY:雪かきの勉強会".into(),
    ] {
        assert!(first.contains(&format!("\r\n{line}\r\n")), "{line}: {first}");
    }
    let form = s.hana.opens(&format!("{event}/edit")).await;
    let changes = plan(&[("starts_at", "2026-12-12T19:00"), ("status", "tentative")]);
    s.hana.sends(&form, &format!("{event}/edit"), &changes).await;
    let second = s.visits(&path).await.text();
    for line in ["DTSTART:20261212T100000Z", "SEQUENCE:1", "STATUS:TENTATIVE"] {
        assert!(second.contains(&format!("\r\n{line}\r\n")), "{line}: {second}");
    }
    let uid = |calendar: &str| between(calendar, "UID:", "\r\n");
    assert_eq!(uid(&first), uid(&second));
    let post = s.node.member("aki").await.posts("ただの投稿").await;
    assert_eq!(s.visits(&format!("/@aki/{}/event.ics", post.id())).await.status, 404);
}

#[tokio::test]
async fn the_next_event_begins_as_a_copy_of_the_last_one_without_its_dates() {
    let s = Scene::new().await;
    let event = s.opens(&[]).await;
    let id = event.rsplit('/').next().unwrap();
    let copy = format!("/events/new?from={id}");
    let form = s.hana.opens(&copy).await.text();
    for words in ["value=\"雪かきの勉強会\"", "value=\"見本町公民館\"", "スコップの持ち方から。"]
    {
        assert!(form.contains(words), "{words}: {form}");
    }
    assert!(!form.contains("2026-12-12T18:30"), "{form}");
    let (_, yui) = s.guest("yui").await;
    assert_eq!(yui.opens(&copy).await.status, 404, "somebody else's event");
}

#[tokio::test]
async fn what_was_planned_when_the_session_had_ended_is_there_after_signing_in() {
    let s = Scene::new().await;
    let form = s.hana.opens("/events/new").await;
    let answer = s.hana.signed_out().posts_form(&form, "/posts", &plan(&[])).await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), "/login?next=%2Fevents%2Fnew");
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    let browser = s.hana.with_cookie(&cookie);
    let form = browser.opens("/events/new").await;
    assert!(form.text().contains("value=\"雪かきの勉強会\""), "{}", form.text());
    assert!(form.text().contains("value=\"2026-12-12T18:30\""), "{}", form.text());
    let plain = browser.opens("/compose").await.text();
    assert!(!plain.contains("スコップ"), "it is an event, not a post: {plain}");
    let published = browser.posts_form(&form, "/posts", &plan(&[])).await;
    assert_eq!(published.status, 303, "{}", published.text());
}

#[tokio::test]
async fn what_a_visitor_sends_who_never_signed_in_is_not_kept() {
    let s = Scene::new().await;
    let form = s.hana.opens("/compose").await;
    let visitor = Browser::of_nobody(&s.node);
    let answer = visitor.posts_form(&form, "/posts", &[("text", "だれでもない")]).await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), "/login?next=%2Fcompose");
    assert_eq!(answer.header("set-cookie"), "");
}

#[tokio::test]
async fn of_browsers_whose_session_has_ended_little_is_kept() {
    let net = Network::new();
    let limited = |config: &mut Config| {
        config.rate_limits = Switch::On;
        config.rate_limit_sign_in = 3;
    };
    let node = net.node_with("iwate", limited).await;
    let hana = Browser::of(&node.member("hana").await).await;
    let form = hana.opens("/compose").await;
    let ended = hana.signed_out();
    let sends = async |warning: &str| {
        let typed = [("text", "書きかけ"), ("warning", warning)];
        ended.posts_form(&form, "/posts", &typed).await.status
    };
    assert_eq!(sends("").await, 303);
    assert_eq!(sends(&"あ".repeat(90_000)).await, 413, "more than a form holds");
    assert_eq!(sends("").await, 303);
    assert_eq!(sends("").await, 429);
}

#[tokio::test]
async fn a_long_list_goes_on_where_the_page_before_it_ended() {
    let s = Scene::new().await;
    for _ in 0..22 {
        s.opens(&[("name", "連続講座")]).await;
    }
    let listed = |page: &str| page.matches("class=\"meeting\"").count();
    let first = s.visits("/events").await.text();
    assert_eq!(listed(&first), 20);
    let next = between(&first, "rel=\"next\" href=\"", "\"");
    let second = s.visits(&next).await.text();
    assert_eq!(listed(&second), 2);
    assert!(!second.contains("rel=\"next\""), "{second}");
    s.net.advance(20 * DAY + 12 * HOUR);
    let first = s.visits("/events?past").await.text();
    let next = between(&first, "rel=\"next\" href=\"", "\"");
    assert_eq!((listed(&first), listed(&s.visits(&next).await.text())), (20, 2));
    assert_eq!(s.visits("/events?behind=nonsense").await.status, 400);
}

#[tokio::test]
async fn how_one_applies_elsewhere_or_not_at_all_is_said_instead_of_a_form() {
    let s = Scene::new().await;
    let (_, yui) = s.guest("yui").await;
    let page = "https://apply.example/1";
    let elsewhere = s.opens(&[("join_mode", "external"), ("join_url", page)]).await;
    let closed = s.opens(&[("join_mode", "closed"), ("text", "")]).await;
    let shown = yui.opens(&elsewhere).await.text();
    assert!(
        shown.contains("href=\"https://apply.example/1\" rel=\"nofollow noopener\""),
        "{shown}"
    );
    assert!(!shown.contains(&format!("{elsewhere}/join")), "{shown}");
    let shown = yui.opens(&closed).await.text();
    assert!(shown.contains("ここでは受け付けていません"), "{shown}");
    for path in ["/@hana", "/local", "/search?q=%E9%9B%AA%E3%81%8B%E3%81%8D"] {
        let page = yui.opens(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text().contains("雪かきの勉強会"), "{path}: an event without a text");
    }
}

#[tokio::test]
async fn a_place_at_another_nodes_event_is_asked_for_on_its_page_here() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (hana, ken) = (iwate.member("hana").await, akita.member("ken").await);
    ken.follows(&hana.handle()).await;
    settle(&[&iwate, &akita]).await;
    let uri = hana.hosts("public", json!({"capacity": "1"})).await;
    settle(&[&iwate, &akita]).await;

    let event = format!("/@{}/{}", hana.handle(), akita.post(&uri).await.unwrap().id);
    let browser = Browser::of(&ken).await;
    assert!(browser.opens("/events").await.text().contains(&event));
    let page = browser.opens(&event).await;
    let words = format!("主催者のノード（{}）が決めます", iwate.host());
    assert!(page.text().contains(&words), "{}", page.text());
    let asked = browser.sends(&page, &format!("{event}/join"), &[("message", "")]).await.text();
    assert!(asked.contains("主催者のノードの返事を待っています"), "{asked}");
    settle(&[&iwate, &akita]).await;
    assert!(browser.opens(&event).await.text().contains("参加が決まっています"));
    let calendar = browser.opens(&format!("{event}/event.ics")).await.text();
    assert!(calendar.replace("\r\n ", "").contains(&format!("UID:{uri}\r\n")), "{calendar}");
}
