//! Requests and arrivals as numbers in the wasm memory, so that neither costs an object.

use std::cell::{Cell, RefCell};

use wasm_bindgen::prelude::wasm_bindgen;

use super::codec;
use crate::core::engine::Arrival;
use crate::core::wire::check::Refusal;
use crate::core::wire::scan::Scanner;
use crate::core::wire::tape::Place;

thread_local! {
    static REQUEST: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ARRIVAL: RefCell<[u32; 8]> = const { RefCell::new([0; 8]) };
    static REFUSAL: Cell<Option<Refusal>> = const { Cell::new(None) };
}

/// Where to put the body of a request, of so many bytes.
#[wasm_bindgen]
pub fn request_room(length: usize) -> usize {
    REQUEST.with_borrow_mut(|request| {
        request.clear();
        request.resize(length, 0);
        request.as_ptr() as usize
    })
}

/// The body that was put there.
pub(crate) fn take_request() -> Vec<u8> {
    REQUEST.take()
}

/// Why the last request was refused: its code, and the sentence.
#[wasm_bindgen]
pub fn refusal_code() -> u32 {
    REFUSAL.get().map_or(0, |refusal| refusal.code as u32)
}

/// See `refusal_code`.
#[wasm_bindgen]
pub fn refusal_sentence() -> String {
    REFUSAL.take().map_or(String::new(), |refusal| [refusal.field, " ", refusal.why].concat())
}

/// Keeps a refusal for JavaScript to ask for.
pub(crate) fn refuse(refusal: Refusal) {
    REFUSAL.set(Some(refusal));
}

/// Describes an arrival for JavaScript: kind, number, status or mask, code, action, whether it may be retried, and what
/// `build` needs to make the value. 0 if there is nothing to tell.
pub(crate) fn describe(scanner: &mut Scanner, arrival: Arrival, place: Place) -> usize {
    let [kind, id, status, code, action, retryable] = match arrival {
        Arrival::Nothing => return 0,
        Arrival::Reply(request, status) => [1, request.0, status.into(), 0, 0, 0],
        Arrival::Refusal(request, failure) => {
            let action = failure.action.map_or(u32::MAX, |action| action as u32);
            [2, request.0, failure.status.into(), failure.code as u32, action, failure.retryable.into()]
        }
        Arrival::Push(feed) => [3, feed.0, 0, 0, 0, 0],
        Arrival::Page(walk, mask) => [4, walk.0, mask, 0, 0, 0],
        Arrival::Tail(tail, mask) => [5, tail.0, mask, 0, 0, 0],
        Arrival::StandIn(feed, mask) => [6, feed.0, mask, 0, 0, 0],
    };
    let head = codec::head(scanner, place) as u32;
    ARRIVAL.with_borrow_mut(|words| {
        *words = [kind, id, status, code, action, retryable, head, 0];
        words.as_ptr() as usize
    })
}
