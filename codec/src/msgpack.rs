//! MessagePack for the small things that the engine itself reads and writes: envelopes, request bodies, ids. Message bodies
//! pass through as bytes. Frames from the server are read by [`scan`](super::scan), which is made for speed.

/// Appends MessagePack to a buffer.
#[derive(Debug, Default, Clone)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// An empty one.
    pub fn new() -> Writer {
        Writer::default()
    }

    /// An empty one with room for so many bytes.
    pub fn with_room(bytes: usize) -> Writer {
        Writer { bytes: Vec::with_capacity(bytes) }
    }

    /// All that was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Starts a map: `entries` pairs of key and value follow.
    pub fn map(&mut self, entries: usize) -> &mut Writer {
        self.head(entries, 0x80, 15, 0xde)
    }

    /// Starts an array: `items` values follow.
    pub fn array(&mut self, items: usize) -> &mut Writer {
        self.head(items, 0x90, 15, 0xdc)
    }

    /// A text, which must be UTF-8.
    pub fn text(&mut self, text: impl AsRef<[u8]>) -> &mut Writer {
        self.text_of(text.as_ref())
    }

    fn text_of(&mut self, text: &[u8]) -> &mut Writer {
        let length = text.len();
        if length > 31 && length < 256 {
            self.bytes.extend([0xd9, length as u8]);
        } else {
            self.head(length, 0xa0, 31, 0xda);
        }
        self.raw(text)
    }

    /// A non-negative integer, in as few bytes as it takes.
    pub fn number(&mut self, number: u32) -> &mut Writer {
        let [_, _, high, low] = number.to_be_bytes();
        match number {
            0..=0x7f => self.raw(&[low]),
            0x80..=0xff => self.raw(&[0xcc, low]),
            0x100..=0xffff => self.raw(&[0xcd, high, low]),
            0x1_0000.. => self.raw(&[0xce]).raw(&number.to_be_bytes()),
        }
    }

    /// A boolean.
    pub fn boolean(&mut self, value: bool) -> &mut Writer {
        self.bytes.push(if value { 0xc3 } else { 0xc2 });
        self
    }

    /// Nothing.
    pub fn nil(&mut self) -> &mut Writer {
        self.bytes.push(0xc0);
        self
    }

    /// A value that is MessagePack already.
    pub fn raw(&mut self, value: &[u8]) -> &mut Writer {
        self.bytes.extend_from_slice(value);
        self
    }

    /// A count: in the low bits of `short` up to `most`, else as 16 bits behind `long`, or 32 behind the one after it.
    fn head(&mut self, count: usize, short: u8, most: usize, long: u8) -> &mut Writer {
        if count <= most {
            self.bytes.push(short | count as u8);
        } else if let Ok(count) = u16::try_from(count) {
            self.bytes.push(long);
            self.bytes.extend(count.to_be_bytes());
        } else {
            self.bytes.push(long + 1);
            self.bytes.extend((count as u32).to_be_bytes());
        }
        self
    }
}

