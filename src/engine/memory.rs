//! A bounded memory of the ids seen lately.

use super::id::Id;

/// So many are remembered at least, and twice as many at most.
const GENERATION: usize = 4_096;

/// Which ids were seen lately.
#[derive(Debug, Default)]
pub struct Memory {
    /// Sorted, as `old` is. When `young` is full it takes the place of `old`.
    young: Vec<Id>,
    old: Vec<Id>,
}

impl Memory {
    /// Whether this id is remembered.
    ///
    /// ```
    /// use zaqar_web::engine::{id::Id, memory::Memory};
    /// let mut memory = Memory::default();
    /// memory.add(Id::of(b"a"));
    /// assert!(memory.has(Id::of(b"a")) && !memory.has(Id::of(b"b")));
    /// ```
    pub fn has(&self, id: Id) -> bool {
        self.young.binary_search(&id).is_ok() || self.old.binary_search(&id).is_ok()
    }

    /// Remembers one more.
    pub fn add(&mut self, id: Id) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        if let Err(place) = self.young.binary_search(&id) {
            self.young.insert(place, id);
        }
    }
}
