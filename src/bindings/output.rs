//! Outputs as words.

use super::page::Desk;
use crate::core::engine::{Failure, Output};

/// Describes an output for JavaScript and keeps it, for its bytes are read where they are: kind, number, then of a failure
/// code, status, action, delivery and whether it may be retried, then two texts as start and length.
pub fn describe(desk: &mut Desk, output: Output, token: Option<&[u8]>) -> usize {
    let mut failed: Option<&Failure> = None;
    let mut asked = u32::MAX;
    let mut texts: [&[u8]; 2] = [&[], &[]];
    let output = desk.output.insert(output);
    let (kind, number) = match output {
        Output::Connect(link) => (1, link.0),
        Output::Send(link, frame) => {
            texts[0] = frame;
            (2, link.0)
        }
        Output::Disconnect(link) => (3, link.0),
        Output::Fetch(link, action, body) => {
            asked = *action as u32;
            texts = [body, token.unwrap_or_default()];
            (4, link.0)
        }
        Output::CancelFetch(link) => (5, link.0),
        Output::Failed(request, failure) => {
            failed = Some(failure);
            (6, request.0)
        }
        Output::FeedReady(feed) => (7, feed.0),
        Output::FeedFailed(feed, failure) => {
            failed = Some(failure);
            (8, feed.0)
        }
        Output::WalkEnded(walk) => (9, walk.0),
        Output::WalkFailed(walk, failure) => {
            failed = Some(failure);
            (10, walk.0)
        }
        Output::TailReady(tail) => (11, tail.0),
        Output::TailGap(tail, from, to, why) => {
            desk.numbers = [*from, *to];
            texts[0] = why.as_bytes();
            (12, tail.0)
        }
        Output::TailFailed(tail, failure) => {
            failed = Some(failure);
            (13, tail.0)
        }
        Output::WantToken(why) => (14, *why as u32),
        Output::State(state, reason) => {
            failed = reason.as_ref();
            (15, *state as u32)
        }
        Output::Transport(transport, reason) => {
            desk.numbers = [reason.lived.unwrap_or(f64::NAN), f64::from(reason.short_lived)];
            texts[0] = reason.why.as_bytes();
            (16, transport.map_or(0, |transport| transport as u32))
        }
        Output::Trouble(failure) => {
            failed = Some(failure);
            (17, 0)
        }
        Output::Closed(reason) => {
            failed = reason.as_ref();
            (18, 0)
        }
    };
    // no failure
    let mut words = [kind, number, u32::MAX, 0, asked, 0, 0, 0, 0, 0, 0];
    if let Some(Failure { code, status, action, delivery, retryable, why }) = failed {
        let action = action.map_or(u32::MAX, |action| action as u32);
        words[2..7].copy_from_slice(&[*code as u32, (*status).into(), action, *delivery as u32, (*retryable).into()]);
        texts[0] = why.as_bytes();
    }
    let [first, second] = texts.map(|text| [text.as_ptr() as u32, text.len() as u32]);
    words[7..].copy_from_slice(&[first[0], first[1], second[0], second[1]]);
    desk.describe(&words)
}