/// One value's first token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Token<'a> {
    /// nil
    Nil,
    /// a boolean
    Boolean(bool),
    /// an integer of 64 bits, signed
    Integer(i64),
    /// an integer beyond `i64`
    Large(u64),
    /// a float
    Float(f64),
    /// a text; not checked to be UTF-8
    Text(&'a [u8]),
    /// bytes
    Binary(&'a [u8]),
    /// an array of so many values
    Array(usize),
    /// a map of so many pairs
    Map(usize),
    /// an extension
    Extension(&'a [u8]),
}

/// Reads MessagePack token by token. The wasm has of it only what passes over values; tests and other drivers read frames by it.
/// Every method is `None` at the end of the bytes or where they are not MessagePack.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes }
    }

    /// What has not been read.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// The next token; of an array or a map only its head.
    pub fn token(&mut self) -> Option<Token<'a>> {
        let first = self.take(1)?[0];
        let token = match first {
            0x00..=0x7f => Token::Integer(i64::from(first)),
            0xe0..=0xff => Token::Integer(i64::from(first as i8)),
            0x80..=0x8f => Token::Map(usize::from(first & 15)),
            0x90..=0x9f => Token::Array(usize::from(first & 15)),
            0xa0..=0xbf => Token::Text(self.take(usize::from(first & 31))?),
            0xc0 => Token::Nil,
            0xc1 => return None,
            0xc2 | 0xc3 => Token::Boolean(first == 0xc3),
            0xc4..=0xc6 => {
                let length = self.unsigned(1 << (first - 0xc4))? as usize;
                Token::Binary(self.take(length)?)
            }
            0xc7..=0xc9 => {
                let length = self.unsigned(1 << (first - 0xc7))? as usize;
                self.take(1)?;
                Token::Extension(self.take(length)?)
            }
            0xca => Token::Float(f64::from(f32::from_bits(self.unsigned(4)? as u32))),
            0xcb => Token::Float(f64::from_bits(self.unsigned(8)?)),
            0xcc..=0xcf => {
                let value = self.unsigned(1 << (first - 0xcc))?;
                i64::try_from(value).map_or(Token::Large(value), Token::Integer)
            }
            0xd0 => Token::Integer(i64::from(self.unsigned(1)? as i8)),
            0xd1 => Token::Integer(i64::from(self.unsigned(2)? as i16)),
            0xd2 => Token::Integer(i64::from(self.unsigned(4)? as i32)),
            0xd3 => Token::Integer(self.unsigned(8)? as i64),
            0xd4..=0xd8 => {
                self.take(1)?;
                Token::Extension(self.take(1 << (first - 0xd4))?)
            }
            0xd9..=0xdb => {
                let length = self.unsigned(1 << (first - 0xd9))? as usize;
                Token::Text(self.take(length)?)
            }
            0xdc | 0xdd => Token::Array(self.unsigned(2 << (first - 0xdc))? as usize),
            0xde | 0xdf => Token::Map(self.unsigned(2 << (first - 0xde))? as usize),
        };
        Some(token)
    }

    /// Passes over one whole value and gives its bytes. The echo of a request is passed over so: it makes no tokens.
    pub fn value(&mut self) -> Option<&'a [u8]> {
        let bytes = self.bytes;
        let mut at = 0usize;
        let mut left = 1usize;
        while left > 0 {
            left -= 1;
            let first = *bytes.get(at)?;
            at += 1;
            let (length, nested) = match FOLLOWS[usize::from(first)] {
                Some(Follows { length, nested }) => (usize::from(length), usize::from(nested)),
                None => long(first, bytes, &mut at)?,
            };
            at = at.checked_add(length)?;
            left = left.checked_add(nested)?;
        }
        let (value, rest) = bytes.split_at_checked(at)?;
        self.bytes = rest;
        Some(value)
    }

    /// The pairs of a map: the key's text and the value's bytes. Ends early where the bytes do not make a map of texts.
    pub fn entries(mut self) -> Entries<'a> {
        let left = match self.token() {
            Some(Token::Map(entries)) => entries,
            _ => 0,
        };
        Entries { reader: self, left }
    }

    /// The values of an array. Ends early where the bytes do not make one.
    pub fn items(mut self) -> Items<'a> {
        let left = match self.token() {
            Some(Token::Array(items)) => items,
            _ => 0,
        };
        Items { reader: self, left }
    }

    /// The value of `key` in a map.
    pub fn field(self, key: &str) -> Option<Reader<'a>> {
        self.value_of(key.as_bytes())
    }

    /// The same for a key in bytes.
    pub fn value_of(self, key: &[u8]) -> Option<Reader<'a>> {
        self.entries().find(|(name, _)| *name == key).map(|(_, value)| Reader::new(value))
    }

    /// The next value as text, if it is one.
    pub fn as_text(mut self) -> Option<&'a str> {
        match self.token()? {
            Token::Text(text) => std::str::from_utf8(text).ok(),
            _ => None,
        }
    }

    /// The next value as an integer, if it is one.
    pub fn as_integer(mut self) -> Option<i64> {
        match self.token()? {
            Token::Integer(number) => Some(number),
            _ => None,
        }
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    fn unsigned(&mut self, width: usize) -> Option<u64> {
        Some(self.take(width)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }
}

/// See [`Reader::entries`].
pub struct Entries<'a> {
    reader: Reader<'a>,
    left: usize,
}

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        self.left = self.left.checked_sub(1)?;
        let Some(Token::Text(key)) = self.reader.token() else { return None };
        Some((key, self.reader.value()?))
    }
}

/// See [`Reader::items`].
pub struct Items<'a> {
    reader: Reader<'a>,
    left: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.left = self.left.checked_sub(1)?;
        self.reader.value()
    }
}

/// What follows the first byte of a value.
#[derive(Clone, Copy)]
struct Follows {
    /// Bytes of its own.
    length: u8,
    /// Values in it.
    nested: u8,
}

/// By the first byte; `None` where that alone does not tell. Nearly all values are of these, and a table is quicker than branches.
const FOLLOWS: [Option<Follows>; 256] = {
    let mut table = [None; 256];
    let mut first = 0;
    while first < table.len() {
        let byte = first as u8;
        let (length, nested) = match byte {
            0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => (0, 0),
            0x80..=0x8f => (0, 2 * (byte & 15)),
            0x90..=0x9f => (0, byte & 15),
            0xa0..=0xbf => (byte & 31, 0),
            // floats and integers: the lowest bits tell the width
            0xca..=0xd3 => (1 << (byte & 3), 0),
            0xd4..=0xd8 => (1 + (1 << (byte - 0xd4)), 0),
            0xc1 | 0xc4..=0xc9 | 0xd9..=0xdf => {
                first += 1;
                continue;
            }
        };
        table[first] = Some(Follows { length, nested });
        first += 1;
    }
    table
};

/// Reads past the length or the count that the other values have: their bytes, and the values in them.
fn long(first: u8, bytes: &[u8], at: &mut usize) -> Option<(usize, usize)> {
    Some(match first {
        0xc4..=0xc6 => (size(bytes, at, first - 0xc4)?, 0),
        0xc7..=0xc9 => (size(bytes, at, first - 0xc7)?.checked_add(1)?, 0),
        0xd9..=0xdb => (size(bytes, at, first - 0xd9)?, 0),
        0xdc | 0xdd => (0, size(bytes, at, first - 0xdb)?),
        0xde | 0xdf => (0, size(bytes, at, first - 0xdd)?.checked_mul(2)?),
        _ => return None,
    })
}

/// A length or count of 1, 2 or 4 bytes, by the logarithm of the width.
fn size(bytes: &[u8], at: &mut usize, width: u8) -> Option<usize> {
    let here = bytes.get(*at..)?;
    let size = match width {
        0 => usize::from(*here.first()?),
        1 => usize::from(u16::from_be_bytes(*here.first_chunk()?)),
        _ => u32::from_be_bytes(*here.first_chunk()?) as usize,
    };
    *at += 1 << width;
    Some(size)
}
