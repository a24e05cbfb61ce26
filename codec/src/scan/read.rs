//! The pass itself: from the frame's bytes to words, numbers and binaries.

use std::ops::Range;

use super::{Damaged, Scanner};
use crate::msgpack::Reader;
use crate::shapes::{Found, Prefix, Shapes};
use crate::tape::{self, Place};

/// The keys of a frame's outermost map that mean something.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Request,
    Body,
    Headers,
    Other,
}

impl Scanner {
    /// One value. `context` is the shape of the object that it is in, up to its own key.
    pub(super) fn value_at(&mut self, depth: u32, context: u32) -> Result<(), Damaged> {
        if depth >= Scanner::DEEPEST && self.is_container() {
            return self.unread();
        }
        let [first] = self.take()?;
        match first {
            0x00..=0x7f => self.push(tape::INTEGER, u32::from(first)),
            0xe0..=0xff => self.push(tape::INTEGER, first as i8 as u32),
            // One place for short and long heads: what is inlined here is large.
            0xa0..=0xbf | 0xd9..=0xdb => {
                let length = if first < 0xc0 { usize::from(first & 31) } else { self.size(first - 0xd9)? };
                self.text_of(length)?;
            }
            0x80..=0x8f | 0xde | 0xdf => {
                let count = self.map_size(first)?;
                self.map(count, depth, context)?;
            }
            0x90..=0x9f | 0xdc | 0xdd => {
                let count = if first < 0xc0 { usize::from(first & 15) } else { self.size(first - 0xdb)? };
                self.array(count, depth, context)?;
            }
            0xc0 => self.push(tape::NIL, 0),
            0xc1 => return Err(Damaged::Reserved),
            0xc2 => self.push(tape::FALSE, 0),
            0xc3 => self.push(tape::TRUE, 0),
            0xc4..=0xc6 => {
                let length = self.size(first - 0xc4)?;
                self.binary(length)?;
            }
            0xc7..=0xc9 => {
                let length = self.size(first - 0xc7)?;
                self.extension(length)?;
            }
            0xd4..=0xd8 => self.extension(1 << (first - 0xd4))?,
            0xca => {
                let number = f32::from_be_bytes(self.take()?);
                self.number(f64::from(number));
            }
            0xcb => {
                let number = f64::from_be_bytes(self.take()?);
                self.number(number);
            }
            0xcc => {
                let [number] = self.take()?;
                self.push(tape::INTEGER, u32::from(number));
            }
            0xcd => {
                let number = u16::from_be_bytes(self.take()?);
                self.push(tape::INTEGER, u32::from(number));
            }
            0xce => {
                let number = u32::from_be_bytes(self.take()?);
                self.integer(i64::from(number));
            }
            0xcf => {
                let number = u64::from_be_bytes(self.take()?);
                self.unsigned(number);
            }
            0xd0 => {
                let [number] = self.take()?;
                self.push(tape::INTEGER, number as i8 as u32);
            }
            0xd1 => {
                let number = i16::from_be_bytes(self.take()?);
                self.push(tape::INTEGER, number as u32);
            }
            0xd2 => {
                let number = i32::from_be_bytes(self.take()?);
                self.integer(i64::from(number));
            }
            0xd3 => {
                let number = i64::from_be_bytes(self.take()?);
                self.integer(number);
            }
        }
        Ok(())
    }

    fn map(&mut self, entries: usize, depth: u32, context: u32) -> Result<(), Damaged> {
        self.open(entries.saturating_mul(2))?;
        let at = self.tape.len();
        self.tape.push(0);
        let mut shape = Shapes::EMPTY;
        for read in 0..entries {
            let Some(key) = self.next_text()? else {
                return self.dictionary(at, shape, entries - read, None, depth);
            };
            let role = self.role(depth, &key);
            if role == Role::Request {
                self.request()?;
                continue;
            }
            let Some(longer) = self.shapes.extend(shape, context, &self.frame, key.clone()) else {
                return self.dictionary(at, shape, entries - read, Some(key), depth);
            };
            shape = longer;
            self.note(role);
            self.value_at(depth + 1, shape)?;
        }
        self.tape[at] = tape::word(tape::OBJECT, shape);
        self.shapes.note(shape);
        Ok(())
    }

