//! One HTTP exchange.

use js_sys::{Function, JsString, Promise, Reflect, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, Headers, RequestCache, RequestInit, RequestRedirect, Url};

use super::crash::OnCrash;
use super::driver::Endpoints;

#[wasm_bindgen]
extern "C" {
    /// Windows and workers have the same function; web-sys has one method for each.
    #[wasm_bindgen(catch, js_name = fetch)]
    fn global_fetch(url: &str, init: &RequestInit) -> Result<JsValue, JsValue>;

    /// A `Response`, or what the application's own `fetch` takes for one: reading it may throw, or give anything.
    type Response;
    #[wasm_bindgen(method, getter, catch)]
    fn status(this: &Response) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn headers(this: &Response) -> Result<ResponseHeaders, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = type)]
    fn kind(this: &Response) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn redirected(this: &Response) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn url(this: &Response) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn body(this: &Response) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn text(this: &Response) -> Result<JsValue, JsValue>;

    type ResponseHeaders;
    #[wasm_bindgen(method, catch)]
    fn get(this: &ResponseHeaders, name: &str) -> Result<JsValue, JsValue>;

    /// A `ReadableStream`, or what a library has for one.
    type Body;
    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn reader(this: &Body) -> Result<BodyReader, JsValue>;
    type BodyReader;
    #[wasm_bindgen(method, catch)]
    fn read(this: &BodyReader) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn cancel(this: &BodyReader) -> Result<JsValue, JsValue>;
    type Chunk;
    #[wasm_bindgen(method, getter, catch)]
    fn done(this: &Chunk) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn value(this: &Chunk) -> Result<JsValue, JsValue>;

    /// The one of web-sys copies the text into the wasm.
    type TextDecoder;
    #[wasm_bindgen(constructor)]
    fn new() -> TextDecoder;
    #[wasm_bindgen(method, catch)]
    fn decode(this: &TextDecoder, chunk: &Uint8Array, options: &JsValue) -> Result<JsString, JsValue>;
    #[wasm_bindgen(method, catch, js_name = decode)]
    fn end(this: &TextDecoder) -> Result<JsString, JsValue>;
}

/// A request, all but the headers that every request has.
pub struct HttpRequest {
    pub method: &'static str,
    pub url: String,
    /// The document to send and its `Content-Type`.
    pub document: Option<(String, &'static str)>,
    pub token: Option<String>,
}

/// What comes of a request.
pub enum Outcome {
    Answered(Answer),
    /// It was told to go elsewhere, to this origin where that is known, or has been sent there. Nothing of the answer is believed.
    Redirected(Option<String>),
    /// The answer has more bytes than are read of one.
    TooLarge,
}

/// An answer, whatever its status.
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    /// `Retry-After`, in seconds. A date is not read.
    pub retry_after: Option<u32>,
    pub text: String,
}

/// An exchange under way. It is aborted when it is dropped before it has an answer that was read.
pub struct Fetch {
    abort: AbortController,
    is_answered: bool,
    _on_crash: OnCrash,
}

impl Fetch {
    pub fn new() -> Result<Fetch, JsValue> {
        let abort = AbortController::new()?;
        let function: Function = Reflect::get(&abort, &"abort".into())?.unchecked_into();
        Ok(Fetch { _on_crash: OnCrash::call(function.bind0(&abort)), is_answered: false, abort })
    }

    /// Tells the function that sends the request when it is aborted.
    pub fn signal(&self) -> AbortSignal {
        self.abort.signal()
    }

    pub fn answered(mut self) {
        self.is_answered = true;
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        if !self.is_answered {
            self.abort.abort();
        }
    }
}

