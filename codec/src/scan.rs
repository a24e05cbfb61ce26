//! A MessagePack frame to a flat tape, in one pass.
//!
//! A frame becomes the words of the [`tape`], a list of numbers, and itself as text: every byte that is no
//! text (headers, numbers, bytes) is blanked to a space in place, so that one strict UTF-8 decode of the frame gives
//! JavaScript all its strings and checks them. Starts of texts count bytes; when the decoded text is shorter than the bytes
//! were, [`Scanner::utf16`] counts them anew.
//!
//! Zaqar's replies repeat the whole request. That part is passed over: the engine knows what it asked.

mod read;

use std::ops::Range;

use super::shapes::{KnownTexts, Prefix, Shapes};
use super::tape::{self, Place, Value};

/// Why bytes are not the MessagePack that a server sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damaged {
    /// it ends within a value, or a count says more than there are bytes
    Truncated,
    /// bytes follow the value
    Trailing,
    /// it has the byte that means nothing
    Reserved,
    /// the key of a map is an array or a map
    Key,
    /// it has more bytes than the tape can say, or more values than a server sends
    TooLarge,
}

impl Damaged {
    /// What happened, for an error's sentence.
    pub fn as_str(self) -> &'static str {
        match self {
            Damaged::Truncated => "the MessagePack ends early",
            Damaged::Trailing => "bytes follow the MessagePack",
            Damaged::Reserved => "the MessagePack has a reserved byte",
            Damaged::Key => "a map has an array or a map for a key",
            Damaged::TooLarge => "the frame has too many bytes or values",
        }
    }
}

/// What browsers hand over begins at a page. Some processors copy ten times slower to an address that is a few bytes further
/// in its page than the source is.
const ALIGNMENT: usize = 64;
/// Bytes of each list that are kept for the next frame. What a larger frame took is given back.
const KEPT: usize = 1 << 22;

/// What a frame is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// It has `request`: it is a reply, and [`Scanner::action`] says to what. Else it is a push, the whole of it.
    pub is_reply: bool,
    /// `headers.status`
    pub status: Option<u16>,
    /// where the value of `body` starts
    pub body: Option<Place>,
}

/// Reads frames, one at a time. It learns from each what the next will look like.
pub struct Scanner {
    frame: Vec<u8>,
    /// where in it the frame lies: from an aligned address on
    start: usize,
    end: usize,
    is_too_large: bool,
    position: usize,
    /// how many more values the frame may hold
    values_left: usize,
    tape: Vec<u32>,
    numbers: Vec<f64>,
    binaries: Vec<u8>,
    /// from the first text on the tape to the last, in the frame
    text: Range<usize>,
    is_utf16: bool,
    shapes: Shapes,
    known: KnownTexts,
    top: TopLevel,
    /// the text of `request.action`, in a buffer that is kept
    action: Vec<u8>,
}

/// What the scan of a frame notes of its outermost map.
#[derive(Default)]
struct TopLevel {
    is_frame: bool,
    has_request: bool,
    has_action: bool,
    body: Option<Place>,
    headers: Option<Place>,
}

impl Default for Scanner {
    fn default() -> Scanner {
        Scanner::new()
    }
}

impl Scanner {
    /// Containers within containers. What is deeper comes as its MessagePack bytes, so that one odd message does not take
    /// its page with it; a client's own message is at most 100 deep.
    pub const DEEPEST: u32 = 128;
    /// Bytes of a frame: lengths have 28 bits on the tape.
    pub const LARGEST: usize = (1 << 27) - Prefix::SIZE;
    /// Values of a frame, keys among them. Zaqar sends 20 messages of 262,144 characters at most, in which a value takes
    /// two; but a few kilobytes, compressed, can hold ninety million.
    pub const MOST_VALUES: usize = 1 << 22;

    /// One that has seen nothing.
    pub const fn new() -> Scanner {
        Scanner {
            frame: Vec::new(),
            start: 0,
            end: 0,
            is_too_large: false,
            position: 0,
            values_left: 0,
            tape: Vec::new(),
            numbers: Vec::new(),
            binaries: Vec::new(),
            text: 0..0,
            is_utf16: false,
            shapes: Shapes::new(),
            known: KnownTexts::new(),
            top: TopLevel { is_frame: false, has_request: false, has_action: false, body: None, headers: None },
            action: Vec::new(),
        }
    }

