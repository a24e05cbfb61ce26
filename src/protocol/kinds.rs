//! What the value of a key must be, and the words that say so.

use zaqar_codec::msgpack::{Reader, Token};

/// What a value must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Boolean,
    Object,
    Text,
    SomeText,
    /// A list of texts, none of them empty.
    Names,
    /// It stands in paths and, with commas between, in queries. Browsers take dots out of a path, encoded or not.
    Id,
    /// A list of ids, at most so many.
    Ids(u32),
    /// A list of some of these words.
    Some(&'static [&'static str]),
    /// A whole number in these bounds.
    Whole(u32, u32),
    /// The same, of seconds.
    Seconds(u32, u32),
    /// The name of a queue that is there. With a dot it is possible only for a while: see `NewQueue`.
    Queue,
    /// The name of a queue that the server may make. Whether it may have dots: on Redis those can break other queues.
    NewQueue {
        allows_dots: bool,
    },
    /// Other schemes have no driver: the server fails at them, on the socket without a word.
    Subscriber,
    /// A point in time, in UTC.
    Time,
}

impl Kind {
    /// Whether it is the kind of a value.
    pub(super) fn is_of(self, mut value: Reader<'_>) -> bool {
        let Some(token) = value.token() else { return false };
        match (self, token) {
            (Kind::Boolean, Token::Boolean(_)) | (Kind::Object, Token::Map(_)) => true,
            // a whole number that came as a float is -0, or was no number of JavaScript's
            (Kind::Whole(least, most) | Kind::Seconds(least, most), Token::Integer(number)) => {
                (i64::from(least)..=i64::from(most)).contains(&number)
            }
            (Kind::Names, Token::Array(count)) => are_all(Kind::SomeText, count, value),
            (Kind::Ids(most), Token::Array(count)) => count <= most as usize && are_all(Kind::Id, count, value),
            (Kind::Some(words), Token::Array(count)) => {
                count > 0 && all(count, value, |item| item.as_text().is_some_and(|text| words.contains(&text)))
            }
            (_, Token::Text(text)) => std::str::from_utf8(text).is_ok_and(|text| self.is_of_text(text)),
            _ => false,
        }
    }

    fn is_of_text(self, text: &str) -> bool {
        match self {
            Kind::Text => true,
            Kind::SomeText => !text.is_empty(),
            Kind::Id => {
                let separates = |byte| matches!(byte, b'/' | b'\\' | b',');
                !matches!(text, "" | "." | "..") && is_printed(text) && !text.bytes().any(separates)
            }
            Kind::Queue => is_queue_name(text),
            Kind::NewQueue { allows_dots } => is_queue_name(text) && (allows_dots || !text.contains('.')),
            Kind::Subscriber => {
                let (scheme, rest) = text.split_once(':').unwrap_or_default();
                SCHEMES.contains(&scheme) && !rest.is_empty() && is_printed(rest)
            }
            Kind::Time => {
                text.len() == TIME.len()
                    && text
                        .bytes()
                        .zip(TIME)
                        .all(|(byte, form)| if *form == b'0' { byte.is_ascii_digit() } else { byte == *form })
            }
            Kind::Boolean
            | Kind::Object
            | Kind::Names
            | Kind::Ids(_)
            | Kind::Some(_)
            | Kind::Whole(..)
            | Kind::Seconds(..) => false,
        }
    }

    /// The sentence for a value that is of another kind.
    pub(super) fn sentence(self, key: &str) -> String {
        let be = match self {
            Kind::Queue => return "a queue name has 1 to 64 letters, digits, _ and -".into(),
            Kind::Boolean => "true or false".into(),
            Kind::Object => "an object".into(),
            Kind::Text => "a text".into(),
            Kind::SomeText => "a text, not an empty one".into(),
            Kind::Names => "a list of names, not an empty one".into(),
            Kind::Id => "a text without spaces, slashes and commas".into(),
            Kind::Ids(u32::MAX) => "a list of ids, not an empty one".into(),
            Kind::Ids(most) => format!("a list of 1 to {most} ids"),
            Kind::Some(words) => format!("a list of {}", words.join(", ")),
            Kind::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Kind::Seconds(least, most) => format!("a whole number of seconds from {least} to {most}"),
            Kind::NewQueue { .. } => "a name of 1 to 64 of the characters A-Z a-z 0-9 _ -".into(),
            Kind::Subscriber => "a URL of http, https, mailto, trust+http or trust+https".into(),
            Kind::Time => "a time such as 2030-12-31T23:59:59".into(),
        };
        format!("{key} must be {be}")
    }
}

const SCHEMES: [&str; 5] = ["http", "https", "mailto", "trust+http", "trust+https"];

/// Each 0 is any digit.
const TIME: &[u8] = b"0000-00-00T00:00:00";

/// Whether it has neither spaces nor control characters.
fn is_printed(text: &str) -> bool {
    // nearly all are ASCII, and bytes are quicker than characters
    let is_ascii = text.bytes().all(|byte| matches!(byte, b'!'..=b'~'));
    is_ascii || text.chars().all(|character| character != ' ' && !character.is_control())
}

/// `.` and `..` mean something else in a URL, whatever the encoding.
fn is_queue_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    matches!(name.len(), 1..=64) && !matches!(name, "." | "..") && name.bytes().all(is_allowed)
}

fn are_all(kind: Kind, count: usize, items: Reader<'_>) -> bool {
    count > 0 && all(count, items, |item| kind.is_of(item))
}

/// Whether it holds for each of the next values. Where the bytes end before it does not.
fn all(count: usize, mut items: Reader<'_>, is_right: impl Fn(Reader<'_>) -> bool) -> bool {
    (0..count).all(|_| items.value().is_some_and(|item| is_right(Reader::new(item))))
}
