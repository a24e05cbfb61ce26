//! One HTTP exchange.

use js_sys::{Function, JsString, Promise, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestCache, RequestInit};

use super::crash::OnCrash;
use super::driver::Endpoints;

#[wasm_bindgen]
extern "C" {
    /// Windows and workers have the same function; web-sys has one method for each.
    #[wasm_bindgen(catch, js_name = fetch)]
    fn global_fetch(url: &str, init: &RequestInit) -> Result<Promise, JsValue>;

    /// A `Response`, or what the application's own `fetch` takes for one: reading it may throw.
    type Response;
    #[wasm_bindgen(method, getter, catch)]
    fn status(this: &Response) -> Result<u16, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn headers(this: &Response) -> Result<Headers, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn text(this: &Response) -> Result<Promise, JsValue>;
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

/// An exchange under way. It is aborted when it is dropped.
pub struct Fetch {
    abort: AbortController,
    _on_crash: OnCrash,
}

impl Fetch {
    pub fn new() -> Result<Fetch, JsValue> {
        let abort = AbortController::new()?;
        let function: Function = Reflect::get(&abort, &"abort".into())?.unchecked_into();
        Ok(Fetch { _on_crash: OnCrash::call(function.bind0(&abort)), abort })
    }

    /// Sends the request by the function given, or else the global one, and resolves to the answer with its text. An error
    /// does not tell whether the server has seen the request.
    pub fn send(
        &self,
        request: &HttpRequest,
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
        init.set_signal(Some(&self.abort.signal()));
        let response = match &endpoints.fetch {
            None => global_fetch(&request.url, &init)?,
            Some(fetch) => Promise::resolve(&fetch.call2(&JsValue::UNDEFINED, &request.url.as_str().into(), &init)?),
        };
        // listens at once: a promise that is aborted before anyone listens is reported as unhandled
        Ok(answer(JsFuture::from(response)))
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        self.abort.abort();
    }
}

async fn answer(response: JsFuture) -> Result<Answer, JsValue> {
    let response: Response = response.await?.unchecked_into();
    let headers = response.headers()?;
    Ok(Answer {
        status: response.status()?,
        location: headers.get("Location")?,
        retry_after: headers.get("Retry-After")?.and_then(|seconds| seconds.parse().ok()),
        text: JsFuture::from(response.text()?).await?.unchecked_into(),
    })
}
