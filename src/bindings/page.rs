//! Everything there is in one wasm: the clients of a page, and the desk where they and JavaScript exchange things.

use alloc::boxed::Box;
use alloc::vec::Vec;

use atomic_refcell::{AtomicRefCell, AtomicRefMut};

use crate::core::engine::{Engine, Output};
use crate::core::wire::scan::Scanner;

/// The most words that describe something to JavaScript.
const WORDS: usize = 14;

/// What all clients of a page use in turn.
pub struct Desk {
    pub scanner: Scanner,
    /// Bytes from JavaScript.
    pub room: Vec<u8>,
    /// What was described last, and the numbers in it that are no words.
    pub words: [u32; WORDS],
    pub numbers: [f64; 2],
    /// The output that is being done: JavaScript reads its bytes where they are.
    pub output: Option<Output>,
}

impl Desk {
    /// Writes words from the first on: the pointer for JavaScript.
    pub fn describe(&mut self, words: &[u32]) -> usize {
        for (word, value) in self.words.iter_mut().zip(words) {
            *word = *value;
        }
        self.words.as_ptr() as usize
    }
}

pub struct Page {
    pub desk: Desk,
    clients: Vec<(u32, Box<Engine>)>,
    made: u32,
}

impl Page {
    const fn new() -> Page {
        let desk =
            Desk { scanner: Scanner::new(), room: Vec::new(), words: [0; WORDS], numbers: [0.0; 2], output: None };
        Page { desk, clients: Vec::new(), made: 0 }
    }

    /// Takes a client in: its number, which no other will have.
    pub fn add(&mut self, engine: Engine) -> u32 {
        self.made += 1;
        self.clients.push((self.made, Box::new(engine)));
        self.made
    }

    /// Frees a client.
    pub fn remove(&mut self, client: u32) {
        self.clients.retain(|(number, _)| *number != client);
    }
}

/// JavaScript has one thread, and no call from it comes while another is running.
static PAGE: AtomicRefCell<Page> = AtomicRefCell::new(Page::new());

// The two that every export uses are kept out of line: there are forty.

#[inline(never)]
pub fn page() -> AtomicRefMut<'static, Page> {
    PAGE.borrow_mut()
}

impl Page {
    #[inline(never)]
    fn client(&mut self, client: u32) -> Option<(&mut Engine, &mut Desk)> {
        let (_, engine) = self.clients.iter_mut().find(|(number, _)| *number == client)?;
        Some((engine, &mut self.desk))
    }
}

/// Uses a client's engine. For one that was freed the result is nothing.
pub fn with_client<R: Default>(client: u32, use_it: impl FnOnce(&mut Engine, &mut Desk) -> R) -> R {
    match page().client(client) {
        Some((engine, desk)) => use_it(engine, desk),
        None => R::default(),
    }
}

pub fn with_desk<R>(use_it: impl FnOnce(&mut Desk) -> R) -> R {
    use_it(&mut page().desk)
}