    /// Room for a frame of so many bytes, to be filled before a scan. Empty if the frame is larger than [`Self::LARGEST`].
    pub fn room(&mut self, length: usize) -> &mut [u8] {
        self.is_too_large = length > Scanner::LARGEST;
        let length = if self.is_too_large { 0 } else { length };
        let needed = length + Prefix::SIZE + ALIGNMENT;
        if self.frame.len() < needed {
            self.frame.clear();
            self.frame.resize(if needed > KEPT { needed } else { needed.next_power_of_two() }, 0);
        }
        self.start = self.frame.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
        self.end = self.start + length;
        &mut self.frame[self.start..self.end]
    }

    /// Reads a copy of these bytes as a frame of Zaqar.
    pub fn read(&mut self, frame: &[u8]) -> Result<Envelope, Damaged> {
        let room = self.room(frame.len());
        if room.len() == frame.len() {
            room.copy_from_slice(frame);
        }
        self.scan()
    }

    /// Reads what was put into the room as a frame of Zaqar. Once only: the scan blanks it.
    pub fn scan(&mut self) -> Result<Envelope, Damaged> {
        self.top = TopLevel { is_frame: true, ..TopLevel::default() };
        self.run(Scanner::MOST_VALUES)?;
        let status = self.top.headers.and_then(|headers| Value::new(self, headers).field("status")?.as_integer());
        Ok(Envelope {
            is_reply: self.top.has_request,
            status: status.and_then(|status| u16::try_from(status).ok()),
            body: self.top.body,
        })
    }

    /// Reads it as a value like any other, nothing passed over.
    pub fn scan_value(&mut self) -> Result<(), Damaged> {
        self.top = TopLevel::default();
        self.run(Scanner::MOST_VALUES)
    }

    /// The same of a value that no server has made: it holds as many values as it likes.
    pub fn scan_own_value(&mut self) -> Result<(), Damaged> {
        self.top = TopLevel::default();
        self.run(usize::MAX)
    }

    /// Gives back the memory that a large frame took. What was scanned cannot be read any more.
    pub fn give_back(&mut self) {
        if self.frame.capacity() > KEPT {
            (self.frame, self.start, self.end, self.text) = (Vec::new(), 0, 0, 0..0);
        }
        if 4 * self.tape.capacity() > KEPT {
            self.tape = Vec::new();
        }
        if 8 * self.numbers.capacity() > KEPT {
            self.numbers = Vec::new();
        }
        if self.binaries.capacity() > KEPT {
            self.binaries = Vec::new();
        }
    }

    /// Bytes of all lists that grow with a frame.
    pub fn memory(&self) -> usize {
        self.frame.capacity() + 4 * self.tape.capacity() + 8 * self.numbers.capacity() + self.binaries.capacity()
    }

    /// `request.action` of a reply; `None` where the server could not tell.
    pub fn action(&self) -> Option<&[u8]> {
        self.top.has_action.then_some(&*self.action)
    }

