//! One socket's conversation: who it belongs to, what was asked on it and in which order.

use super::config::{Millis, NEVER};
use super::{LinkId, RequestId};
use crate::protocol::action::Action;
use crate::protocol::request::Request;
use zaqar_codec::msgpack::Writer;

/// How far a socket has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage {
    /// Its handshake is under way.
    Opening,
    /// It is open and waits for a token.
    NeedsToken,
    /// Its first answer is awaited: to `authenticate`, or to a request that does nothing.
    Proving,
    /// It has answered and carries requests.
    Ready,
}

/// A socket from its opening to its end.
#[derive(Debug)]
pub struct Session {
    /// Its number.
    pub link: LinkId,
    /// How far it has come.
    pub stage: Stage,
    /// When it must have come further.
    pub stage_ends: Millis,
    /// When its opening began, or it opened.
    pub since: Millis,
    /// When anything was last heard on it.
    pub heard: Millis,
    /// When the sign of life that was asked for must have come.
    pub life_ends: Millis,
    /// Whether an answer is so late that new requests should not go this way.
    pub is_suspect: bool,
    /// What was sent and not answered, in order. A request that has ended keeps its place: its answer still comes.
    unanswered: Vec<Unanswered>,
}

/// What was sent and not answered.
#[derive(Clone, Copy, Debug)]
pub struct Unanswered {
    /// What was asked.
    pub action: Action,
    /// For which request, if that one still waits.
    pub request: Option<RequestId>,
    /// How large the frame was.
    pub bytes: usize,
    sent_at: Millis,
}

impl Session {
    /// One whose opening begins.
    pub fn new(link: LinkId, now: Millis, opening_ends: Millis) -> Session {
        Session {
            link,
            stage: Stage::Opening,
            stage_ends: opening_ends,
            since: now,
            heard: now,
            life_ends: NEVER,
            is_suspect: false,
            unanswered: Vec::new(),
        }
    }

    /// Whether requests may go on it.
    pub fn is_ready(&self) -> bool {
        self.stage == Stage::Ready
    }

    /// Nothing goes on before there is a token.
    pub fn needs_token(&mut self) {
        self.stage = Stage::NeedsToken;
        self.stage_ends = f64::INFINITY;
    }

    /// A request was sent.
    pub fn sent(&mut self, now: Millis, action: Action, request: RequestId, bytes: usize) {
        self.unanswered.push(Unanswered { action, request: Some(request), bytes, sent_at: now });
    }

    /// A request has ended before its answer came.
    pub fn forget(&mut self, request: RequestId) {
        for unanswered in &mut self.unanswered {
            if unanswered.request == Some(request) {
                unanswered.request = None;
            }
        }
    }

    /// An answer has come: to what, and for which request if that one still waits.
    pub fn answered(&mut self) -> Option<(Action, Option<RequestId>)> {
        let Unanswered { action, request, .. } = *self.unanswered.first()?;
        self.unanswered.remove(0);
        Some((action, request))
    }

    /// The requests that still wait for an answer, in the order in which they were sent.
    pub fn unanswered(&self) -> impl Iterator<Item = RequestId> {
        self.unanswered.iter().filter_map(|unanswered| unanswered.request)
    }

    /// All that was not answered, in order, also for requests that have ended.
    pub fn awaited(&self) -> impl Iterator<Item = &Unanswered> {
        self.unanswered.iter()
    }

    /// Nothing is given up for its silence before that time.
    pub fn bear_silence_until(&mut self, time: Millis) {
        self.stage_ends = self.stage_ends.max(time);
        self.heard = self.heard.max(time - SILENCE_BORNE);
        self.life_ends = self.life_ends.max(time);
    }

    /// Since when the socket owes an answer: the last sign of life, or the oldest request where that is younger.
    pub fn late_at(&self) -> Millis {
        self.unanswered.first().map_or(self.heard, |first| first.sent_at.max(self.heard))
    }

    /// Whether any answer is awaited.
    pub fn awaits_answer(&self) -> bool {
        !self.unanswered.is_empty()
    }
}

/// How far before the end of a grace the socket counts as heard: an answer is not late before.
const SILENCE_BORNE: Millis = 700.0;

/// The frame that authenticates a socket: the headers, and the token among them.
pub fn authenticate_frame(token: &[u8], headers: &[u8]) -> Vec<u8> {
    let mut with_token = Writer::new();
    with_token.raw(headers).text("X-Auth-Token").text(token);
    let mut with_token = with_token.into_bytes();
    // the head of a map of fewer than 16 ends in its count
    with_token[0] += 1;
    frame_of(Action::Authenticate.name(), &with_token, &mut |frame| frame.extend(EMPTY))
}

/// A request's frame, with these headers.
pub fn frame(action: &str, headers: &[u8], request: &Request) -> Vec<u8> {
    frame_of(action, headers, &mut |frame| request.write(frame))
}

fn frame_of(action: &str, headers: &[u8], write_body: &mut dyn FnMut(&mut Vec<u8>)) -> Vec<u8> {
    let mut head = Writer::with_room(action.len() + headers.len() + MOST_SMALL);
    head.map(3).text("action").text(action).text("headers").raw(headers).text("body");
    let mut frame = head.into_bytes();
    write_body(&mut frame);
    frame
}

/// The least body there is: an empty map.
const EMPTY: [u8; 1] = [0x80];
/// Bytes that most bodies have, and what is around them.
const MOST_SMALL: usize = 160;
