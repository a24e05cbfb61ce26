//! The tape: what a scan makes of MessagePack, a list of words that JavaScript turns into values and that [`Value`] reads
//! for the engine. A word has its tag in the low bits and its content above.

pub use super::layout::{
    ARRAY, BINARY, DICTIONARY, FALSE, INTEGER, KNOWN, NIL, NUMBER, OBJECT, SIGNED, TAG_BITS, TEXT, TRUE, UNSIGNED,
};
use super::scan::Scanner;

const TAG: u32 = (1 << TAG_BITS) - 1;

/// The word that has this tag and content.
#[inline(always)]
pub fn word(tag: u32, content: u32) -> u32 {
    tag | content << TAG_BITS
}

/// The tag of a word.
#[inline(always)]
pub fn tag(word: u32) -> u32 {
    word & TAG
}

/// The content of a word: a length, count, shape or slot.
#[inline(always)]
pub fn content(word: u32) -> usize {
    (word >> TAG_BITS) as usize
}

/// Where a value starts: the index of its word on the tape, and how many of the numbers come before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// index of the word
    pub word: usize,
    /// index of the first number that belongs to it
    pub number: usize,
}

/// A value of the frame scanned last, as far as the engine reads it: ids, names and numbers.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    scanner: &'a Scanner,
    place: Place,
}

impl<'a> Value<'a> {
    /// The value at a place of what was scanned.
    pub fn new(scanner: &'a Scanner, place: Place) -> Value<'a> {
        Value { scanner, place }
    }

    /// Where it starts; what the builder in JavaScript needs to make it.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        self.word() == NIL
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        matches!(tag(self.word()), OBJECT | DICTIONARY)
    }

    /// Whether it is an array.
    pub fn is_array(&self) -> bool {
        tag(self.word()) == ARRAY
    }

    /// Its number, if it is one for JavaScript too: integers beyond ±2^53 are none.
    pub fn as_number(&self) -> Option<f64> {
        let word = self.word();
        match tag(word) {
            INTEGER => Some(f64::from(word as i32 >> TAG_BITS)),
            NUMBER => self.scanner.numbers().get(self.place.number).copied(),
            _ => None,
        }
    }

    /// Its text, in bytes that nobody has checked to be UTF-8. `None` for other types, and for all text once the scanner has
    /// counted the frame's texts in UTF-16 units for JavaScript.
    pub fn as_text(&self) -> Option<&'a [u8]> {
        let word = self.word();
        match tag(word) {
            KNOWN => self.scanner.known().text(content(word)),
            TEXT => {
                let start = self.scanner.tape().get(self.place.word + 1)?;
                self.scanner.text_at(*start as usize, content(word))
            }
            _ => None,
        }
    }

    /// Its number, if that is an integer of 64 bits. A float without fraction counts: JavaScript would not tell it apart.
    pub fn as_integer(&self) -> Option<i64> {
        const SAFE: f64 = 9_007_199_254_740_992.0;
        let word = self.word();
        if tag(word) == INTEGER {
            return Some(i64::from(word as i32 >> TAG_BITS));
        }
        let number = *self.scanner.numbers().get(self.place.number)?;
        match tag(word) {
            NUMBER => (number as i64 as f64 == number && number.abs() <= SAFE).then_some(number as i64),
            UNSIGNED => i64::try_from(number.to_bits()).ok(),
            SIGNED => Some(number.to_bits() as i64),
            _ => None,
        }
    }

    /// The items of an array; none for other types.
    pub fn items(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let word = self.word();
        let left = if tag(word) == ARRAY { content(word) } else { 0 };
        let first = self.inside();
        let mut last: Option<Value<'a>> = None;
        (0..left).map(move |_| *last.insert(last.map_or(first, Value::after)))
    }

    /// The value of a key of an object; of several, the last, as in JavaScript.
    pub fn field(&self, name: &str) -> Option<Value<'a>> {
        let word = self.word();
        let index = match tag(word) {
            OBJECT | DICTIONARY => self.scanner.shapes().index_of(content(word), name.as_bytes()),
            _ => return None,
        };
        let shaped = index.map(|index| self.inside().skip(index));
        if tag(word) == OBJECT {
            return shaped;
        }
        let pairs = self.inside().skip(self.scanner.shapes().length(content(word)));
        let mut found = shaped;
        let mut key = pairs.inside();
        for _ in 0..content(pairs.word()) {
            let value = key.after();
            if key.as_text() == Some(name.as_bytes()) {
                found = Some(value);
            }
            key = value.after();
        }
        found
    }

    /// Its word.
    pub(super) fn word(&self) -> u32 {
        self.scanner.tape().get(self.place.word).copied().unwrap_or(NIL)
    }

    /// What stands right behind the word.
    fn inside(self) -> Value<'a> {
        Value { place: Place { word: self.place.word + 1, ..self.place }, ..self }
    }

    /// What stands behind the whole value.
    fn after(self) -> Value<'a> {
        self.skip(1)
    }

    /// What stands behind so many whole values.
    fn skip(self, count: usize) -> Value<'a> {
        let tape = self.scanner.tape();
        let mut next = self.place;
        let mut left = count;
        while left > 0 {
            left -= 1;
            let word = tape.get(next.word).copied().unwrap_or(NIL);
            next.word += 1;
            match tag(word) {
                NUMBER | UNSIGNED | SIGNED => next.number += 1,
                TEXT | BINARY => next.word += 1,
                ARRAY => left += content(word),
                OBJECT => left += self.scanner.shapes().length(content(word)),
                DICTIONARY => {
                    let shaped = Value { place: next, ..self };
                    let pairs = shaped.skip(self.scanner.shapes().length(content(word)));
                    next = pairs.inside().skip(2 * content(pairs.word())).place;
                }
                _ => {}
            }
        }
        Value { place: next, ..self }
    }
}
