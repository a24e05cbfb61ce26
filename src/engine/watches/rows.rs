//! A queue that is watched: what it was counted at, and when it is asked for again.

use super::super::config::{Millis, NEVER};
use crate::engine::id::Id;
use crate::protocol::replies::{Message, Stats};

/// What happens in a queue has it asked for no sooner than this after the last time.
const SOONEST: Millis = 500.0;
/// How much longer the pause between two questions for a queue becomes with each answer that brings nothing new.
const SLOWER: f64 = 1.5;
/// A queue whose counts have changed goes before others for so long.
const LIVELY: Millis = 30_000.0;
/// The rank of who has nothing to go first for.
pub(super) const LAST_RANK: u8 = 2;

/// Messages a second between two counts. Where some came and others went, it is the least that explains the counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Those that came.
    pub came: f64,
    /// Those that went.
    pub went: f64,
}

/// What tells whether anything has changed in a queue.
#[derive(Debug, PartialEq)]
struct Counts {
    total: f64,
    claimed: Option<f64>,
    oldest: Option<Id>,
    newest: Option<Id>,
}

impl Counts {
    fn new(stats: &Stats<'_>) -> Counts {
        let id = |end: &Option<Message<'_>>| end.as_ref().map(|message| Id::of(message.id.as_bytes()));
        Counts { total: stats.total, claimed: stats.claimed, oldest: id(&stats.oldest), newest: id(&stats.newest) }
    }

    /// What must have come and gone since the counts were those.
    fn rate_since(&self, before: &Counts, span: Millis) -> Rate {
        let is_other = |now: Option<Id>, then: Option<Id>| now.zip(then).is_some_and(|(now, then)| now != then);
        let growth = self.total - before.total;
        let came: f64 = if is_other(self.newest, before.newest) { 1.0 } else { 0.0 };
        let went: f64 = if is_other(self.oldest, before.oldest) { 1.0 } else { 0.0 };
        let went = went.max(came - growth).max(-growth);
        let seconds = span.max(1.0) / 1_000.0;
        Rate { came: (went + growth) / seconds, went: went / seconds }
    }
}

/// A queue that is watched.
#[derive(Debug)]
pub(super) struct Row {
    pub number: u32,
    pub queue: String,
    /// When it was listed last, by the number of the round.
    pub round: u32,
    /// When it is to be asked for, and when it was last.
    pub due: Millis,
    asked: Millis,
    pub is_asking: bool,
    /// The answer, with the messages at the queue's ends, was not to be had on the socket: it would end the next one as well.
    pub leaves_socket: bool,
    /// It has been counted, or could not be.
    pub is_told: bool,
    /// The present pause between two questions.
    pause: Millis,
    /// Something has happened in it since it was asked for.
    is_rung: bool,
    /// When its counts were last seen to have changed.
    changed: Millis,
    counts: Option<Counts>,
    counted: Millis,
}

impl Row {
    /// One that is due at once.
    pub fn new(now: Millis, number: u32, queue: &str, round: u32, shortest: Millis) -> Row {
        Row {
            number,
            queue: queue.to_owned(),
            round,
            due: now,
            asked: f64::NEG_INFINITY,
            is_asking: false,
            leaves_socket: false,
            is_told: false,
            pause: shortest,
            is_rung: false,
            changed: f64::NEG_INFINITY,
            counts: None,
            counted: now,
        }
    }

    /// What is smaller goes first.
    pub fn rank(&self, now: Millis) -> u8 {
        match () {
            () if self.is_rung => 0,
            () if now - self.changed < LIVELY => 1,
            () => LAST_RANK,
        }
    }

    /// Something has happened in the queue.
    pub fn ring(&mut self, now: Millis) {
        self.is_rung = true;
        self.due = self.due.min((self.asked + SOONEST).max(now));
    }

    /// It is being asked for.
    pub fn asked(&mut self, now: Millis) {
        (self.is_asking, self.asked, self.due) = (true, now, NEVER);
        self.is_rung = false;
    }

    /// It has been counted. How its counts have changed since the last time, if there was one.
    pub fn counted(&mut self, now: Millis, stats: &Stats<'_>, interval: (Millis, Millis)) -> Option<Rate> {
        let counts = Counts::new(stats);
        let before = self.counts.as_ref();
        let rate = before.map(|before| counts.rate_since(before, now - self.counted));
        let has_changed = before.is_some_and(|before| *before != counts);
        (self.counts, self.counted) = (Some(counts), now);
        self.told(interval);
        if has_changed {
            (self.changed, self.pause) = (now, interval.0);
        }
        self.due = self.asked + self.pause;
        if self.is_rung {
            self.ring(now);
        }
        rate
    }

    /// It could not be counted.
    pub fn failed(&mut self, now: Millis, interval: (Millis, Millis)) {
        self.told(interval);
        self.due = now + self.pause;
    }

    fn told(&mut self, (shortest, longest): (Millis, Millis)) {
        (self.is_asking, self.is_told) = (false, true);
        self.pause = (self.pause * SLOWER).clamp(shortest, longest);
    }
}
