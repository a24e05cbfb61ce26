//! Errors for JavaScript.

use serde::Serialize;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use super::host::host;
use crate::engine::{Delivery, Failure, Millis};
use crate::protocol::action::Action;
use crate::protocol::error::Code;
use crate::protocol::limits::Refusal;

#[wasm_bindgen(typescript_custom_section)]
const TYPESCRIPT: &str = "
/** What is known about a failure. What is not known is absent. */
export interface ErrorDetails {
  code: ErrorCode;
  message: string;
  status?: number;
  action?: Action;
  delivery?: Exclude<Delivery, 'answered'>;
  retryable: boolean;
}
";

#[derive(Serialize)]
struct ErrorDetails<'a> {
    code: Code,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<Action>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<Delivery>,
    retryable: bool,
}

/// The application's fault: nothing was sent.
pub fn invalid(message: &str) -> JsValue {
    of_code(Code::InvalidArgument, message)
}

/// One of the client itself about what was not sent.
pub fn of_code(code: Code, message: &str) -> JsValue {
    make(&ErrorDetails {
        code,
        message,
        status: None,
        action: None,
        delivery: Some(Delivery::NotSent),
        retryable: false,
    })
}

/// A request that must not be sent.
pub fn refused(action: Action, refusal: &Refusal) -> JsValue {
    make(&ErrorDetails {
        code: refusal.code,
        message: &refusal.message,
        status: None,
        action: Some(action),
        delivery: Some(Delivery::NotSent),
        retryable: false,
    })
}

/// The token cannot be had. Whether asking again may help.
pub fn no_token(message: &str, cause: &JsValue, retryable: bool) -> JsValue {
    let details =
        ErrorDetails { code: Code::Unauthorized, message, status: None, action: None, delivery: None, retryable };
    make_with_cause(&details, cause)
}

/// No transport has answered in time; `troubles` say what went wrong, as the end of a sentence.
pub fn no_answer(within_ms: Millis, troubles: &str) -> JsValue {
    make(&ErrorDetails {
        code: Code::Timeout,
        message: &format!("Zaqar did not answer within {} ms{troubles}", within_ms as u64),
        status: None,
        action: None,
        delivery: None,
        retryable: true,
    })
}

/// What is asked of a client that is closed, or closes.
pub fn closed() -> JsValue {
    of_code(Code::Closed, "the client is closed")
}

/// What a request, a reader or the whole client fails with.
pub fn failed(failure: &Failure) -> JsValue {
    failed_saying(failure, &failure.why)
}

/// The same in other words.
pub fn failed_saying(failure: &Failure, message: &str) -> JsValue {
    let Failure { code, status, action, delivery, retryable, .. } = *failure;
    make(&ErrorDetails {
        code,
        message,
        status: Some(status).filter(|status| *status != 0),
        action,
        delivery: Some(delivery).filter(|delivery| *delivery != Delivery::Answered),
        retryable,
    })
}

fn make(details: &ErrorDetails<'_>) -> JsValue {
    make_with_cause(details, &JsValue::UNDEFINED)
}

fn make_with_cause(details: &ErrorDetails<'_>, cause: &JsValue) -> JsValue {
    // a struct of texts and numbers always has a value
    let details = serde_wasm_bindgen::to_value(details).unwrap_or_default();
    host().error(&details, cause)
}
