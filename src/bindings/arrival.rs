//! Arrivals as words, so that none costs an object.

use super::codec;
use super::page::Desk;
use crate::core::engine::Arrival;
use crate::core::wire::tape::Place;

/// Describes an arrival for JavaScript: first what `build` needs to make the value, then kind, number, status or mask,
/// code, action, and whether it may be retried, in the lowest bit, with what is known of its delivery above. 0 if there is nothing to tell.
pub fn describe(desk: &mut Desk, arrival: Arrival, place: Place) -> usize {
    let [kind, id, status, code, action, end] = match arrival {
        Arrival::Nothing => return 0,
        Arrival::Reply(request, status) => [1, request.0, status.into(), 0, 0, 0],
        Arrival::Refusal(request, failure) => {
            let end = u32::from(failure.retryable) | (failure.delivery as u32) << 1;
            let action = failure.action.map_or(u32::MAX, |action| action as u32);
            [2, request.0, failure.status.into(), failure.code as u32, action, end]
        }
        Arrival::Push(feed) => [3, feed.0, 0, 0, 0, 0],
        Arrival::Page(walk, mask) => [4, walk.0, mask, 0, 0, 0],
        Arrival::Tail(tail, mask) => [5, tail.0, mask, 0, 0, 0],
        Arrival::StandIn(feed, mask) => [6, feed.0, mask, 0, 0, 0],
    };
    let [a, b, c, d, e, f, g, h] = codec::head(&mut desk.scanner, place);
    desk.describe(&[a, b, c, d, e, f, g, h, kind, id, status, code, action, end])
}
