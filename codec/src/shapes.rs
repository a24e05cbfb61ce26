//! What recurs from frame to frame: sequences of keys, and short texts. The scanner names them by number, and JavaScript
//! keeps the ready keys and strings.

use std::ops::Range;

/// The first 16 bytes of a text and its length: what tells texts apart in one comparison, up to 16 bytes.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Prefix {
    bytes: u128,
    length: u32,
}

impl Prefix {
    /// The longest text that it holds whole, and so many bytes must be readable where a text starts.
    pub(super) const SIZE: usize = 16;
    const NONE: Prefix = Prefix { bytes: 0, length: u32::MAX };

    /// Of the text that starts here. An empty one keeps a byte of what follows it; its length tells it apart.
    #[inline(always)]
    pub(super) fn of(bytes: &[u8], length: usize) -> Prefix {
        let start = bytes.first_chunk().map_or(0, |chunk: &[u8; Prefix::SIZE]| u128::from_le_bytes(*chunk));
        // in halves, for a shift of 128 bits is a function's call
        let low = u64::MAX >> (64 - 8 * length.clamp(1, 8));
        let high = if length > 8 { u64::MAX >> (128 - 8 * length.min(16)) } else { 0 };
        Prefix { bytes: start & (u128::from(high) << 64 | u128::from(low)), length: length as u32 }
    }

    /// Whether all of what it holds is ASCII.
    #[inline(always)]
    pub(super) fn is_ascii(self) -> bool {
        self.bytes & 0x8080_8080_8080_8080_8080_8080_8080_8080 == 0
    }
}

/// Sequences of keys as a trie. A node is one shape: its own key behind those of its parent. Objects of one kind come with
/// their keys in one order, so the key that followed last time is the guess for this time.
pub(super) struct Shapes {
    nodes: Vec<Node>,
    fresh: Vec<u32>,
}

struct Node {
    key: Box<[u8]>,
    parent: u32,
    length: u32,
    children: Vec<u32>,
    /// the key that followed here last
    next: Guess,
    /// the first key of the object that was the value here last
    inner: Guess,
    told: bool,
}

#[derive(Clone, Copy)]
struct Guess {
    key: Prefix,
    shape: u32,
}

impl Shapes {
    /// The shape of an object without keys.
    pub(super) const EMPTY: u32 = 0;
    /// Beyond these, keys are taken for data: the object becomes a dictionary.
    const MOST: usize = 4096;
    const MOST_CHILDREN: usize = 16;
    const MOST_FIRST_KEYS: usize = 64;
    const LONGEST_KEY: usize = 128;

    pub(super) const fn new() -> Shapes {
        Shapes { nodes: Vec::new(), fresh: Vec::new() }
    }

    /// Makes the shape that all others grow from, if it is not there.
    pub(super) fn start(&mut self) {
        if self.nodes.is_empty() {
            self.add(&[], Shapes::EMPTY, 0);
        }
    }

    /// The shape that `key` makes after `shape`. A first key is guessed by where its object stands: `context` is the shape
    /// that the object is a value of. `None` when no more shapes are made.
    #[inline(always)]
    pub(super) fn extend(&mut self, shape: u32, context: u32, frame: &[u8], key: Range<usize>) -> Option<u32> {
        let prefix = Prefix::of(&frame[key.start..], key.len());
        let guess = *self.guess(shape, context);
        if guess.key == prefix && key.len() <= Prefix::SIZE {
            return Some(guess.shape);
        }
        let found = self.find(shape, &frame[key])?;
        *self.guess(shape, context) = Guess { key: prefix, shape: found };
        Some(found)
    }

    #[inline(always)]
    fn guess(&mut self, shape: u32, context: u32) -> &mut Guess {
        if shape == Shapes::EMPTY {
            &mut self.nodes[context as usize].inner
        } else {
            &mut self.nodes[shape as usize].next
        }
    }

    #[inline(never)]
    fn find(&mut self, shape: u32, key: &[u8]) -> Option<u32> {
        let node = &self.nodes[shape as usize];
        if let Some(child) = node.children.iter().find(|child| *self.nodes[**child as usize].key == *key) {
            return Some(*child);
        }
        let most = if shape == Shapes::EMPTY { Shapes::MOST_FIRST_KEYS } else { Shapes::MOST_CHILDREN };
        if node.children.len() >= most || self.nodes.len() >= Shapes::MOST || key.len() > Shapes::LONGEST_KEY {
            return None;
        }
        let number = self.add(key, shape, node.length + 1);
        self.nodes[shape as usize].children.push(number);
        Some(number)
    }

