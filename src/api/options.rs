//! The options of `connect`, read once: checked, and complete with their defaults.

use std::ops::RangeInclusive;

use js_sys::{Function, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use web_sys::{AbortSignal, Headers, RequestCredentials, Url};
use zaqar_codec::scan::Scanner;

use super::errors::{invalid, of_code};
use super::fields::{Fields, Interval};
use super::token::TokenSource;
use crate::browser::Endpoints;
use crate::engine::{Config, Format, Millis, Preference};
use crate::named;
use crate::protocol::error::Code;
use crate::protocol::limits::{LEAST_TTL, Rules};

type Result<T> = std::result::Result<T, JsValue>;

/// Near what Zaqar sends: 20 messages of 262,144 characters, each of which may take six bytes.
const DEFAULT_ANSWER_BYTES: u32 = 16 << 20;
const ANSWER_BYTES: RangeInclusive<u32> = 1 << 16..=Scanner::LARGEST as u32;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn fill_with_random(bytes: &mut [u8]) -> Result<()>;
}

#[wasm_bindgen(typescript_custom_section)]
const TYPESCRIPT: &str = "
/** The options of `connect` that are plain values, with their defaults. No token or signature is among them. */
export interface Settings {
  websocket: string | undefined;
  /** Without `/v2`. */
  rest: string | undefined;
  projectId: string;
  clientId: string;
  transport: Preference;
  fallbackDelayMs: number;
  timeoutMs: number;
  keepAliveMs: number;
  pollIntervalMs: { min: number; max: number };
  backoffMs: { min: number; max: number };
  maxAnswerBytes: number;
  format: Format;
  allowDottedNames: boolean;
  lazy: boolean;
  userTiming: boolean;
  identity: Identity;
}
";

named! {
    /// What a client shows to be let in.
    pub enum Identity as "Identity" {
        /// A Keystone token.
        Token = "token",
        /// A pre-signed URL.
        SignedUrl = "signed URL",
        /// Nothing: the server asks for nothing.
        Nothing = "no token",
    }
}

#[wasm_bindgen(typescript_custom_section)]
const FORMAT: &str = Format::TYPESCRIPT;
#[wasm_bindgen(typescript_custom_section)]
const IDENTITY: &str = Identity::TYPESCRIPT;

/// The options of one client.
#[wasm_bindgen]
#[derive(Clone)]
pub struct Options {
    settings: Settings,
    socket_class: Option<Function>,
    fetch: Option<Function>,
    credentials: RequestCredentials,
    token: Option<TokenSource>,
    signed_url: Option<SignedUrl>,
    logger: Option<Function>,
    signal: Option<AbortSignal>,
    rules: Rules,
}

/// Those that are plain values.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    websocket: Option<String>,
    /// Without `/v2`, behind whatever prefix a proxy wants.
    rest: Option<String>,
    project_id: String,
    client_id: String,
    transport: Preference,
    fallback_delay_ms: Millis,
    pub timeout_ms: Millis,
    keep_alive_ms: Millis,
    poll_interval_ms: Interval,
    backoff_ms: Interval,
    pub max_answer_bytes: u32,
    pub format: Format,
    allow_dotted_names: bool,
    lazy: bool,
    user_timing: bool,
    identity: Identity,
}

/// Access to one queue without a token.
#[derive(Clone)]
struct SignedUrl {
    project: String,
    paths: Vec<String>,
    methods: Vec<String>,
    expires: String,
    signature: String,
}