/// Sends the request by the function given, or else the global one, and resolves to the answer with its text. An error
/// does not tell whether the server has seen the request.
///
/// Redirects are not followed: the headers have secrets in them, and may not leave the origin that they are for.
pub fn send(
    request: &HttpRequest,
    signal: &AbortSignal,
    endpoints: &Endpoints,
) -> Result<impl Future<Output = Result<Outcome, JsValue>> + use<>, JsValue> {
    let headers = Headers::new_with_headers(&endpoints.headers)?;
    let init = RequestInit::new();
    if let Some((document, content_type)) = &request.document {
        headers.set("Content-Type", content_type)?;
        init.set_body(&document.as_str().into());
    }
    if let Some(token) = &request.token {
        headers.set("X-Auth-Token", token)?;
    }
    init.set_method(request.method);
    init.set_headers(&headers);
    init.set_cache(RequestCache::NoStore);
    init.set_redirect(RequestRedirect::Manual);
    init.set_credentials(endpoints.credentials);
    init.set_signal(Some(signal));
    let response = match &endpoints.fetch {
        None => global_fetch(&request.url, &init)?,
        Some(fetch) => fetch.call2(&JsValue::UNDEFINED, &request.url.as_str().into(), &init)?,
    };
    // listens at once: a promise that is aborted before anyone listens is reported as unhandled
    let response = JsFuture::from(Promise::resolve(&response));
    Ok(outcome(response, request.url.clone(), endpoints.max_answer_bytes))
}

async fn outcome(response: JsFuture, url: String, most: usize) -> Result<Outcome, JsValue> {
    let response: Response = response.await?.unchecked_into();
    let headers = response.headers()?;
    let status = response.status()?.as_f64().ok_or("what `fetch` gave has no status")? as u16;
    let location = headers.get("Location")?.as_string();
    // Node tells of a redirect what it is; browsers tell that it is one. The application's own `fetch` may have followed it.
    if matches!(status, 301..=303 | 307 | 308) || response.kind()?.as_string().as_deref() == Some("opaqueredirect") {
        return Ok(Outcome::Redirected(location.and_then(|location| origin_of(&location, &url))));
    }
    if response.redirected()?.as_bool() == Some(true) {
        return Ok(Outcome::Redirected(response.url()?.as_string().and_then(|followed| origin_of(&followed, &url))));
    }
    let Some(text) = text_of(&response, most).await? else { return Ok(Outcome::TooLarge) };
    let retry_after = headers.get("Retry-After")?.as_string().and_then(|seconds| whole(&seconds));
    Ok(Outcome::Answered(Answer { status, location, retry_after, text: text.into() }))
}

fn origin_of(location: &str, base: &str) -> Option<String> {
    Url::new_with_base(location, base).ok().map(|url| url.origin())
}

/// A whole number; one that is too large is the largest.
fn whole(digits: &str) -> Option<u32> {
    let is_whole = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_whole.then(|| digits.parse().unwrap_or(u32::MAX))
}

/// The body as text. `None` if it has more than `most` bytes, of which no more are read.
async fn text_of(response: &Response, most: usize) -> Result<Option<JsString>, JsValue> {
    let body = response.body().unwrap_or_default();
    // Test runners lend Node's `fetch` to a page that has no TextDecoder.
    let has_decoder = Reflect::has(&js_sys::global(), &"TextDecoder".into())?;
    let has_reader = body.is_object() && Reflect::has(&body, &"getReader".into())?;
    if !has_reader || !has_decoder {
        let text = JsFuture::from(Promise::resolve(&response.text()?)).await?;
        let text: JsString = text.dyn_into().map_err(|_| "what `fetch` gave has no text")?;
        return Ok(Some(text).filter(|text| text.length() as usize <= most));
    }
    let reader = body.unchecked_into::<Body>().reader()?;
    let decoder = TextDecoder::new();
    let goes_on = js_sys::Object::new();
    Reflect::set(&goes_on, &"stream".into(), &true.into())?;
    let (mut text, mut left) = (JsString::from(""), most);
    loop {
        let chunk: Chunk = JsFuture::from(Promise::resolve(&reader.read()?)).await?.unchecked_into();
        if chunk.done()?.is_truthy() {
            return Ok(Some(text.concat(&decoder.end()?.into())));
        }
        let value = chunk.value()?;
        if !value.is_object() {
            return Err("what `fetch` gave is no stream of bytes".into());
        }
        // Node's arrays are of another realm in such a page.
        let bytes = Uint8Array::new(&value);
        let Some(rest) = left.checked_sub(bytes.length() as usize) else {
            // Nobody waits for the end of it.
            drop(JsFuture::from(Promise::resolve(&reader.cancel()?)));
            return Ok(None);
        };
        left = rest;
        text = text.concat(&decoder.decode(&bytes, &goes_on)?.into());
    }
}
