//! Outputs as words.

use super::page::{Desk, WORDS};
use crate::core::engine::{Failure, Output};

/// What an output is to JavaScript: kind, number, then of a failure code, status, action, delivery and whether it may be
/// retried, then up to two texts as start and length.
struct Words([u32; WORDS]);

/// Describes an output for JavaScript and keeps it, for its bytes are read where they are.
pub fn describe(desk: &mut Desk, output: Output, token: Option<&str>) -> usize {
    let output = desk.output.insert(output);
    let words = match output {
        Output::Connect(link) => Words::new(1, link.0),
        Output::Send(link, frame) => Words::new(2, link.0).text(0, frame),
        Output::Disconnect(link) => Words::new(3, link.0),
        Output::Fetch(link, action, body) => {
            let mut words = Words::new(4, link.0).text(0, body).text(1, token.unwrap_or_default().as_bytes());
            words.0[4] = *action as u32;
            words
        }
        Output::CancelFetch(link) => Words::new(5, link.0),
        Output::Failed(request, failure) => Words::new(6, request.0).failure(failure),
        Output::FeedReady(feed) => Words::new(7, feed.0),
        Output::FeedFailed(feed, failure) => Words::new(8, feed.0).failure(failure),
        Output::WalkEnded(walk) => Words::new(9, walk.0),
        Output::WalkFailed(walk, failure) => Words::new(10, walk.0).failure(failure),
        Output::TailReady(tail) => Words::new(11, tail.0),
        Output::TailGap(tail, from, to, why) => {
            desk.numbers = [*from, *to];
            Words::new(12, tail.0).text(0, why.as_bytes())
        }
        Output::TailFailed(tail, failure) => Words::new(13, tail.0).failure(failure),
        Output::WantToken(why) => Words::new(14, *why as u32),
        Output::State(state, reason) => Words::new(15, *state as u32).reason(reason),
        Output::Transport(transport, reason) => {
            desk.numbers = [reason.lived.unwrap_or(f64::NAN), f64::from(reason.short_lived)];
            Words::new(16, transport.map_or(0, |transport| transport as u32)).text(0, reason.why.as_bytes())
        }
        Output::Trouble(failure) => Words::new(17, 0).failure(failure),
        Output::Closed(reason) => Words::new(18, 0).reason(reason),
    };
    desk.describe(&words.0)
}

impl Words {
    fn new(kind: u32, number: u32) -> Words {
        let mut words = [0; WORDS];
        words[0] = kind;
        words[1] = number;
        // no failure
        words[2] = u32::MAX;
        Words(words)
    }

    fn text(mut self, index: usize, bytes: &[u8]) -> Words {
        self.0[7 + 2 * index] = bytes.as_ptr() as u32;
        self.0[8 + 2 * index] = bytes.len() as u32;
        self
    }

    fn failure(mut self, failure: &Failure) -> Words {
        let Failure { code, status, action, delivery, retryable, why } = failure;
        self.0[2] = *code as u32;
        self.0[3] = u32::from(*status);
        self.0[4] = action.map_or(u32::MAX, |action| action as u32);
        self.0[5] = *delivery as u32;
        self.0[6] = u32::from(*retryable);
        self.text(0, why.as_bytes())
    }

    fn reason(self, reason: &Option<Failure>) -> Words {
        match reason {
            Some(failure) => self.failure(failure),
            None => self,
        }
    }
}