#[wasm_bindgen]
impl Options {
    /// Reads what `connect` was given. Throws `invalid-argument`, which names the first option that is wrong or unknown.
    #[wasm_bindgen(constructor)]
    pub fn read(given: JsValue) -> Result<Options> {
        let mut fields = Fields::of(given, "the options of connect", "")?;
        let websocket = endpoint(&mut fields, "websocket", ["ws:", "wss:"])?;
        let rest = endpoint(&mut fields, "rest", ["http:", "https:"])?;
        if websocket.is_none() && rest.is_none() {
            return Err(invalid("connect needs `websocket`, `rest` or both"));
        }
        let signed_url = fields.object("signedUrl")?.map(SignedUrl::read).transpose()?;
        let token = fields.any("token")?;
        if signed_url.is_some() && token.is_some() {
            return Err(invalid("give `token` or `signedUrl`, not both"));
        }
        let socket_class = fields.function("WebSocket")?;
        let has_class = socket_class.is_some() || is_global("WebSocket")?;
        let fetch = fields.function("fetch")?;
        if rest.is_some() && fetch.is_none() && !is_global("fetch")? {
            return Err(missing("fetch"));
        }
        let settings = Settings {
            project_id: project_id(&mut fields, signed_url.as_ref())?,
            client_id: client_id(&mut fields)?,
            transport: transport(&mut fields, websocket.is_some(), rest.is_some(), has_class)?,
            fallback_delay_ms: fields.duration("fallbackDelayMs", Some(0.0))?.unwrap_or(300.0),
            timeout_ms: fields.duration("timeoutMs", None)?.unwrap_or(30_000.0),
            keep_alive_ms: fields.duration("keepAliveMs", None)?.unwrap_or(20_000.0),
            poll_interval_ms: fields.interval("pollIntervalMs", Interval { min: 1_000.0, max: 15_000.0 })?,
            backoff_ms: fields.interval("backoffMs", Interval { min: 250.0, max: 30_000.0 })?,
            max_answer_bytes: fields.count("maxAnswerBytes", ANSWER_BYTES)?.unwrap_or(DEFAULT_ANSWER_BYTES),
            format: fields.word("format", Format::ALL, Format::name)?.unwrap_or(Format::MessagePack),
            allow_dotted_names: fields.is("allowDottedNames")?,
            lazy: fields.is("lazy")?,
            user_timing: fields.is("userTiming")?,
            identity: match (&token, &signed_url) {
                (Some(_), _) => Identity::Token,
                (None, Some(_)) => Identity::SignedUrl,
                (None, None) => Identity::Nothing,
            },
            websocket: websocket.map(|url| url.href()),
            rest: rest.map(|url| url.origin() + without_version(&url.pathname())),
        };
        let options = Options {
            settings,
            fetch,
            credentials: credentials(&mut fields)?,
            token: token.map(TokenSource::read).transpose()?,
            logger: fields.function("logger")?,
            signal: signal(&mut fields)?,
            rules: fields.object("limits")?.map(limits).transpose()?.unwrap_or_default(),
            socket_class,
            signed_url,
        };
        // It was read before the module was loaded: the limit holds for the loading, too.
        fields.duration("connectTimeoutMs", None)?;
        fields.refuse_others()?;
        Ok(options)
    }

    #[wasm_bindgen(getter, js_name = settings, unchecked_return_type = "Settings")]
    pub fn plain_settings(&self) -> JsValue {
        // a struct of plain values always has a value
        serde_wasm_bindgen::to_value(&self.settings).unwrap_or_default()
    }

    #[wasm_bindgen(getter, unchecked_return_type = "((entry: object) => void) | undefined")]
    pub fn logger(&self) -> Option<Function> {
        self.logger.clone()
    }

    #[wasm_bindgen(getter)]
    pub fn signal(&self) -> Option<AbortSignal> {
        self.signal.clone()
    }
}

impl Options {
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn token(&self) -> Option<&TokenSource> {
        self.token.as_ref()
    }

    /// What the engine is to know.
    pub fn config(&self) -> Config {
        let settings = &self.settings;
        Config {
            has_socket: settings.websocket.is_some(),
            has_rest: settings.rest.is_some(),
            preference: settings.transport,
            fallback_delay: settings.fallback_delay_ms,
            keep_alive: settings.keep_alive_ms,
            poll_interval: settings.poll_interval_ms.ends(),
            backoff: settings.backoff_ms.ends(),
            headers: self.socket_headers(),
            is_signed: self.signed_url.is_some(),
            format: settings.format,
            rules: Rules { allows_dots: settings.allow_dotted_names, ..self.rules.clone() },
            authenticates: self.token.is_some(),
            seed: js_sys::Math::random().to_bits(),
        }
    }