    /// The rest of a map whose keys make no shape: they are data (ids, words), or no text. `key` has been read.
    #[cold]
    fn dictionary(
        &mut self,
        at: usize,
        shape: u32,
        left: usize,
        mut key: Option<Range<usize>>,
        depth: u32,
    ) -> Result<(), Damaged> {
        self.tape[at] = tape::word(tape::DICTIONARY, shape);
        self.shapes.note(shape);
        let count = self.tape.len();
        self.tape.push(0);
        let mut pairs = 0;
        for _ in 0..left {
            if key.is_none() {
                key = self.rare_text()?;
            }
            let mut role = Role::Other;
            match key.take() {
                Some(key) => {
                    role = self.role(depth, &key);
                    if role == Role::Request {
                        self.request()?;
                        continue;
                    }
                    self.position = key.start;
                    self.text_of(key.len())?;
                }
                None => self.odd_key()?,
            }
            self.note(role);
            self.value_at(depth + 1, shape)?;
            pairs += 1;
        }
        self.tape[count] = tape::word(tape::INTEGER, pairs);
        Ok(())
    }

    /// A key that is no text. JavaScript makes a property's name of any value.
    fn odd_key(&mut self) -> Result<(), Damaged> {
        if self.is_container() {
            return Err(Damaged::Key);
        }
        self.value_at(0, Shapes::EMPTY)
    }

    /// The next value, passed over, if it is a text.
    #[inline(always)]
    fn next_text(&mut self) -> Result<Option<Range<usize>>, Damaged> {
        let length = match self.peek() {
            Some(first @ 0xa0..=0xbf) => {
                self.take::<1>()?;
                usize::from(first & 31)
            }
            Some(first @ 0xd9..=0xdb) => {
                self.take::<1>()?;
                self.size(first - 0xd9)?
            }
            _ => return Ok(None),
        };
        let start = self.ensure(length)?;
        self.position = start + length;
        Ok(Some(start..start + length))
    }

    #[inline(always)]
    fn role(&self, depth: u32, key: &Range<usize>) -> Role {
        if depth > 0 || !self.top.is_frame {
            return Role::Other;
        }
        match &self.frame[key.clone()] {
            b"request" => Role::Request,
            b"body" => Role::Body,
            b"headers" => Role::Headers,
            _ => Role::Other,
        }
    }

    /// The value of a key with this role starts here.
    #[inline(always)]
    fn note(&mut self, role: Role) {
        let here = Place { word: self.tape.len(), number: self.numbers.len() };
        match role {
            Role::Body => self.top.body = Some(here),
            Role::Headers => self.top.headers = Some(here),
            Role::Request | Role::Other => {}
        }
    }

    /// Passes over a reply's `request` but for the name of its action. Of several, the last counts, as in JavaScript.
    fn request(&mut self) -> Result<(), Damaged> {
        let start = self.position;
        self.top.has_request = true;
        self.top.has_action = false;
        let mut entries = 0;
        match self.peek() {
            Some(first @ (0x80..=0x8f | 0xde | 0xdf)) => {
                self.take::<1>()?;
                entries = self.map_size(first)?;
            }
            _ => self.pass_over()?,
        }
        for _ in 0..entries {
            let key = self.rare_text()?;
            match key.map(|key| &self.frame[key]) {
                Some(b"action") => self.action_name()?,
                Some(_) => self.pass_over()?,
                None => {
                    self.pass_over()?;
                    self.pass_over()?;
                }
            }
        }
        self.blank(start..self.position);
        Ok(())
    }

    /// What was asked for. No text: the server could not tell.
    fn action_name(&mut self) -> Result<(), Damaged> {
        let Some(name) = self.rare_text()? else {
            self.top.has_action = false;
            return self.pass_over();
        };
        self.top.has_action = true;
        self.action.clear();
        self.action.extend_from_slice(&self.frame[name]);
        Ok(())
    }

    /// A value that is too deep, as its MessagePack.
    #[cold]
    fn unread(&mut self) -> Result<(), Damaged> {
        let start = self.position;
        self.pass_over()?;
        let length = self.position - start;
        self.position = start;
        self.binary(length)
    }

    fn pass_over(&mut self) -> Result<(), Damaged> {
        let value = Reader::new(&self.frame[self.position..self.end]).value().ok_or(Damaged::Truncated)?;
        self.position += value.len();
        Ok(())
    }

    /// Before the first text nothing needs blanking.
    fn blank(&mut self, bytes: Range<usize>) {
        if self.text.end > 0 {
            self.frame[bytes].fill(b' ');
        }
    }

    fn array(&mut self, items: usize, depth: u32, context: u32) -> Result<(), Damaged> {
        self.open(items)?;
        self.push(tape::ARRAY, items as u32);
        for _ in 0..items {
            self.value_at(depth + 1, context)?;
        }
        Ok(())
    }

