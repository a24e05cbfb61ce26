//! One HTTP exchange.

use js_sys::{Function, JsString, Promise, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, Headers, RequestCache, RequestInit};

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
    #[wasm_bindgen(method, catch)]
    fn text(this: &Response) -> Result<JsValue, JsValue>;

    type ResponseHeaders;
    #[wasm_bindgen(method, catch)]
    fn get(this: &ResponseHeaders, name: &str) -> Result<JsValue, JsValue>;
}

/// A request, all but the headers that every request has.
pub struct HttpRequest {
    pub method: String,
    pub url: String,
    /// The document to send and its `Content-Type`.
    pub document: Option<(String, String)>,
    pub token: Option<String>,
}

/// An answer, whatever its status.
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    /// `Retry-After`, in seconds. A date is not read.
    pub retry_after: Option<u32>,
    pub text: JsString,
}

/// An exchange under way. It is aborted when it is dropped before it has an answer.
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
pub fn send(
    request: &HttpRequest,
    signal: &AbortSignal,
    endpoints: &Endpoints,
) -> Result<impl Future<Output = Result<Answer, JsValue>> + use<>, JsValue> {
    let headers = Headers::new_with_headers(&endpoints.headers)?;
    let init = RequestInit::new();
    if let Some((document, content_type)) = &request.document {
        headers.set("Content-Type", content_type)?;
        init.set_body(&document.as_str().into());
    }
    if let Some(token) = &request.token {
        headers.set("X-Auth-Token", token)?;
    }
    init.set_method(&request.method);
    init.set_headers(&headers);
    init.set_cache(RequestCache::NoStore);
    init.set_credentials(endpoints.credentials);
    init.set_signal(Some(signal));
    let response = match &endpoints.fetch {
        None => global_fetch(&request.url, &init)?,
        Some(fetch) => fetch.call2(&JsValue::UNDEFINED, &request.url.as_str().into(), &init)?,
    };
    // listens at once: a promise that is aborted before anyone listens is reported as unhandled
    Ok(answer(JsFuture::from(Promise::resolve(&response))))
}

async fn answer(response: JsFuture) -> Result<Answer, JsValue> {
    let response: Response = response.await?.unchecked_into();
    let headers = response.headers()?;
    let status = response.status()?.as_f64().ok_or("what `fetch` gave has no status")?;
    let text = JsFuture::from(Promise::resolve(&response.text()?)).await?;
    Ok(Answer {
        status: status as u16,
        location: headers.get("Location")?.as_string(),
        retry_after: headers.get("Retry-After")?.as_string().and_then(|seconds| seconds.parse().ok()),
        text: text.dyn_into().map_err(|_| "what `fetch` gave has no text")?,
    })
}