    /// What the browser is to know.
    pub fn endpoints(&self) -> Result<Endpoints> {
        Ok(Endpoints {
            websocket: self.settings.websocket.clone(),
            rest: self.settings.rest.clone(),
            headers: self.http_headers()?,
            socket_class: self.socket_class.clone(),
            fetch: self.fetch.clone(),
            credentials: self.credentials,
            max_answer_bytes: self.settings.max_answer_bytes as usize,
        })
    }

    /// The headers of each request on a socket, as MessagePack. Lists are arrays here, and have commas over HTTP.
    fn socket_headers(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct SocketHeaders<'a> {
            #[serde(rename = "Client-ID")]
            client_id: &'a str,
            #[serde(rename = "X-Project-ID")]
            project_id: &'a str,
            #[serde(rename = "URL-Signature", skip_serializing_if = "Option::is_none")]
            signature: Option<&'a str>,
            #[serde(rename = "URL-Expires", skip_serializing_if = "Option::is_none")]
            expires: Option<&'a str>,
            #[serde(rename = "URL-Methods", skip_serializing_if = "Option::is_none")]
            methods: Option<&'a [String]>,
            #[serde(rename = "URL-Paths", skip_serializing_if = "Option::is_none")]
            paths: Option<&'a [String]>,
        }
        let signed = self.signed_url.as_ref();
        let headers = SocketHeaders {
            client_id: &self.settings.client_id,
            project_id: &self.settings.project_id,
            signature: signed.map(|signed| signed.signature.as_str()),
            expires: signed.map(|signed| signed.expires.as_str()),
            methods: signed.map(|signed| signed.methods.as_slice()),
            paths: signed.map(|signed| signed.paths.as_slice()),
        };
        // a struct of texts can always be written
        rmp_serde::to_vec_named(&headers).unwrap_or_default()
    }

    fn http_headers(&self) -> Result<Headers> {
        let headers = Headers::new()?;
        headers.set("Client-ID", &self.settings.client_id)?;
        headers.set("X-Project-ID", &self.settings.project_id)?;
        if let Some(signed) = &self.signed_url {
            headers.set("URL-Signature", &signed.signature)?;
            headers.set("URL-Expires", &signed.expires)?;
            headers.set("URL-Methods", &signed.methods.join(","))?;
            headers.set("URL-Paths", &signed.paths.join(","))?;
        }
        Ok(headers)
    }
}

impl SignedUrl {
    fn read(mut fields: Fields) -> Result<SignedUrl> {
        let signed = SignedUrl {
            project: fields.text("project")?,
            // Without methods Zaqar drops the connection.
            paths: fields.texts("paths")?,
            methods: fields.texts("methods")?,
            expires: fields.text("expires")?,
            signature: fields.text("signature")?,
        };
        fields.refuse_others()?;
        let texts = [&signed.expires, &signed.signature];
        if !texts.into_iter().chain(&signed.paths).chain(&signed.methods).all(|text| is_header(text)) {
            return Err(invalid("`signedUrl` must have ASCII characters only"));
        }
        Ok(signed)
    }
}

/// What the server allows, as far as the application says it.
fn limits(mut fields: Fields) -> Result<Rules> {
    let mut limit = |name, least| fields.count(name, least..=u32::MAX);
    let rules = Rules {
        allows_dots: false,
        max_message_ttl: limit("messageTtl", LEAST_TTL)?,
        max_message_delay: limit("messageDelay", 0)?,
        max_claim_ttl: limit("claimTtl", LEAST_TTL)?,
        max_claim_grace: limit("claimGrace", LEAST_TTL)?,
        max_messages_per_page: limit("messagesPerPage", 1)?,
        max_messages_per_claim_or_pop: limit("messagesPerClaim", 1)?,
        max_queues_per_page: limit("queuesPerPage", 1)?,
        max_subscriptions_per_page: limit("subscriptionsPerPage", 1)?,
        max_pools_per_page: limit("poolsPerPage", 1)?,
        max_flavors_per_page: limit("flavorsPerPage", 1)?,
        max_queue_metadata: limit("metadataSize", 1)?,
        max_messages_post_size: limit("postSize", 1)?,
    };
    fields.refuse_others()?;
    Ok(rules)
}

