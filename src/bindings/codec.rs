//! Frames on their way from the socket to JavaScript values. The exports take and give numbers alone, pointers into the
//! wasm memory among them: an array through wasm-bindgen costs more than reading a small frame. `js/codec/decode.ts` is
//! the other side.

use std::cell::RefCell;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::core::wire::scan::Scanner;
use crate::core::wire::tape::Place;

thread_local! {
    static SCANNER: RefCell<Scanner> = RefCell::default();
    /// What a pointer handed to JavaScript points at.
    static HEAD: RefCell<[u32; 8]> = const { RefCell::new([0; 8]) };
    static SHAPE: RefCell<Shape> = RefCell::default();
}

#[derive(Default)]
struct Shape {
    words: Vec<u32>,
    keys: Vec<u8>,
}

/// Lends the one scanner. What is called must not come back here.
pub(crate) fn with_scanner<R>(use_it: impl FnOnce(&mut Scanner) -> R) -> R {
    SCANNER.with_borrow_mut(use_it)
}

/// Lays out what `build` in JavaScript needs to make the value at this place of the frame scanned last, and gives the
/// pointer to it. `build` must be called with it before the next scan.
pub(crate) fn head(scanner: &mut Scanner, place: Place) -> usize {
    scanner.deliver();
    let text = scanner.text().as_ptr_range();
    let new_texts = scanner.new_texts();
    HEAD.with_borrow_mut(|head| {
        *head = [
            scanner.tape().as_ptr().wrapping_add(place.word) as u32,
            scanner.numbers().as_ptr().wrapping_add(place.number) as u32,
            scanner.binaries().as_ptr() as u32,
            text.start as u32,
            text.end as u32,
            new_texts.as_ptr() as u32,
            new_texts.len() as u32 / 3,
            scanner.new_shapes() as u32,
        ];
        head.as_ptr() as usize
    })
}

/// Where to put a frame of so many bytes; 0 if it is too large.
#[wasm_bindgen]
pub fn frame_room(length: usize) -> usize {
    with_scanner(|scanner| {
        let room = scanner.room(length);
        if room.len() == length { room.as_ptr() as usize } else { 0 }
    })
}

/// Scans what was put there as a plain value. The pointer for `build`, or 0 where it is not MessagePack.
#[wasm_bindgen]
pub fn frame_scan() -> usize {
    with_scanner(|scanner| match scanner.scan_value() {
        Ok(()) => head(scanner, Place::default()),
        Err(_) => 0,
    })
}

/// Counts starts and lengths in UTF-16 units from now on.
#[wasm_bindgen]
pub fn frame_utf16() {
    with_scanner(Scanner::utf16);
}

/// To be called when JavaScript could not learn the new texts of a frame.
#[wasm_bindgen]
pub fn frame_forget() {
    with_scanner(Scanner::forget);
}

/// Takes one of the shapes that JavaScript does not know: a pointer to its number, the pointer to its keys' text, their
/// count, and the length of each in bytes. 0 when there is none.
#[wasm_bindgen]
pub fn frame_shape() -> usize {
    with_scanner(|scanner| {
        let Some((shape, keys)) = scanner.take_new_shape() else { return 0 };
        SHAPE.with_borrow_mut(|told| {
            told.keys = keys.concat();
            told.words.clear();
            told.words.extend([shape, told.keys.as_ptr() as u32, keys.len() as u32]);
            told.words.extend(keys.iter().map(|key| key.len() as u32));
            told.words.as_ptr() as usize
        })
    })
}
