//! For whoever runs the node: is it alive, is it ready, how is it doing.
use crate::{
    app::App,
    db::Tx,
    error::Result,
    federation::{delivery, inbound},
    fetch_one,
    network::{lanes, membership, status},
};
use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
}

/// The process answers.
async fn healthz() -> &'static str {
    "ok\n"
}

/// The database answers, too: 503 otherwise.
async fn readyz(State(app): State<App>) -> Result<&'static str> {
    let mut tx = app.db.read().await?;
    let (_,): (i64,) = fetch_one!(&mut tx, sqlx::query_as("SELECT COUNT(*) FROM setting"));
    Ok("ready\n")
}

/// Prometheus text. Figures that several processes share are read from the database when asked for.
#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "gauges are floats")]
async fn metrics(State(app): State<App>) -> Result<impl IntoResponse> {
    let mut tx = app.db.read().await?;
    let (waiting, dead, oldest) = delivery::totals(&mut tx).await?;
    let (backlog, parked) = inbound::totals(&mut tx).await?;
    let age = oldest.map_or(0, |t| (app.now().0 - t.0).max(0) / 1_000);
    metrics::gauge!("tsudoi_deliveries_waiting").set(waiting as f64);
    metrics::gauge!("tsudoi_dead_letters").set(dead as f64);
    metrics::gauge!("tsudoi_oldest_undelivered_seconds").set(age as f64);
    metrics::gauge!("tsudoi_inbound_waiting").set(backlog as f64);
    metrics::gauge!("tsudoi_inbound_parked").set(parked as f64);
    for (host, count, since) in delivery::backlog(&mut tx, 200).await? {
        let lag = (app.now().0 - since.0).max(0) / 1_000;
        metrics::gauge!("tsudoi_host_deliveries_waiting", "host" => host.clone()).set(count as f64);
        metrics::gauge!("tsudoi_host_lag_seconds", "host" => host).set(lag as f64);
    }
    network_metrics(&app, &mut tx).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics.render()))
}

/// How the peers of the network do, and how much of each log is here.
#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "gauges are floats")]
async fn network_metrics(app: &App, tx: &mut Tx) -> Result<()> {
    let Some(us) = membership::current(app, tx).await? else { return Ok(()) };
    let status = status::status(tx, &us, app.now()).await?;
    let frozen = status.nodes.iter().filter(|n| n.is_frozen).count();
    metrics::gauge!("tsudoi_network_frozen_logs").set(frozen as f64);
    let held = status.nodes.iter().any(|n| n.held.is_some());
    metrics::gauge!("tsudoi_network_held").set(f64::from(u8::from(held)));
    metrics::gauge!("tsudoi_network_uncopied_entries").set(status.uncopied as f64);
    let lanes = lanes::totals(tx).await?;
    for peer in status.nodes.into_iter().filter(|n| !n.is_here) {
        let (up, node) = (f64::from(u8::from(peer.answers())), peer.member.node);
        metrics::gauge!("tsudoi_peer_up", "node" => node.clone()).set(up);
        metrics::gauge!("tsudoi_peer_entries", "node" => node.clone()).set(peer.entries as f64);
        metrics::gauge!("tsudoi_peer_lacking_entries", "node" => node.clone())
            .set(peer.lacking as f64);
        metrics::gauge!("tsudoi_peer_lag_entries", "node" => node.clone()).set(peer.lag as f64);
        let (waiting, since) = lanes.get(&node).copied().unwrap_or((0, app.now()));
        let age = (app.now().0 - since.0).max(0) / 1_000;
        metrics::gauge!("tsudoi_peer_lane_waiting", "node" => node.clone()).set(waiting as f64);
        metrics::gauge!("tsudoi_peer_lane_lag_seconds", "node" => node).set(age as f64);
    }
    Ok(())
}
