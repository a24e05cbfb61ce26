//! The counters of a connection.

use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::engine::Engine;

#[wasm_bindgen(typescript_custom_section)]
const TYPESCRIPT: &str = "
export interface Metrics {
  requests: number; replies: number; failures: number; retries: number;
  notifications: number; bytesSent: number; bytesReceived: number;
  connects: number; reconnects: number; fallbacks: number; recoveries: number; polls: number;
  /** Requests in flight now. */
  pending: number;
  /** Smoothed round trip in ms; null before the first reply. */
  rttMs: number | null;
}
";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(typescript_type = "Metrics")]
    pub type Metrics;
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Counters {
    requests: u32,
    replies: u32,
    failures: u32,
    retries: u32,
    notifications: u32,
    bytes_sent: f64,
    bytes_received: f64,
    connects: u32,
    reconnects: u32,
    fallbacks: u32,
    recoveries: u32,
    polls: u32,
    pending: u32,
    rtt_ms: Option<f64>,
}

/// What an engine has counted so far.
pub fn metrics(engine: &Engine) -> Metrics {
    let metrics = engine.metrics();
    let counters = Counters {
        requests: metrics.requests,
        replies: metrics.replies,
        failures: metrics.failures,
        retries: metrics.retries,
        notifications: metrics.notifications,
        bytes_sent: metrics.bytes_sent,
        bytes_received: metrics.bytes_received,
        connects: metrics.connects,
        reconnects: metrics.reconnects,
        fallbacks: metrics.fallbacks,
        recoveries: metrics.recoveries,
        polls: metrics.polls,
        pending: engine.pending() as u32,
        rtt_ms: metrics.round_trip,
    };
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_missing_as_null(true);
    counters.serialize(&serializer).unwrap_or_default().into()
}