    #[inline(never)]
    fn add(&mut self, key: &[u8], parent: u32, length: u32) -> u32 {
        let none = Guess { key: Prefix::NONE, shape: Shapes::EMPTY };
        let children = Vec::new();
        self.nodes.push(Node { key: key.into(), parent, length, children, next: none, inner: none, told: false });
        self.nodes.len() as u32 - 1
    }

    /// Notes that an object has this shape, so that JavaScript is told of it.
    #[inline(always)]
    pub(super) fn note(&mut self, shape: u32) {
        let node = &mut self.nodes[shape as usize];
        if !node.told {
            node.told = true;
            self.fresh.push(shape);
        }
    }

    /// The shapes that JavaScript does not know yet.
    pub(super) fn fresh(&self) -> usize {
        self.fresh.len()
    }

    /// Takes one of them.
    pub(super) fn take_fresh(&mut self) -> Option<u32> {
        self.fresh.pop()
    }

    /// How many keys a shape has.
    pub(super) fn length(&self, shape: usize) -> usize {
        self.nodes.get(shape).map_or(0, |node| node.length as usize)
    }

    /// The last key of a shape, and the shape of those before it.
    pub(super) fn last_key(&self, shape: usize) -> Option<(&[u8], u32)> {
        let node = self.nodes.get(shape).filter(|node| node.length > 0)?;
        Some((&node.key, node.parent))
    }

    /// Which of a shape's keys this is; of several, the last.
    pub(super) fn index_of(&self, mut shape: usize, key: &[u8]) -> Option<usize> {
        loop {
            let (last, before) = self.last_key(shape)?;
            if last == key {
                return Some(self.length(before as usize));
            }
            shape = before as usize;
        }
    }
}

/// Short ASCII texts that came before: names, units and states come again and again, and JavaScript keeps the strings.
///
/// JavaScript learns the new ones of a frame before it builds anything of it, so within one frame a slot never changes its
/// text once the tape refers to it.
pub(super) struct KnownTexts {
    slots: [Slot; KnownTexts::SLOTS],
    /// the new ones of this frame, each as its slot, start and length
    pub(super) news: Vec<u32>,
    /// whether JavaScript was handed this frame, and so learns the new ones
    pub(super) delivered: bool,
    frame: u32,
}

#[derive(Clone, Copy)]
struct Slot {
    bytes: [u8; Prefix::SIZE],
    length: u32,
    /// the last frame that has this text
    frame: u32,
}

/// What the table says of a text.
pub(super) enum Found {
    /// it is here
    Known(u32),
    /// it was put here
    New(u32),
    /// another text of this frame has its slot
    Taken,
}

impl KnownTexts {
    const SLOT_BITS: u32 = 9;
    const SLOTS: usize = 1 << KnownTexts::SLOT_BITS;

    pub(super) const fn new() -> KnownTexts {
        KnownTexts { slots: [Slot::EMPTY; KnownTexts::SLOTS], news: Vec::new(), delivered: true, frame: 0 }
    }

    /// Unlearns all of them, and what the last frame brought.
    pub(super) fn forget(&mut self) {
        self.slots.fill(Slot::EMPTY);
        self.news.clear();
    }

    /// A new frame. What the last one brought is unlearned if JavaScript never saw it.
    pub(super) fn start_frame(&mut self) {
        if !self.delivered {
            for new in self.news.chunks_exact(3) {
                self.slots[new[0] as usize] = Slot::EMPTY;
            }
        }
        self.news.clear();
        self.delivered = false;
        self.frame = self.frame.wrapping_add(1);
    }

    /// Finds a text or takes it in. It must be whole in its prefix, and not empty.
    #[inline(always)]
    pub(super) fn find(&mut self, text: Prefix) -> Found {
        let low = text.bytes as u64;
        let high = (text.bytes >> 64) as u64;
        let mixed = low ^ high.rotate_left(29) ^ u64::from(text.length);
        let index = (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - KnownTexts::SLOT_BITS)) as usize;
        let slot = &mut self.slots[index];
        if u128::from_le_bytes(slot.bytes) == text.bytes && slot.length == text.length {
            slot.frame = self.frame;
            return Found::Known(index as u32);
        }
        if slot.frame == self.frame {
            return Found::Taken;
        }
        *slot = Slot { bytes: text.bytes.to_le_bytes(), length: text.length, frame: self.frame };
        Found::New(index as u32)
    }

    /// The text in a slot.
    pub(super) fn text(&self, slot: usize) -> Option<&[u8]> {
        let slot = self.slots.get(slot)?;
        slot.bytes.get(..slot.length as usize)
    }
}

impl Slot {
    /// No text has the length 0 here.
    const EMPTY: Slot = Slot { bytes: [0; Prefix::SIZE], length: 0, frame: 0 };
}