    /// `body` of the frame.
    pub fn body(&self) -> Option<Value<'_>> {
        self.top.body.map(|place| Value::new(self, place))
    }

    /// The whole of what was scanned, without a reply's `request`. Null after a failed scan.
    pub fn value(&self) -> Value<'_> {
        Value::new(self, Place::default())
    }

    /// Unlearns the short texts: after a failure on either side it is uncertain which ones JavaScript has.
    pub fn forget(&mut self) {
        self.known.forget();
    }

    /// Counts starts and lengths of texts in UTF-16 units, as JavaScript does. The text must be UTF-8.
    pub fn utf16(&mut self) {
        if std::mem::replace(&mut self.is_utf16, true) {
            return;
        }
        let mut units = Units { text: &self.frame[self.text.clone()], bytes: 0, units: 0 };
        let mut news = self.known.news.chunks_exact_mut(3).peekable();
        let mut at = 0;
        while at < self.tape.len() {
            let word = self.tape[at];
            at += 1;
            match tape::tag(word) {
                tape::TEXT => {
                    // Both lists are in the order of the frame; the units are counted along it once.
                    let start = self.tape[at];
                    while let Some(new) = news.next_if(|new| new[1] < start) {
                        new[1] = units.at(new[1]);
                    }
                    let first = units.at(start);
                    let end = units.at(start + tape::content(word) as u32);
                    self.tape[at - 1] = tape::word(tape::TEXT, end - first);
                    self.tape[at] = first;
                    at += 1;
                }
                tape::BINARY => at += 1,
                _ => {}
            }
        }
        for new in news {
            new[1] = units.at(new[1]);
        }
    }

    /// Notes that JavaScript gets this frame now, and so learns its new short texts.
    pub fn deliver(&mut self) {
        self.known.delivered = true;
    }

    /// The words.
    pub fn tape(&self) -> &[u32] {
        &self.tape
    }

    /// The numbers that no word can hold.
    pub fn numbers(&self) -> &[f64] {
        &self.numbers
    }

    /// The bytes of all binaries.
    pub fn binaries(&self) -> &[u8] {
        &self.binaries
    }

    /// The text in which starts are counted.
    pub fn text(&self) -> &[u8] {
        &self.frame[self.text.clone()]
    }

    /// Short texts that JavaScript must learn before it builds, each as its slot, start and length.
    pub fn new_texts(&self) -> &[u32] {
        &self.known.news
    }

    /// How many shapes JavaScript must learn before it builds.
    pub fn new_shapes(&self) -> usize {
        self.shapes.fresh()
    }

    /// The next of them.
    pub fn take_new_shape(&mut self) -> Option<u32> {
        self.shapes.take_fresh()
    }

    /// The last key of a shape, and the shape of those before it. `None` for the shape without keys.
    pub fn last_key(&self, shape: u32) -> Option<(&[u8], u32)> {
        self.shapes.last_key(shape as usize)
    }

    pub(super) fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    pub(super) fn known(&self) -> &KnownTexts {
        &self.known
    }

    pub(super) fn text_at(&self, start: usize, length: usize) -> Option<&[u8]> {
        if self.is_utf16 {
            return None;
        }
        self.text().get(start..)?.get(..length)
    }

    fn run(&mut self, most_values: usize) -> Result<(), Damaged> {
        self.values_left = most_values;
        self.tape.clear();
        self.numbers.clear();
        self.binaries.clear();
        self.position = self.start;
        self.text = 0..0;
        self.is_utf16 = false;
        self.known.start_frame();
        self.shapes.start();
        let scanned = match self.value_at(0, Shapes::EMPTY) {
            _ if self.is_too_large => Err(Damaged::TooLarge),
            Ok(()) if self.position < self.end => Err(Damaged::Trailing),
            other => other,
        };
        if scanned.is_err() {
            // not what an earlier frame has left there: JavaScript reads the tape where it lies
            self.tape.clear();
            self.tape.push(tape::NIL);
            self.top = TopLevel::default();
            self.forget();
        }
        scanned
    }
}

/// Counts UTF-16 units along a text.
struct Units<'a> {
    text: &'a [u8],
    bytes: usize,
    units: u32,
}

impl Units<'_> {
    /// Units before this byte. It must not be before the one asked last.
    fn at(&mut self, byte: u32) -> u32 {
        let passed = self.text.get(self.bytes..byte as usize).unwrap_or_default();
        self.bytes = self.bytes.max(byte as usize);
        let (words, rest) = passed.as_chunks();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        let counted: u32 = words.iter().chain([&last]).map(|word| units_of(u64::from_le_bytes(*word))).sum();
        // the word that was filled up has units that are none
        self.units += counted + rest.len() as u32 - 8;
        self.units
    }
}

/// UTF-16 units that begin in these eight bytes: one with every byte that begins a character, two where it has four bytes.
fn units_of(bytes: u64) -> u32 {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let continues = bytes & !(bytes << 1) & HIGH;
    let is_pair = bytes & (bytes << 1) & (bytes << 2) & (bytes << 3) & HIGH;
    8 + is_pair.count_ones() - continues.count_ones()
}
