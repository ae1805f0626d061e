//! What a page costs: the statements that one request executes, as sqlx tells of each. A page takes as many however long it is.
use axum::{body::Body, http::Request};
use federation_tests::{Member, Network};
use reqwest::Method;
use serde_json::{Value, json};
use std::{fmt, sync::Mutex};
use tower::ServiceExt;
use tracing::{
    Event, Instrument, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer, Registry,
    filter::Targets,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

/// The span of a request that is counted.
const ASKED: &str = "asked";
/// The beginnings of the statements that were executed for it.
static EXECUTED: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Counter;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Counter {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if context.event_scope(event).into_iter().flatten().any(|span| span.name() == ASKED) {
            event.record(&mut Summary);
        }
    }
}

struct Summary;

impl Visit for Summary {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let summary = format!("{value:?}");
        // Asked once on each connection to PostgreSQL, which sqlx then knows.
        if field.name() == "summary" && !summary.contains("pg_type") {
            EXECUTED.lock().unwrap().push(summary);
        }
    }
}

/// What the member reads at an address, in at most six statements.
async fn reads_in_six(member: &Member, path: &str) -> Value {
    let request = Request::builder()
        .uri(path)
        .header("authorization", format!("Bearer {}", member.token()))
        .body(Body::empty())
        .unwrap();
    EXECUTED.lock().unwrap().clear();
    let router = tsudoi::server::router(member.node.app());
    let answer = router.oneshot(request).instrument(tracing::info_span!(ASKED)).await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    let executed = EXECUTED.lock().unwrap().clone();
    assert!((2..=6).contains(&executed.len()), "{path}: {executed:#?}");
    serde_json::from_slice(&body).unwrap()
}

#[tokio::test]
async fn a_page_with_all_that_posts_have_costs_at_most_six_statements() {
    let targets = Targets::new()
        .with_target("sqlx::query", Level::DEBUG)
        .with_target("it::statements", Level::DEBUG);
    let counts = Registry::default().with(Counter.with_filter(targets));
    tracing::subscriber::set_global_default(counts).unwrap();

    let net = Network::new();
    let node = net.node("iwate").await;
    let (aiko, ken, mio) =
        (node.member("aiko").await, node.member("ken").await, node.member("mio").await);
    aiko.follows(&ken.handle()).await;
    let words = json!({
        "title": "会場", "context": ["home", "public", "notifications", "thread"],
        "keywords_attributes": [{"keyword": "公民館"}],
    });
    aiko.sends(Method::POST, "/api/v2/filters", words).await.succeeded();
    let own = aiko.posts("おはよう").await;
    ken.likes(own.uri()).await;
    mio.likes(own.uri()).await;
    let old = ken.posts("昨年の記録").await;
    let media = ken.uploads("/api/v2/media", "青い空").await.succeeded().json();
    let first = json!({"status": "@aiko 公民館で #集い", "media_ids": [media["id"]]});
    let first = ken.says(first).await;
    let poll = json!({"options": ["山", "海"], "expires_in": 3_600});
    ken.says(json!({"status": "@aiko どちら", "poll": poll, "in_reply_to_id": first.id()})).await;
    let quoting = json!({
        "status": "@aiko ご覧ください", "quoted_status_id": old.id(), "in_reply_to_id": first.id(),
    });
    ken.says(quoting).await;

    let whole = |posts: &[Value]| {
        let some = |has: &dyn Fn(&Value) -> bool| posts.iter().any(has);
        assert!(some(&|s| s["poll"]["options"][1]["title"] == "海"), "{posts:#?}");
        assert!(some(&|s| s["quote"]["quoted_status"]["id"] == old.id()), "{posts:#?}");
        assert!(some(&|s| s["mentions"][0]["username"] == "aiko"), "{posts:#?}");
    };
    let all = |posts: &[Value]| {
        whole(posts);
        let is_first = |s: &Value| {
            s["media_attachments"][0]["description"] == "青い空"
                && s["tags"][0]["name"] == "集い"
                && s["filtered"][0]["filter"]["title"] == "会場"
        };
        assert!(posts.iter().any(is_first), "{posts:#?}");
    };
    // The quoted post is on none of the pages.
    all(reads_in_six(&aiko, "/api/v1/timelines/home?limit=3").await.as_array().unwrap());
    all(reads_in_six(&aiko, "/api/v1/timelines/public?limit=3").await.as_array().unwrap());
    let told = reads_in_six(&aiko, "/api/v1/notifications").await;
    let told: Vec<Value> = told.as_array().unwrap().iter().map(|n| n["status"].clone()).collect();
    all(&told);
    let groups = reads_in_six(&aiko, "/api/v2/notifications").await;
    all(groups["statuses"].as_array().unwrap());
    let likes = &groups["notification_groups"][3];
    assert_eq!(likes["notifications_count"], 2, "{likes:#}");
    assert_eq!(likes["sample_account_ids"].as_array().unwrap().len(), 2);
    assert_eq!(groups["accounts"].as_array().unwrap().len(), 2);
    let path = format!("/api/v1/statuses/{}/context", first.id());
    whole(reads_in_six(&aiko, &path).await["descendants"].as_array().unwrap());
    reads_in_six(&aiko, &format!("/api/v1/statuses/{}", first.id())).await;
}
