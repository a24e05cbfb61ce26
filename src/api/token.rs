//! Where the engine's tokens come from.

use js_sys::{Date, Function, Promise, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::errors::{invalid, no_token};
use super::fields::Fields;
use crate::engine::{Millis, NEVER, WantToken};

/// A token that can be sent, and when it expires: ms since the epoch, or [`NEVER`].
#[derive(Clone)]
pub struct Token {
    pub text: String,
    pub expires_at: Millis,
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
                if given.is_object() {
                    let mut fields = Fields::of(given, "`token`", "token.")?;
                    fields.know(&["token", "expiresAt"]);
                    fields.refuse_others()?;
                }
                // Its expiry is of no use: there is nothing to renew it with.
                let fixed = token.map(|token| TokenSource::Fixed(Token { expires_at: NEVER, ..token }));
                fixed.ok_or_else(|| {
                    invalid("`token` must be a token, `{ token, expiresAt }` or a function that gives one")
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
                Token::read(&given).ok_or_else(|| {
                    TokenFailure::final_one("the token function gave no token, or one with an expiry that is no time")
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

impl Token {
    /// A text, or `{ token, expiresAt }`. `None` for what cannot travel as a header.
    fn read(given: &JsValue) -> Option<Token> {
        let field = |name: &str| {
            Reflect::get(given, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
        };
        let (text, expiry) = match given.as_string() {
            Some(text) => (text, None),
            None => (field("token")?.as_string()?, field("expiresAt")),
        };
        let is_header = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let expires_at = expiry.map_or(Some(NEVER), |expiry| milliseconds(&expiry))?;
        is_header.then_some(Token { text, expires_at })
    }
}

/// A time as a number, a `Date`, or a text: ms since the epoch.
fn milliseconds(time: &JsValue) -> Option<Millis> {
    let value = match time.dyn_ref::<Date>() {
        Some(date) => date.value_of(),
        None => time.as_f64().or_else(|| time.as_string().map(|text| Date::parse(&of_ecmascript(&text))))?,
    };
    Some(value).filter(|value| !value.is_nan())
}

/// Keystone writes UTC with microseconds and sometimes without a zone; of fractions ECMAScript promises to read three digits.
fn of_ecmascript(time: &str) -> String {
    let (whole, rest) = time.split_once('.').unwrap_or((time, ""));
    let fraction: String = rest.chars().take_while(char::is_ascii_digit).take(3).collect();
    let zone = rest.trim_start_matches(|character: char| character.is_ascii_digit());
    let has_zone = |clock: &str| clock.contains(['Z', '+', '-']);
    let is_bare = zone.is_empty() && whole.split_once('T').is_some_and(|(_, clock)| !has_zone(clock));
    let point = if fraction.is_empty() { "" } else { "." };
    let utc = if is_bare { "Z" } else { "" };
    format!("{whole}{point}{fraction}{zone}{utc}")
}