    #[inline(never)]
    fn rare_text(&mut self) -> Result<Option<Range<usize>>, Damaged> {
        self.next_text()
    }

    #[inline(never)]
    fn text_of(&mut self, length: usize) -> Result<(), Damaged> {
        let start = self.ensure(length)?;
        self.position = start + length;
        let mut new = None;
        if length > 0 && length <= Prefix::SIZE {
            let prefix = Prefix::of(&self.frame[start..], length);
            if prefix.is_ascii() {
                match self.known.find(prefix) {
                    Found::Known(slot) => {
                        self.push(tape::KNOWN, slot);
                        return Ok(());
                    }
                    Found::New(slot) => new = Some(slot),
                    Found::Taken => {}
                }
            }
        }
        if self.text.end == 0 {
            self.text.start = start;
        }
        self.text.end = start + length;
        let start = (start - self.text.start) as u32;
        match new {
            Some(slot) => {
                self.known.news.extend([slot, start, length as u32]);
                self.push(tape::KNOWN, slot);
            }
            None => {
                self.push(tape::TEXT, length as u32);
                self.tape.push(start);
            }
        }
        Ok(())
    }

    fn binary(&mut self, length: usize) -> Result<(), Damaged> {
        let start = self.ensure(length)?;
        self.position = start + length;
        self.push(tape::BINARY, length as u32);
        self.tape.push(self.binaries.len() as u32);
        self.binaries.extend_from_slice(&self.frame[start..start + length]);
        self.frame[start..start + length].fill(b' ');
        Ok(())
    }

    /// An extension comes as its bytes; its type is lost.
    fn extension(&mut self, length: usize) -> Result<(), Damaged> {
        self.take::<1>()?;
        self.binary(length)
    }

    fn number(&mut self, number: f64) {
        self.push(tape::NUMBER, 0);
        self.numbers.push(number);
    }

    fn integer(&mut self, number: i64) {
        if (-(1 << 27)..1 << 27).contains(&number) {
            self.push(tape::INTEGER, number as u32);
        } else if number.unsigned_abs() <= 1 << 53 {
            self.number(number as f64);
        } else {
            self.push(tape::SIGNED, 0);
            self.numbers.push(f64::from_bits(number as u64));
        }
    }

    fn unsigned(&mut self, number: u64) {
        if number <= 1 << 53 {
            self.integer(number as i64);
        } else {
            self.push(tape::UNSIGNED, 0);
            self.numbers.push(f64::from_bits(number));
        }
    }

    #[inline(always)]
    fn push(&mut self, tag: u32, content: u32) {
        self.tape.push(tape::word(tag, content));
    }

    /// Pairs of the map whose first byte was taken.
    #[inline(always)]
    fn map_size(&mut self, first: u8) -> Result<usize, Damaged> {
        if first < 0xc0 { Ok(usize::from(first & 15)) } else { self.size(first - 0xdd) }
    }

    /// A length or count of 1, 2 or 4 bytes.
    #[inline(always)]
    fn size(&mut self, width: u8) -> Result<usize, Damaged> {
        Ok(match width {
            0 => usize::from(self.take::<1>()?[0]),
            1 => usize::from(u16::from_be_bytes(self.take()?)),
            _ => u32::from_be_bytes(self.take()?) as usize,
        })
    }

    /// Takes bytes that are no text, and blanks them.
    #[inline(always)]
    fn take<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], Damaged> {
        let start = self.ensure(LENGTH)?;
        let bytes = self.frame[start..].first_chunk_mut::<LENGTH>().ok_or(Damaged::Truncated)?;
        self.position = start + LENGTH;
        Ok(std::mem::replace(bytes, [b' '; LENGTH]))
    }

    /// A container of so many values begins, each of which has a byte at least.
    #[inline(always)]
    fn open(&mut self, values: usize) -> Result<(), Damaged> {
        self.ensure(values)?;
        self.values_left = self.values_left.checked_sub(values).ok_or(Damaged::TooLarge)?;
        Ok(())
    }

    /// The position, if so many bytes follow it.
    #[inline(always)]
    fn ensure(&self, length: usize) -> Result<usize, Damaged> {
        if length > self.end - self.position {
            return Err(Damaged::Truncated);
        }
        Ok(self.position)
    }

    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.frame[..self.end].get(self.position).copied()
    }

    fn is_container(&self) -> bool {
        matches!(self.peek(), Some(0x80..=0x9f | 0xdc..=0xdf))
    }
}
