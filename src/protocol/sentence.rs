//! The server's own sentence about a refusal, from either transport.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::Deserializer;

use super::replies::{IfFit, Text, fitting};

/// The sentence in the body of a refusal: of the socket's `{exception, error}` or text, of REST's `{title, description}`, or of
/// Keystone's `{error: {message}}`.
///
/// `exception` says more than `error`, as it names ids, and `description` more than `title`; the error `Unexpected error.` says
/// nothing.
///
/// ```
/// use zaqar_codec::scan::Scanner;
/// use zaqar_web::protocol::sentence::sentence;
///
/// let mut scanner = Scanner::new();
/// let bytes = b"\x82\xa9exception\xc0\xa5error\xa4why?";
/// scanner.room(bytes.len()).copy_from_slice(bytes);
/// scanner.scan_value().unwrap();
/// assert_eq!(sentence(scanner.value()).as_deref(), Some("why?"));
/// ```
pub fn sentence<'a, D: Deserializer<'a> + Copy>(body: D) -> Option<Cow<'a, str>> {
    let told: Told<'a> = fitting(Some(body)).unwrap_or_default();
    let error = told.error.0.filter(|error| &**error != "Unexpected error.");
    let text = told.exception.0.or(error).or(told.description.0);
    let text = text.or_else(|| of_keystone(body)).or(told.title.0).or_else(|| fitting(Some(body)).ok());
    text.map(|Text(text)| text)
}

fn of_keystone<'a, D: Deserializer<'a>>(body: D) -> Option<Text<'a>> {
    let keystones: Keystones<'a> = fitting(Some(body)).ok()?;
    keystones.error.message.0
}

#[derive(Default, Deserialize)]
struct Told<'a> {
    #[serde(borrow, default)]
    exception: IfFit<Text<'a>>,
    #[serde(borrow, default)]
    error: IfFit<Text<'a>>,
    #[serde(borrow, default)]
    description: IfFit<Text<'a>>,
    #[serde(borrow, default)]
    title: IfFit<Text<'a>>,
}

#[derive(Deserialize)]
struct Keystones<'a> {
    #[serde(borrow)]
    error: Message<'a>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    message: IfFit<Text<'a>>,
}
