//! For whoever runs the node: is it alive, is it ready, how is it doing.
use crate::{
    app::App,
    clock::Timestamp,
    db::Tx,
    error::Result,
    federation::{delivery, inbound},
    fetch_one,
    network::{lanes, membership, status},
};
use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

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

/// Prometheus text: the gauges, read from the database when asked for because several processes share them, and this process's counters.
async fn metrics(State(app): State<App>) -> Result<impl IntoResponse> {
    let mut tx = app.db.read().await?;
    let gauges = Gauges(PrometheusBuilder::new().build_recorder());
    let (waiting, dead, oldest) = delivery::totals(&mut tx).await?;
    let (backlog, parked) = inbound::totals(&mut tx).await?;
    gauges.set("tsudoi_deliveries_waiting", waiting);
    gauges.set("tsudoi_dead_letters", dead);
    let age = oldest.map_or(0, |since| seconds(&app, since));
    gauges.set("tsudoi_oldest_undelivered_seconds", age);
    gauges.set("tsudoi_inbound_waiting", backlog);
    gauges.set("tsudoi_inbound_parked", parked);
    for (host, count, since) in delivery::backlog(&mut tx, 200).await? {
        let of = |name, value| gauges.set_of(name, ("host", &host), value);
        of("tsudoi_host_deliveries_waiting", count);
        of("tsudoi_host_lag_seconds", seconds(&app, since));
    }
    network_metrics(&app, &mut tx, &gauges).await?;
    let text = gauges.0.handle().render() + &app.metrics.render();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text))
}

/// How the peers of the network do, and how much of each log is here.
async fn network_metrics(app: &App, tx: &mut Tx, gauges: &Gauges) -> Result<()> {
    let Some(us) = membership::current(app, tx).await? else { return Ok(()) };
    let status = status::status(tx, &us, app.now()).await?;
    let frozen = status.nodes.iter().filter(|n| n.is_frozen).count();
    gauges.set("tsudoi_network_frozen_logs", i64::try_from(frozen).unwrap_or(i64::MAX));
    let held = status.nodes.iter().any(|n| n.held.is_some());
    gauges.set("tsudoi_network_held", held.into());
    gauges.set("tsudoi_network_uncopied_entries", status.uncopied);
    let lanes = lanes::totals(tx).await?;
    for peer in status.nodes.into_iter().filter(|n| !n.is_here) {
        let node = &peer.member.node;
        let of = |name, value| gauges.set_of(name, ("node", node), value);
        of("tsudoi_peer_up", peer.answers().into());
        of("tsudoi_peer_entries", peer.entries);
        of("tsudoi_peer_lacking_entries", peer.lacking);
        of("tsudoi_peer_lag_entries", peer.lag);
        let (waiting, since) = lanes.get(node).copied().unwrap_or((0, app.now()));
        of("tsudoi_peer_lane_waiting", waiting);
        of("tsudoi_peer_lane_lag_seconds", seconds(app, since));
    }
    Ok(())
}

fn seconds(app: &App, since: Timestamp) -> i64 {
    (app.now().0 - since.0).max(0) / 1_000
}

/// The gauges of one answer: what is not true any more is not in the next one.
struct Gauges(PrometheusRecorder);

#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "gauges are floats")]
impl Gauges {
    fn set(&self, name: &'static str, value: i64) {
        metrics::with_local_recorder(&self.0, || metrics::gauge!(name).set(value as f64));
    }

    fn set_of(&self, name: &'static str, (label, of): (&'static str, &str), value: i64) {
        let gauge = || metrics::gauge!(name, label => of.to_owned()).set(value as f64);
        metrics::with_local_recorder(&self.0, gauge);
    }
}