fn endpoint(fields: &mut Fields, name: &'static str, schemes: [&str; 2]) -> Result<Option<Url>> {
    let Some(url) = fields.url(name, schemes)? else { return Ok(None) };
    if name == "rest" && !url.search().is_empty() {
        return Err(invalid("`rest` must not have a query"));
    }
    // Zaqar answers a fragment with 400, and older browsers throw.
    url.set_hash("");
    Ok(Some(url))
}

/// A path without a `/v2` at its end, which every request has.
fn without_version(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.strip_suffix("/v2").unwrap_or(path).trim_end_matches('/')
}

fn transport(fields: &mut Fields, has_websocket: bool, has_rest: bool, has_class: bool) -> Result<Preference> {
    let wanted = fields.word("transport", Preference::ALL, Preference::name)?.unwrap_or(Preference::Auto);
    if wanted == Preference::Polling && !has_rest {
        return Err(invalid("transport `polling` needs `rest`"));
    }
    if wanted == Preference::Socket && !has_websocket {
        return Err(invalid("transport `websocket` needs `websocket`"));
    }
    let may_open = has_websocket && has_class && wanted != Preference::Polling;
    match (has_rest && wanted != Preference::Socket, may_open) {
        (true, true) => Ok(Preference::Auto),
        (true, false) => Ok(Preference::Polling),
        (false, true) => Ok(Preference::Socket),
        (false, false) => Err(missing("WebSocket")),
    }
}

fn is_global(name: &str) -> Result<bool> {
    Reflect::get(&js_sys::global(), &name.into()).map(|global| global.is_function())
}

/// The error where a global is missing that an option of the same name replaces.
fn missing(name: &str) -> JsValue {
    of_code(Code::Unsupported, &format!("this runtime has no {name}: give `connect` the option `{name}`"))
}

/// Default: a cookie of the page is none of Zaqar's business.
fn credentials(fields: &mut Fields) -> Result<RequestCredentials> {
    let name = |credentials: RequestCredentials| match credentials {
        RequestCredentials::SameOrigin => "same-origin",
        RequestCredentials::Include => "include",
        _ => "omit",
    };
    let all = [RequestCredentials::Omit, RequestCredentials::SameOrigin, RequestCredentials::Include];
    Ok(fields.word("credentials", &all, name)?.unwrap_or(RequestCredentials::Omit))
}

/// Whether a text can travel as a header as it is.
fn is_header(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_graphic = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) && is_graphic(bytes.first()) && is_graphic(bytes.last())
}

fn project_id(fields: &mut Fields, signed_url: Option<&SignedUrl>) -> Result<String> {
    let signed = signed_url.map(|signed| signed.project.clone());
    let given = match fields.any("projectId")? {
        Some(id) if !id.is_null() => id.as_string(),
        _ => signed.clone(),
    };
    let Some(id) = given.filter(|id| id.len() <= 256 && is_header(id)) else {
        return Err(invalid("`projectId` must be a project id of 1 to 256 ASCII characters"));
    };
    match signed {
        Some(signed) if signed != id => Err(invalid("`projectId` is not the project of `signedUrl`")),
        _ => Ok(id),
    }
}

fn client_id(fields: &mut Fields) -> Result<String> {
    let Some(given) = fields.any("clientId")? else { return random_uuid() };
    given.as_string().filter(|id| is_uuid(id)).ok_or_else(|| invalid("`clientId` must be a UUID"))
}

fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq(lengths)
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// `crypto.randomUUID` exists in secure contexts only.
fn random_uuid() -> Result<String> {
    let mut bytes = [0; 16];
    fill_with_random(&mut bytes)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut uuid = String::with_capacity(36);
    for (place, byte) in bytes.into_iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            uuid.push('-');
        }
        for digit in [byte >> 4, byte & 0x0f] {
            uuid.extend(char::from_digit(digit.into(), 16));
        }
    }
    Ok(uuid)
}

fn signal(fields: &mut Fields) -> Result<Option<AbortSignal>> {
    let Some(signal) = fields.any("signal")? else { return Ok(None) };
    let has = |method: &str| Reflect::get(&signal, &method.into()).is_ok_and(|method| method.is_function());
    let listens = has("addEventListener") && has("removeEventListener");
    match listens {
        true => Ok(Some(wasm_bindgen::JsCast::unchecked_into(signal))),
        false => Err(invalid("signal must be an AbortSignal")),
    }
}
