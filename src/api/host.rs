//! What JavaScript lends to this module: what makes or reads JavaScript values. `js/host.ts` implements it.

use std::cell::OnceCell;

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use web_sys::MessageEvent;

#[wasm_bindgen(typescript_custom_section)]
const TYPESCRIPT: &str = "
/** What JavaScript lends to the wasm. */
export interface Host {
  /**
   * Copies the frame of an event to where the next scan reads it, as MessagePack, and returns its length; -1 if it has more than
   * `most` bytes, and -2 if it is nested too deep. Throws if it is text that is not JSON.
   */
  fillFrom(event: MessageEvent, most: number): number;
  /** The value that the scan before found; `head` is where it is described. Throws if its text is not UTF-8. */
  build(head: number): unknown;
  /** The same of a page of messages: those at the places that are wanted. */
  buildMessages(head: number, wanted: Uint8Array): RawMessage[];
  /** An array of its own of the bytes that the wasm has at this address. */
  copy(address: number, length: number): Uint8Array;
  /** Makes a promise, which a crash of the wasm rejects. */
  pending(): Deferred;
  /** Makes the error that applications get. */
  error(details: ErrorDetails, cause: unknown): Error;
  /** The value of a JSON text, without loss. Throws if it is nested too deep. */
  parse(text: string): unknown;
  /** Keeps the text of a panic for the error that follows. */
  panicked(text: string): void;
}
export interface Deferred {
  readonly promise: Promise<unknown>;
  resolve(value: unknown): void;
  /** Resolves to the value that the scan before found, or rejects if its text is not UTF-8. */
  resolveFrom(head: number): void;
  reject(reason: unknown): void;
}
";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(typescript_type = "Host")]
    pub type Host;
    #[wasm_bindgen(method, catch, js_name = fillFrom)]
    pub fn fill_from(this: &Host, event: &MessageEvent, most: usize) -> Result<i32, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub fn build(this: &Host, head: usize) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = buildMessages)]
    pub fn build_messages(this: &Host, head: usize, wanted: &[u8]) -> Result<Array, JsValue>;
    #[wasm_bindgen(method)]
    pub fn copy(this: &Host, address: usize, length: usize) -> Uint8Array;
    #[wasm_bindgen(method)]
    pub fn pending(this: &Host) -> Deferred;
    #[wasm_bindgen(method)]
    pub fn error(this: &Host, details: &JsValue, cause: &JsValue) -> JsValue;
    #[wasm_bindgen(method, catch)]
    pub fn parse(this: &Host, text: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, js_name = panicked)]
    fn panicked_with(this: &Host, text: &str);

    pub type Deferred;
    #[wasm_bindgen(method, getter)]
    pub fn promise(this: &Deferred) -> Promise;
    #[wasm_bindgen(method)]
    pub fn resolve(this: &Deferred, value: &JsValue);
    #[wasm_bindgen(method, js_name = resolveFrom)]
    pub fn resolve_from(this: &Deferred, head: usize);
    #[wasm_bindgen(method)]
    pub fn reject(this: &Deferred, reason: &JsValue);
}

thread_local! {
    static HOST: OnceCell<&'static Host> = const { OnceCell::new() };
}

/// Lends the module what it needs of JavaScript. To be called once, before anything else.
#[wasm_bindgen]
pub fn attach(host: Host) {
    HOST.with(|cell| {
        cell.get_or_init(|| Box::leak(Box::new(host)));
    });
}

/// What was lent.
pub fn host() -> &'static Host {
    HOST.with(|cell| *cell.get().expect("attach() is called first"))
}

/// Tells JavaScript of a panic; before [`attach`] nobody listens but the console.
pub fn panicked(text: &str) {
    match HOST.with(|cell| cell.get().copied()) {
        Some(host) => host.panicked_with(text),
        None => web_sys::console::error_1(&text.into()),
    }
}
