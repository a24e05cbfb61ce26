//! Requests as structs: serde types, which rmp-serde writes, and how each is read from the map that JavaScript encodes.
//!
//! serde could read them, too, at three times the size: its `Deserialize` compiles a reader of any order of keys and any wrong type
//! for each struct.

use zaqar_codec::msgpack::{Reader, Token};

use crate::protocol::limits::Refusal;
use crate::protocol::opaque::Opaque;

/// Defines the structs of requests. Their fields are the keys of the maps.
macro_rules! requests {
    ($($(#[$doc:meta])* pub struct $name:ident { $($(#[$field_doc:meta])* pub $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
            pub struct $name {
                $(
                    $(#[$field_doc])*
                    #[serde(skip_serializing_if = "crate::protocol::request::fields::is_absent")]
                    pub $field: $type,
                )*
            }

            #[allow(unused_variables, reason = "some have no fields")]
            impl $crate::protocol::request::fields::Body for $name {
                fn take_from(map: &mut $crate::protocol::request::fields::Map<'_>) -> $name {
                    $name { $($field: map.take(stringify!($field)),)* }
                }
            }
        )*
    };
}
pub(super) use requests;

/// A struct of fields.
pub(in crate::protocol) trait Body {
    /// From a map. What is missing or of another type is noted there.
    fn take_from(map: &mut Map<'_>) -> Self
    where
        Self: Sized;
}

/// The entries of a request's map.
pub(in crate::protocol) struct Map<'a> {
    entries: Vec<(&'a str, &'a [u8])>,
    /// Whether a message to post has a delay.
    pub has_delay: bool,
    /// The first thing that was wrong with what was taken.
    refusal: Option<Refusal>,
}

impl<'a> Map<'a> {
    /// An empty one with room for so many entries, or what requests have at most.
    pub fn with_room(entries: usize) -> Map<'a> {
        Map { entries: Vec::with_capacity(entries.min(MOST_ENTRIES)), has_delay: false, refusal: None }
    }

    /// Adds an entry: a key, and the bytes of its value.
    pub fn add(&mut self, key: &'a str, value: &'a [u8]) {
        self.entries.push((key, value));
    }

    /// Whether there is such a key.
    pub fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// The value of a key. If something is wrong with it, its default: [`finish`](Map::finish) tells.
    pub fn take<F: Field>(&mut self, key: &'static str) -> F {
        let field = match self.value(key) {
            Some(value) => F::read(value),
            None => F::absent(),
        };
        field.unwrap_or_else(|| {
            self.refuse(key);
            F::default()
        })
    }

    /// Refuses if something was wrong with what was taken.
    pub fn finish(self) -> Result<(), Refusal> {
        match self.refusal {
            None => Ok(()),
            Some(refusal) => Err(refusal),
        }
    }

    fn value(&self, key: &str) -> Option<Reader<'a>> {
        let entry = self.entries.iter().find(|(name, _)| *name == key);
        entry.map(|(_, value)| Reader::new(value))
    }

    fn refuse(&mut self, key: &'static str) {
        let refusal = match self.has(key) {
            true => Refusal::invalid("the value cannot be read"),
            false => Refusal::invalid(format!("{key} is missing")),
        };
        self.refusal.get_or_insert(refusal);
    }
}

/// No request has more keys.
const MOST_ENTRIES: usize = 6;

/// The value of a key.
pub(in crate::protocol) trait Field: Default {
    /// `None` for a value of another type.
    fn read(value: Reader<'_>) -> Option<Self>;

    /// What it is without the key, if that may be missing.
    fn absent() -> Option<Self> {
        None
    }

    /// Whether it has no key.
    fn is_absent(&self) -> bool {
        false
    }
}

/// For serde.
pub(super) fn is_absent(field: &impl Field) -> bool {
    field.is_absent()
}

impl Field for String {
    fn read(value: Reader<'_>) -> Option<String> {
        value.as_text().map(str::to_owned)
    }
}

impl Field for u32 {
    fn read(value: Reader<'_>) -> Option<u32> {
        value.as_integer()?.try_into().ok()
    }
}

impl Field for bool {
    fn read(mut value: Reader<'_>) -> Option<bool> {
        match value.token()? {
            Token::Boolean(value) => Some(value),
            _ => None,
        }
    }
}

impl Field for Vec<String> {
    fn read(value: Reader<'_>) -> Option<Vec<String>> {
        let Some(Token::Array(_)) = value.clone().token() else { return None };
        value.items().map(|item| String::read(Reader::new(item))).collect()
    }
}

impl Field for Opaque {
    fn read(value: Reader<'_>) -> Option<Opaque> {
        Some(Opaque::of_value(value.rest().to_vec()))
    }
}

/// A key that is there has a value: nil is none that stands for its absence.
impl<F: Field> Field for Option<F> {
    fn read(value: Reader<'_>) -> Option<Option<F>> {
        F::read(value).map(Some)
    }

    fn absent() -> Option<Option<F>> {
        Some(None)
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}
