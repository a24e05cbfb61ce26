//! Where the engine's tokens come from.

use js_sys::{Date, Function, Promise, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

use super::errors::{invalid, no_token};
use super::fields::Fields;
use crate::engine::{Millis, NEVER, WantToken};

/// 2001, in ms since the epoch: an earlier expiry is no such time.
const EARLIEST: Millis = 978_307_200_000.0;
/// How long a token is taken to live whose expiry cannot be read.
const UNREADABLE: Millis = 300_000.0;
/// What `expiresAt` may be.
const FORMS: &str = "ms since the epoch, a `Date`, or a text as Keystone writes it";

/// A token that can be sent, and when it expires.
#[derive(Clone)]
pub struct Token {
    pub text: String,
    pub expiry: Expiry,
}

/// When a token expires.
#[derive(Clone)]
pub struct Expiry {
    /// ms since the epoch, or [`NEVER`]
    pub at: Millis,
    /// what was wrong with how it was given, and what was made of it
    pub oddity: Option<String>,
}

/// The option `token`.
#[derive(Clone)]
pub enum TokenSource {
    /// Given as such, it cannot be renewed: once refused, that is the end.
    Fixed(Token),
    Function(Function),
}

impl TokenSource {
    pub fn read(given: JsValue) -> Result<TokenSource, JsValue> {
        match given.dyn_into::<Function>() {
            Ok(function) => Ok(TokenSource::Function(function)),
            Err(given) => {
                let token = Token::read(&given);
                let is_object = given.is_object();
                if is_object {
                    let mut fields = Fields::of(given, "`token`", "token.")?;
                    fields.know(&["token", Expiry::NAME]);
                    fields.refuse_others()?;
                }
                // Its expiry is of no use: there is nothing to renew it with.
                let fixed = token.map(|token| TokenSource::Fixed(Token { expiry: Expiry::NONE, ..token }));
                fixed.map_err(|flaw| match flaw {
                    Flaw::Text if is_object => invalid("`token.token` must be a string of visible ASCII characters"),
                    Flaw::Text => {
                        invalid("`token` must be a token, `{ token, expiresAt }` or a function that gives one")
                    }
                    Flaw::Expiry => invalid(&format!("`token.{}` must be {FORMS}", Expiry::NAME)),
                })
            }
        }
    }

    /// A token, or the error that says why there is none.
    pub async fn ask(self, why: WantToken) -> Result<Token, TokenFailure> {
        match (self, why) {
            (TokenSource::Fixed(token), WantToken::First) => Ok(token),
            (TokenSource::Fixed(_), WantToken::Renew | WantToken::Refused) => {
                let message = "the token was refused or has expired, and `token` is no function that gives another";
                Err(TokenFailure::final_one(message))
            }
            (TokenSource::Function(function), _) => {
                let given = match function.call0(&JsValue::UNDEFINED) {
                    Ok(given) => JsFuture::from(Promise::resolve(&given)).await,
                    Err(error) => Err(error),
                };
                let given = given.map_err(|cause| TokenFailure {
                    error: no_token("the token function failed", &cause, true),
                    may_retry: true,
                })?;
                Token::read(&given).map_err(|flaw| match flaw {
                    Flaw::Text => {
                        TokenFailure::final_one("the token function gave no string of visible ASCII characters")
                    }
                    Flaw::Expiry => {
                        let message =
                            format!("the token function gave an expiry that is no time: give `expiresAt` as {FORMS}");
                        TokenFailure::final_one(&message)
                    }
                })
            }
        }
    }
}

/// Why there is no token.
pub struct TokenFailure {
    pub error: JsValue,
    /// Whether asking again may help.
    pub may_retry: bool,
}

impl TokenFailure {
    fn final_one(message: &str) -> TokenFailure {
        TokenFailure { error: no_token(message, &JsValue::UNDEFINED, false), may_retry: false }
    }
}

/// What makes a token one that cannot be used.
enum Flaw {
    /// It cannot travel as a header.
    Text,
    /// Its `expiresAt` is no time.
    Expiry,
}

impl Token {
    /// A text, or `{ token, expiresAt }`.
    fn read(given: &JsValue) -> Result<Token, Flaw> {
        let (text, holder) = match given.as_string() {
            Some(text) => (Some(text), None),
            None => (field(given, "token").and_then(|text| text.as_string()), Some(given)),
        };
        let is_header = |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let text = text.filter(is_header).ok_or(Flaw::Text)?;
        let expiry = holder.map_or(Some(Expiry::NONE), Expiry::read).ok_or(Flaw::Expiry)?;
        Ok(Token { text, expiry })
    }
}

impl Expiry {
    const NONE: Expiry = Expiry { at: NEVER, oddity: None };
    const NAME: &str = "expiresAt";
    /// Names that Keystone and others have for it, and those that OAuth has for a span in seconds.
    const TIMES: [&str; 3] = [Expiry::NAME, "expires_at", "expires"];
    const SPANS: [&str; 2] = ["expires_in", "expiresIn"];

    /// What stands beside a token. What is odd gets its likely meaning: a token that is renewed too early does no harm, and
    /// one that is never renewed does. `None` where `expiresAt` is no time.
    fn read(given: &JsValue) -> Option<Expiry> {
        let mut names = Expiry::TIMES.into_iter().chain(Expiry::SPANS);
        let Some((name, value)) = names.find_map(|name| Some((name, field(given, name)?))) else {
            return Some(Expiry::NONE);
        };
        let is_span = Expiry::SPANS.contains(&name);
        let number = if is_span { number(&value) } else { milliseconds(&value) };
        let (at, what) = match number {
            None if name == Expiry::NAME => return None,
            Some(time) if time >= EARLIEST && name == Expiry::NAME => return Some(Expiry { at: time, oddity: None }),
            Some(span) if is_span && span > 0.0 => (Date::now() + span * 1_000.0, "seconds from now"),
            Some(time) if !is_span && time >= EARLIEST => (time, "`expiresAt`"),
            Some(time) if !is_span && time * 1_000.0 >= EARLIEST => (time * 1_000.0, "seconds since the epoch"),
            _ => (Date::now() + UNREADABLE, "5 minutes from now, as it is no time at which a token ends"),
        };
        let early = number.filter(|number| *number < EARLIEST).map(|number| format!(" of {}", number as i64));
        let oddity = format!(
            "the token function gave an `{name}`{}, which is taken for {what}: \
             give `expiresAt` as {FORMS}",
            early.unwrap_or_default()
        );
        Some(Expiry { at, oddity: Some(oddity) })
    }
}

/// A field that has a value.
fn field(given: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(given, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
}

#[wasm_bindgen]
extern "C" {
    /// Number of any value, as `Number(value)` has it.
    #[wasm_bindgen(catch, js_name = Number)]
    fn number_of(value: &JsValue) -> Result<f64, JsValue>;
}

/// A time as a number, a `Date`, or a text: ms since the epoch.
fn milliseconds(time: &JsValue) -> Option<Millis> {
    let value = match time.is_instance_of::<Date>() {
        true => number_of(time).ok()?,
        false => number(time).or_else(|| time.as_string().map(|text| Date::parse(&of_ecmascript(&text))))?,
    };
    Some(value).filter(|value| !value.is_nan())
}

/// A number, or a text that is one: `Date.parse` takes `3600` for a year.
fn number(value: &JsValue) -> Option<f64> {
    let written = || number_of(value).ok().filter(|number| number.is_finite());
    let has_digits = |text: String| text.bytes().any(|byte| byte.is_ascii_digit());
    value.as_f64().or_else(|| value.as_string().is_some_and(has_digits).then(written)?)
}

/// Keystone writes UTC with microseconds and sometimes without a zone; of fractions ECMAScript promises to read three digits.
fn of_ecmascript(time: &str) -> String {
    let (whole, rest) = time.split_once('.').unwrap_or((time, ""));
    let fraction: String = rest.chars().take_while(char::is_ascii_digit).take(3).collect();
    let zone = rest.trim_start_matches(|character: char| character.is_ascii_digit());
    // `Thu, 01 Jan 2026 …` has a T, too
    let is_clock = |clock: &str| clock.chars().all(|character| character.is_ascii_digit() || character == ':');
    let is_iso = |(date, clock): (&str, &str)| date.ends_with(|last: char| last.is_ascii_digit()) && is_clock(clock);
    let is_bare = zone.is_empty() && whole.split_once('T').is_some_and(is_iso);
    let point = if fraction.is_empty() { "" } else { "." };
    let utc = if is_bare { "Z" } else { "" };
    format!("{whole}{point}{fraction}{zone}{utc}")
}
