//! The TypeScript of what crosses the border: names that stand in the engine's enums, and the shapes of objects.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use super::signal::Signal;

use crate::engine::{Delivery, Preference, State, Transport};
use crate::protocol::action::Action;
use crate::protocol::error::Code;

#[wasm_bindgen(typescript_custom_section)]
const ACTION: &str = Action::TYPESCRIPT;
#[wasm_bindgen(typescript_custom_section)]
const ERROR_CODE: &str = Code::TYPESCRIPT;
#[wasm_bindgen(typescript_custom_section)]
const STATE: &str = State::TYPESCRIPT;
#[wasm_bindgen(typescript_custom_section)]
const TRANSPORT: &str = Transport::TYPESCRIPT;
#[wasm_bindgen(typescript_custom_section)]
const PREFERENCE: &str = Preference::TYPESCRIPT;
#[wasm_bindgen(typescript_custom_section)]
const DELIVERY: &str = Delivery::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const SHAPES: &str = "
export interface RequestOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
}

/** A message as the socket writes it; answers over REST arrive in the same shape. */
export interface RawMessage {
  id: string;
  ttl: number;
  age: number;
  body: unknown;
  claim_id?: string | null;
  claim_count?: number;
  checksum?: string;
}

export interface TailQuery {
  /** `id` names the message behind which to begin, which was posted at `posted`: ms since the epoch, or NaN. */
  from: 'start' | 'now' | { id: string; posted: number };
  echo: boolean;
  includeClaimed: boolean;
}

/** Whom a connection tells what happens. None of the functions may throw; all of them may call the connection. */
export interface ConnectionEvents {
  state(state: State, reason: Error | undefined): void;
  transport(transport: TransportName | undefined, reason: string): void;
  /** Trouble that no request reports. */
  trouble(error: Error): void;
  /** The connection has ended: nothing follows. */
  closed(reason: Error | undefined): void;
}

/** Where notifications go. */
export interface PushSink {
  ready(): void;
  push(notification: { body: unknown; ttl: number }): void;
  /** It cannot be established or kept; nothing follows. */
  fail(error: Error): void;
}

/** Where the messages of a tail go. */
export interface TailSink {
  ready(): void;
  messages(messages: RawMessage[]): void;
  /** Messages may have been missed: `from` and `to` are ms since the epoch. */
  gap(from: number, to: number, reason: string): void;
  /** It is over; nothing follows. */
  fail(error: Error): void;
}

/** What a watch tells of its queues. */
export interface WatchSink {
  ready(): void;
  added(queue: string): void;
  gone(queue: string): void;
  /** `stats` is the reply's body; what came and went, in messages a second, is not known the first time. */
  counted(queue: string, stats: unknown, came: number | undefined, went: number | undefined): void;
  failed(queue: string, error: Error): void;
  /** It is over; nothing follows. */
  fail(error: Error): void;
}

/** What a consumer gives and tells, with the number of the job that it is about. */
export interface ConsumerSink {
  work(job: number, message: RawMessage, claimId: string): void;
  /** The lease is lost while the handler runs. */
  lost(job: number, error: Error): void;
  /** The handler has returned, and the message is deleted. */
  done(job: number): void;
  /** The handler has returned, and the message could not be deleted. */
  fail(job: number, error: Error): void;
  /** It is over; nothing follows. */
  ended(error: Error | undefined): void;
}
";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(typescript_type = "RequestOptions | undefined")]
    pub type RequestOptions;
    #[wasm_bindgen(method, getter, catch)]
    pub fn signal(this: &RequestOptions) -> Result<Option<Signal>, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = timeoutMs)]
    pub fn timeout_ms(this: &RequestOptions) -> Result<Option<f64>, JsValue>;

    #[wasm_bindgen(typescript_type = "TailQuery")]
    pub type TailQuery;
    #[wasm_bindgen(method, getter, js_name = from)]
    pub fn from(this: &TailQuery) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = echo)]
    pub fn tail_echo(this: &TailQuery) -> bool;
    #[wasm_bindgen(method, getter, js_name = includeClaimed)]
    pub fn tail_include_claimed(this: &TailQuery) -> bool;

    pub type TailPosition;
    #[wasm_bindgen(method, getter)]
    pub fn id(this: &TailPosition) -> String;
    #[wasm_bindgen(method, getter)]
    pub fn posted(this: &TailPosition) -> f64;

    #[wasm_bindgen(typescript_type = "ConnectionEvents")]
    #[derive(Clone)]
    pub type ConnectionEvents;
    #[wasm_bindgen(method, js_name = state)]
    pub fn state(this: &ConnectionEvents, state: &str, reason: &JsValue);
    #[wasm_bindgen(method)]
    pub fn transport(this: &ConnectionEvents, transport: Option<&str>, reason: &str);
    #[wasm_bindgen(method)]
    pub fn trouble(this: &ConnectionEvents, error: &JsValue);
    #[wasm_bindgen(method)]
    pub fn closed(this: &ConnectionEvents, reason: &JsValue);

    #[wasm_bindgen(typescript_type = "PushSink")]
    #[derive(Clone)]
    pub type PushSink;
    #[wasm_bindgen(method)]
    pub fn ready(this: &PushSink);
    #[wasm_bindgen(method)]
    pub fn push(this: &PushSink, notification: &JsValue);
    #[wasm_bindgen(method)]
    pub fn fail(this: &PushSink, error: &JsValue);

    #[wasm_bindgen(typescript_type = "TailSink")]
    #[derive(Clone)]
    pub type TailSink;
    #[wasm_bindgen(method, js_name = ready)]
    pub fn tail_ready(this: &TailSink);
    #[wasm_bindgen(method)]
    pub fn messages(this: &TailSink, messages: &js_sys::Array);
    #[wasm_bindgen(method)]
    pub fn gap(this: &TailSink, from: f64, to: f64, reason: &str);
    #[wasm_bindgen(method, js_name = fail)]
    pub fn tail_fail(this: &TailSink, error: &JsValue);

    #[wasm_bindgen(typescript_type = "WatchSink")]
    #[derive(Clone)]
    pub type WatchSink;
    #[wasm_bindgen(method, js_name = ready)]
    pub fn watch_ready(this: &WatchSink);
    #[wasm_bindgen(method)]
    pub fn added(this: &WatchSink, queue: &str);
    #[wasm_bindgen(method)]
    pub fn gone(this: &WatchSink, queue: &str);
    #[wasm_bindgen(method)]
    pub fn counted(this: &WatchSink, queue: &str, stats: &JsValue, came: Option<f64>, went: Option<f64>);
    #[wasm_bindgen(method)]
    pub fn failed(this: &WatchSink, queue: &str, error: &JsValue);
    #[wasm_bindgen(method, js_name = fail)]
    pub fn watch_fail(this: &WatchSink, error: &JsValue);

    #[wasm_bindgen(typescript_type = "ConsumerSink")]
    #[derive(Clone)]
    pub type ConsumerSink;
    #[wasm_bindgen(method)]
    pub fn work(this: &ConsumerSink, job: u32, message: &JsValue, claim: &str);
    #[wasm_bindgen(method)]
    pub fn lost(this: &ConsumerSink, job: u32, error: &JsValue);
    #[wasm_bindgen(method)]
    pub fn done(this: &ConsumerSink, job: u32);
    #[wasm_bindgen(method, js_name = fail)]
    pub fn job_fail(this: &ConsumerSink, job: u32, error: &JsValue);
    #[wasm_bindgen(method)]
    pub fn ended(this: &ConsumerSink, error: &JsValue);
}
