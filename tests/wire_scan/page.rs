//! What JavaScript does with a scanned frame: learns its texts and shapes, then builds a value. `js/codec/decode.ts`, in Rust.

use rmpv::{Integer, Value as MessagePack};
use zaqar_codec::scan::Scanner;
use zaqar_codec::tape::{self, Place};

/// A value as JavaScript has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Js {
    Null,
    Boolean(bool),
    /// the bits of a float, so that NaN is NaN and -0 is not 0
    Number(u64),
    Bigint(i128),
    Text(String),
    Bytes(Vec<u8>),
    Array(Vec<Js>),
    Object(Vec<(String, Js)>),
}

/// The memory of one page: what it was told by one scanner.
#[derive(Default)]
pub(crate) struct Page {
    shapes: Vec<Vec<String>>,
    known: Vec<String>,
}

impl Page {
    /// The value at a place. `None` where the text is not UTF-8.
    pub(crate) fn build(&mut self, scanner: &mut Scanner, place: Place) -> Option<Js> {
        scanner.deliver();
        let Ok(text) = String::from_utf8(scanner.text().to_vec()) else {
            scanner.forget();
            return None;
        };
        let units: Vec<u16> = text.encode_utf16().collect();
        if units.len() != text.len() {
            scanner.utf16();
        }
        for new in scanner.new_texts().chunks_exact(3) {
            let [slot, start, length] = [new[0] as usize, new[1] as usize, new[2] as usize];
            self.known.resize(self.known.len().max(slot + 1), String::new());
            self.known[slot] = String::from_utf16(&units[start..start + length]).unwrap();
        }
        while let Some(shape) = scanner.take_new_shape() {
            let keys = std::iter::successors(scanner.last_key(shape), |(_, before)| scanner.last_key(*before));
            let mut keys: Vec<_> = keys.map(|(key, _)| key).collect();
            keys.reverse();
            let shape = shape as usize;
            self.shapes.resize(self.shapes.len().max(shape + 1), Vec::new());
            self.shapes[shape] = keys.into_iter().map(|key| String::from_utf8_lossy(key).into_owned()).collect();
        }
        let mut builder = Builder { page: self, scanner, units, place };
        Some(builder.value())
    }
}

struct Builder<'a> {
    page: &'a Page,
    scanner: &'a Scanner,
    units: Vec<u16>,
    place: Place,
}

impl Builder<'_> {
    fn value(&mut self) -> Js {
        let word = self.word();
        let content = tape::content(word);
        match tape::tag(word) {
            tape::NIL => Js::Null,
            tape::FALSE => Js::Boolean(false),
            tape::TRUE => Js::Boolean(true),
            tape::INTEGER => number(f64::from(word as i32 >> tape::TAG_BITS)),
            tape::NUMBER => number(self.number()),
            tape::TEXT => {
                let start = self.word() as usize;
                Js::Text(String::from_utf16(&self.units[start..start + content]).unwrap())
            }
            tape::ARRAY => Js::Array((0..content).map(|_| self.value()).collect()),
            tape::OBJECT => Js::Object(self.shaped(content)),
            tape::DICTIONARY => {
                let mut pairs = self.shaped(content);
                for _ in 0..tape::content(self.word()) {
                    let key = property(self.value());
                    let value = self.value();
                    put(&mut pairs, key, value);
                }
                Js::Object(pairs)
            }
            tape::BINARY => {
                let start = self.word() as usize;
                Js::Bytes(self.scanner.binaries()[start..start + content].to_vec())
            }
            tape::UNSIGNED => Js::Bigint(i128::from(self.number().to_bits())),
            tape::SIGNED => Js::Bigint(i128::from(self.number().to_bits() as i64)),
            tape::KNOWN => Js::Text(self.page.known[content].clone()),
            tag => panic!("no tag {tag}"),
        }
    }

    fn shaped(&mut self, shape: usize) -> Vec<(String, Js)> {
        let mut pairs = Vec::new();
        let keys = &self.page.shapes[shape];
        for key in keys {
            let value = self.value();
            put(&mut pairs, key.clone(), value);
        }
        pairs
    }

    fn word(&mut self) -> u32 {
        self.place.word += 1;
        self.scanner.tape()[self.place.word - 1]
    }

    fn number(&mut self) -> f64 {
        self.place.number += 1;
        self.scanner.numbers()[self.place.number - 1]
    }
}

fn number(number: f64) -> Js {
    Js::Number(number.to_bits())
}

/// A property keeps its first place and its last value.
fn put(pairs: &mut Vec<(String, Js)>, key: String, value: Js) {
    match pairs.iter_mut().find(|(name, _)| *name == key) {
        Some((_, old)) => *old = value,
        None => pairs.push((key, value)),
    }
}

/// The name that JavaScript makes of a key that is no text.
fn property(key: Js) -> String {
    match key {
        Js::Text(text) => text,
        Js::Null => "null".to_owned(),
        Js::Boolean(value) => value.to_string(),
        Js::Number(bits) => f64::from_bits(bits).to_string(),
        Js::Bigint(number) => number.to_string(),
        Js::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Js::Array(_) | Js::Object(_) => unreachable!("the scanner refuses such keys"),
    }
}

/// What JavaScript should have of a value, according to rmpv.
pub(crate) fn expected(value: &MessagePack) -> Js {
    match value {
        MessagePack::Nil => Js::Null,
        MessagePack::Boolean(value) => Js::Boolean(*value),
        MessagePack::Integer(integer) => {
            let exact = exact(integer);
            if exact.unsigned_abs() <= 1 << 53 { number(exact as f64) } else { Js::Bigint(exact) }
        }
        MessagePack::F32(value) => number(f64::from(*value)),
        MessagePack::F64(value) => number(*value),
        MessagePack::String(text) => Js::Text(text.as_str().unwrap().to_owned()),
        MessagePack::Binary(bytes) | MessagePack::Ext(_, bytes) => Js::Bytes(bytes.clone()),
        MessagePack::Array(items) => Js::Array(items.iter().map(expected).collect()),
        MessagePack::Map(entries) => {
            let mut pairs = Vec::new();
            for (key, value) in entries {
                put(&mut pairs, property(expected(key)), expected(value));
            }
            Js::Object(pairs)
        }
    }
}

/// An integer of 64 bits, signed or not.
pub(crate) fn exact(integer: &Integer) -> i128 {
    integer.as_i64().map(i128::from).or(integer.as_u64().map(i128::from)).unwrap()
}

/// The value of a key of an object.
pub(crate) fn field(value: &Js, name: &str) -> Option<Js> {
    let Js::Object(pairs) = value else { return None };
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
}
