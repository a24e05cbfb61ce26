//! Frames on their way from the socket to JavaScript values. `js/codec/decode.ts` is the other side.

use wasm_bindgen::prelude::wasm_bindgen;

use super::page::with_desk;
use crate::core::wire::scan::Scanner;
use crate::core::wire::tape::Place;

/// What `build` in JavaScript needs to make the value at this place of the frame scanned last. `build` must be called
/// with the pointer to it before the next scan.
pub(super) fn head(scanner: &mut Scanner, place: Place) -> [u32; 8] {
    scanner.deliver();
    let text = scanner.text().as_ptr_range();
    let new_texts = scanner.new_texts();
    [
        scanner.tape().as_ptr().wrapping_add(place.word) as u32,
        scanner.numbers().as_ptr().wrapping_add(place.number) as u32,
        scanner.binaries().as_ptr() as u32,
        text.start as u32,
        text.end as u32,
        new_texts.as_ptr() as u32,
        new_texts.len() as u32 / 3,
        scanner.new_shapes() as u32,
    ]
}

/// Where to put a frame of so many bytes; 0 if it is too large.
#[wasm_bindgen]
pub fn frame_room(length: usize) -> usize {
    with_desk(|desk| {
        let room = desk.scanner.room(length);
        if room.len() == length { room.as_ptr() as usize } else { 0 }
    })
}

/// Scans what was put there, as a plain value, or as a reply, of which only the body is taken. The pointer for `build`,
/// or 0 where it is not MessagePack.
#[wasm_bindgen]
pub fn frame_scan(is_reply: bool) -> usize {
    with_desk(|desk| {
        let scanned = match is_reply {
            true => desk.scanner.scan().map(|reply| reply.body),
            false => desk.scanner.scan_value().map(|()| None),
        };
        let Ok(place) = scanned else { return 0 };
        let head = head(&mut desk.scanner, place.unwrap_or_default());
        desk.describe(&head)
    })
}

/// Counts starts and lengths in UTF-16 units from now on.
#[wasm_bindgen]
pub fn frame_utf16() {
    with_desk(|desk| desk.scanner.utf16());
}

/// To be called when JavaScript could not learn the new texts of a frame.
#[wasm_bindgen]
pub fn frame_forget() {
    with_desk(|desk| desk.scanner.forget());
}

/// Takes one of the shapes that JavaScript does not know.
#[wasm_bindgen]
pub fn frame_shape() -> u32 {
    with_desk(|desk| desk.scanner.take_new_shape().unwrap_or_default())
}

/// The last key of a shape: a pointer to its start and length, where it is until the next scan, and the shape of the keys
/// before it.
#[wasm_bindgen]
pub fn frame_key(shape: u32) -> usize {
    with_desk(|desk| {
        let (key, before) = desk.scanner.last_key(shape).unwrap_or_default();
        let words = [key.as_ptr() as u32, key.len() as u32, before];
        desk.describe(&words)
    })
}
