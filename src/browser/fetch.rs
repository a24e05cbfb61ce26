//! One HTTP exchange by `fetch`.

use js_sys::Promise;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestCache, RequestCredentials, RequestInit, Response};

use crate::core::rest::Exchange;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn fetch(url: &str, init: &RequestInit) -> Result<Promise, JsValue>;
}

/// An HTTP answer.
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub retry_after: Option<String>,
    /// The text of the body, a JavaScript string.
    pub text: JsValue,
}

/// Makes the exchange. `Err` is what `fetch` rejects with; it does not tell whether the server has seen the request.
pub async fn answer(
    url: String,
    exchange: Exchange,
    headers: Vec<(&'static str, String)>,
    body: Option<JsValue>,
    abort: AbortController,
) -> Result<Answer, JsValue> {
    let init = RequestInit::new();
    init.set_method(exchange.method);
    init.set_cache(RequestCache::NoStore);
    init.set_credentials(RequestCredentials::Omit);
    init.set_signal(Some(&abort.signal()));
    let sent = Headers::new()?;
    for (name, value) in &headers {
        sent.set(name, value)?;
    }
    if let Some(content_type) = exchange.content_type {
        sent.set("Content-Type", content_type)?;
    }
    init.set_headers(&sent);
    if let Some(body) = &body {
        init.set_body(body);
    }
    let response: Response = JsFuture::from(fetch(&url, &init)?).await?.into();
    let text = JsFuture::from(response.text()?).await?;
    let received = response.headers();
    Ok(Answer {
        status: response.status(),
        location: received.get("Location")?,
        retry_after: received.get("Retry-After")?,
        text,
    })
}
