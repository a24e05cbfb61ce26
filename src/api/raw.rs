//! The raw path: frames on their way from the socket to JavaScript values.
//!
//! This file and `js/codec/` are the two sides of it; nothing else reads or writes this module's memory by offset. JavaScript
//! copies a frame into the scanner's buffer, Rust scans it, and JavaScript reads the tape where it is, from a [`Head`], and builds
//! the value. `codec/src/layout.rs` defines what they share. A frame that is sent is copied out by its address.

use std::cell::RefCell;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;
use zaqar_codec::layout::{self, Head, Key};
use zaqar_codec::scan::Scanner;
use zaqar_codec::tape::Place;

use super::host::host;

/// What all clients of a page use in turn, for JavaScript has one table of shapes and texts.
struct Desk {
    scanner: Scanner,
    /// What JavaScript reads next.
    head: Head,
    key: Key,
}

thread_local! {
    static DESK: RefCell<Desk> = const { RefCell::new(Desk { scanner: Scanner::new(), head: Head::EMPTY, key: Key::EMPTY }) };
}

/// Uses the scanner. It must be free again before JavaScript builds, which calls this module.
pub fn with_scanner<R>(use_it: impl FnOnce(&mut Scanner) -> R) -> R {
    DESK.with_borrow_mut(|desk| use_it(&mut desk.scanner))
}

/// The address of what JavaScript needs to build the value at this place of the frame scanned last. It must do so before the
/// next scan.
pub fn head(place: Place) -> usize {
    DESK.with_borrow_mut(|desk| {
        let scanner = &mut desk.scanner;
        scanner.deliver();
        let text = scanner.text().as_ptr_range();
        desk.head = Head {
            tape: scanner.tape().as_ptr().wrapping_add(place.word) as u32,
            numbers: scanner.numbers().as_ptr().wrapping_add(place.number) as u32,
            binaries: scanner.binaries().as_ptr() as u32,
            text: text.start as u32,
            text_end: text.end as u32,
            new_texts: scanner.new_texts().as_ptr() as u32,
            new_texts_end: scanner.new_texts().as_ptr_range().end as u32,
            new_shapes: scanner.new_shapes() as u32,
        };
        &raw const desk.head as usize
    })
}

/// A copy in JavaScript's memory.
pub fn copy_of(bytes: &[u8]) -> Uint8Array {
    host().copy(bytes.as_ptr() as usize, bytes.len())
}

/// The version of the layout in which both sides must agree.
#[wasm_bindgen(js_name = layoutVersion)]
pub fn layout_version() -> u32 {
    layout::VERSION
}

/// The address at which a frame of `length` bytes is to be put; 0 if it is too large.
#[wasm_bindgen(js_name = frameRoom)]
pub fn frame_room(length: usize) -> usize {
    with_scanner(|scanner| {
        let room = scanner.room(length);
        if room.len() == length { room.as_ptr() as usize } else { 0 }
    })
}

/// Scans what was put there, as a plain value, or as a reply, of which only the body is taken. Returns the address of its
/// [`Head`], or 0 if it is not MessagePack.
#[wasm_bindgen(js_name = scanFrame)]
pub fn scan_frame(is_reply: bool) -> usize {
    let scanned = with_scanner(|scanner| match is_reply {
        true => scanner.scan().map(|reply| reply.body),
        false => scanner.scan_own_value().map(|()| None),
    });
    scanned.map_or(0, |place| head(place.unwrap_or_default()))
}

/// To be called when what was scanned is read, and was large.
#[wasm_bindgen(js_name = giveBack)]
pub fn give_back() {
    with_scanner(Scanner::give_back);
}

/// Counts starts and lengths of the frame's texts in UTF-16 units from now on.
#[wasm_bindgen(js_name = countInUtf16)]
pub fn count_in_utf16() {
    with_scanner(Scanner::utf16);
}

/// To be called when JavaScript could not learn the new texts of a frame.
#[wasm_bindgen(js_name = forgetTexts)]
pub fn forget_texts() {
    with_scanner(Scanner::forget);
}

/// Takes one of the shapes that JavaScript does not know.
#[wasm_bindgen(js_name = takeNewShape)]
pub fn take_new_shape() -> u32 {
    with_scanner(|scanner| scanner.take_new_shape().unwrap_or_default())
}

/// The address of a [`Key`]: the last key of a shape, and the shape of the keys before it.
#[wasm_bindgen(js_name = lastKey)]
pub fn last_key(shape: u32) -> usize {
    DESK.with_borrow_mut(|desk| {
        let (text, before) = desk.scanner.last_key(shape).unwrap_or_default();
        desk.key = Key { text: text.as_ptr() as u32, length: text.len() as u32, before };
        &raw const desk.key as usize
    })
}
