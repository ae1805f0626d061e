//! Puts the routes together, starts the jobs, and stops gracefully.
use crate::{
    accounts::{
        self,
        actions::{create, returning},
    },
    activitypub::{discovery, documents, mirrors},
    admin,
    app::App,
    copies,
    error::{Error, Result},
    http::{
        answers::{self, Answers},
        cors, floods, in_time,
    },
    inbox, jobs, network, node, oauth, openapi, operations, posts, settings, timelines, web,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderValue, header::CACHE_CONTROL},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use std::{future::Future, net::SocketAddr, time::Duration};
use tokio::{net::TcpListener, task::JoinSet};
use tower_http::{
    CompressionLevel, catch_panic::CatchPanicLayer, compression::CompressionLayer,
    set_header::SetResponseHeaderLayer, trace::TraceLayer,
};

/// Connections that are still busy this long after SIGTERM are cut.
const GRACE: Duration = Duration::from_secs(20);

/// Every route of a node.
pub fn router(app: &App) -> Router {
    let floods = middleware::from_fn_with_state(app.clone(), floods::hold);
    let counted = middleware::from_fn_with_state(app.clone(), floods::hold_and_tell);
    let documents = discovery::routes().merge(documents::routes()).merge(mirrors::routes());
    let documents = documents.merge(oauth::documents());
    // Other origins may read that they asked too often, too.
    let documents = documents.layer(floods.clone()).layer(cors::documents());
    let api = openapi::routes(app).layer(counted).layer(cors::api());
    let routes = Router::new()
        .merge(operations::routes())
        .merge(documents)
        .merge(api)
        .merge(pages(app).layer(floods))
        .merge(inbox::receive::routes())
        .merge(network::door::routes())
        .with_state(app.clone());
    // Around all of them at once: a layer over a router is made anew for each of its routes.
    Router::new()
        .fallback_service(routes)
        .layer(DefaultBodyLimit::max(2 << 20))
        .layer(middleware::from_fn(in_time::answer))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(middleware::from_fn_with_state(Answers::new(app), answers::again))
        .layer(CatchPanicLayer::new())
        // Without the query: tokens and codes stand there.
        .layer(TraceLayer::new_for_http().make_span_with(|request: &Request| {
            tracing::debug_span!("request", method = %request.method(), path = request.uri().path())
        }))
        .layer(middleware::from_fn(without_last_slash))
        .layer(middleware::from_fn(refuse_nul))
}

/// No address of ours has a NUL, and `PostgreSQL` cannot look for one.
async fn refuse_nul(request: Request, next: Next) -> Response {
    if request.uri().path_and_query().is_some_and(|address| address.as_str().contains("%00")) {
        return Error::Malformed("NUL in the address".into()).into_response();
    }
    next.run(request).await
}

/// Programs that write a `/` at the end of an address of the API mean the same address.
async fn without_last_slash(mut request: Request, next: Next) -> Response {
    let uri = request.uri();
    if let Some(path) = uri.path().strip_suffix('/').filter(|path| path.starts_with("/api/")) {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        if let Ok(uri) = format!("{path}{query}").parse() {
            *request.uri_mut() = uri;
        }
    }
    next.run(request).await
}

/// What browsers ask for, and the page that says that there is no such page.
fn pages(app: &App) -> Router<App> {
    // Signing in, links that work once, settings: for one person, so that nobody keeps a copy.
    let never_kept =
        SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let personal = Router::new()
        .merge(accounts::pages::routes())
        .merge(settings::routes(app))
        .merge(admin::routes())
        .merge(oauth::pages())
        .layer(never_kept);
    let pages = Router::new()
        .merge(web::routes())
        .merge(accounts::page::routes())
        .merge(posts::pages::routes(app))
        .merge(copies::routes())
        .merge(timelines::pages::routes())
        .merge(personal)
        .fallback(async || Error::NotFound);
    web::layers(app, pages)
}

/// What every process does before anything else: the instance actor is there, and a node that was put back from an old copy says nothing yet.
pub async fn begin(app: &App) -> Result<()> {
    create::ensure_instance_actor(app).await?;
    network::start::check(app).await?;
    returning::notice(app).await
}

/// What must be there before the first request; and a set-up link while nobody owns the node.
pub async fn prepare(app: &App) -> Result<Option<String>> {
    begin(app).await?;
    if node::profile(app).await?.is_set_up {
        return Ok(None);
    }
    let mut tx = app.db.begin().await?;
    let token = node::new_setup_token(&mut tx).await?;
    tx.commit().await?;
    Ok(Some(app.url(&format!("/setup?token={token}"))))
}

/// Serves until `stop`, then lets requests end and gives work back.
pub async fn serve(
    app: App,
    listener: TcpListener,
    work: bool,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let mut tasks = JoinSet::new();
    if work {
        jobs::spawn(&app, &mut tasks);
    }
    let service = router(&app).into_make_service_with_connect_info::<SocketAddr>();
    let stopping = std::sync::Arc::new(tokio::sync::Notify::new());
    let bell = stopping.clone();
    let streams = app.stopping.clone();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop.await;
        streams.cancel();
        bell.notify_one();
    });
    // The loops stop taking work when the doors close, and finish while the last requests do.
    let server = std::future::IntoFuture::into_future(server);
    tokio::select! {
        ended = server => ended.map_err(|e| Error::Internal(e.to_string()))?,
        () = patience(&stopping) => tracing::warn!("connections were still open and are cut"),
    }
    jobs::end(tasks).await;
    app.db.close().await;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the grace period is real time")]
async fn patience(stopping: &tokio::sync::Notify) {
    stopping.notified().await;
    tokio::time::sleep(GRACE).await;
}
