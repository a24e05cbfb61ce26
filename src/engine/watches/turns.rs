//! The watches of a client, and whose turn it is to be asked for.

use super::super::config::{Millis, NEVER};
use super::super::lists::Paging;
use super::rows::{LAST_RANK, Row};
use super::{Question, WatchId};

/// Of so many questions one is for what has waited longest, and another for the list of queues.
const TURNS: u32 = 4;
/// The turn in which rank does not count, and the turn of the list.
const LONGEST_TURN: u32 = 0;
const LIST_TURN: u32 = 2;
/// The number of the first round of a list.
pub(super) const FIRST_ROUND: u32 = 1;

/// The list of queues, which is read over and over.
#[derive(Debug)]
pub(super) struct Rounds {
    pub list: Paging,
    /// The number of the present round, and when it began.
    pub number: u32,
    pub began: Millis,
    pub due: Millis,
    pub is_asking: bool,
    pub failures: u32,
    /// Queues that were deleted here since it began: an older page may still name them.
    pub gone: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Watch {
    pub id: WatchId,
    pub name: String,
    pub interval: (Millis, Millis),
    pub rows: Vec<Row>,
    pub made: u32,
    /// None where the application has said which queues.
    pub rounds: Option<Rounds>,
    pub is_ready: bool,
}

impl Watch {
    /// What may be asked, each with the row that it is for, and when it is due.
    fn questions(&self, has_rest: bool) -> impl Iterator<Item = (Option<&Row>, Millis, Question)> {
        let list = self.rounds.iter().filter(|rounds| !rounds.is_asking);
        let list = list.map(|rounds| (None, rounds.due, Question::List));
        let rows = self.rows.iter().filter(move |row| !row.is_asking && (has_rest || !row.leaves_socket));
        list.chain(rows.map(|row| (Some(row), row.due, Question::Counts(row.number))))
    }

    pub fn row(&mut self, number: u32) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.number == number)
    }

    /// Adds a queue that is wanted and not there yet. Whether it is new.
    pub fn add(&mut self, now: Millis, queue: &str) -> bool {
        let round = self.rounds.as_ref().map_or(0, |rounds| rounds.number);
        if let Some(row) = self.rows.iter_mut().find(|row| row.queue == queue) {
            row.round = round;
            return false;
        }
        if !queue.contains(&self.name) {
            return false;
        }
        self.made += 1;
        self.rows.push(Row::new(now, self.made, queue, round, self.interval.0));
        true
    }

    /// Takes out what the round that has ended did not find.
    pub fn take_unlisted(&mut self, round: u32) -> Vec<String> {
        let mut gone = Vec::new();
        self.rows.retain(|row| {
            let stays = row.round == round;
            if !stays {
                gone.push(row.queue.clone());
            }
            stays
        });
        gone
    }
}

/// All watches of a client.
#[derive(Debug, Default)]
pub struct Watches {
    pub(super) watches: Vec<Watch>,
    pub(super) made: u32,
    /// Questions that wait for an answer.
    pub(super) asking: usize,
    /// When the next may be asked.
    pub(super) next: Millis,
    /// How many were asked: whose turn it is.
    turn: u32,
}

impl Watches {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.watches.clear();
    }

    /// Something has happened in a queue.
    pub(super) fn ring(&mut self, now: Millis, queue: &[u8]) {
        for row in self.watches.iter_mut().flat_map(|watch| &mut watch.rows) {
            if row.queue.as_bytes() == queue {
                row.ring(now);
            }
        }
    }

    pub(super) fn get_mut(&mut self, id: WatchId) -> Option<&mut Watch> {
        self.watches.iter_mut().find(|watch| watch.id == id)
    }

    /// When the first question is due.
    pub(super) fn due(&self, has_rest: bool) -> Millis {
        let questions = self.watches.iter().flat_map(|watch| watch.questions(has_rest));
        questions.map(|(_, due, _)| due).fold(NEVER, f64::min)
    }

    /// The question whose turn it is.
    pub(super) fn choose(&mut self, now: Millis, has_rest: bool) -> Option<(WatchId, Question)> {
        self.turn = self.turn.wrapping_add(1);
        let turn = self.turn % TURNS;
        let mut first: Option<(u8, Millis, WatchId, Question)> = None;
        for watch in &self.watches {
            for (row, due, question) in watch.questions(has_rest).filter(|(_, due, _)| *due <= now) {
                let rank = match (turn, question) {
                    (LONGEST_TURN, _) | (LIST_TURN, Question::List) => 0,
                    _ => 1 + row.map_or(LAST_RANK, |row| row.rank(now)),
                };
                if first.is_none_or(|(other, since, ..)| (rank, due) < (other, since)) {
                    first = Some((rank, due, watch.id, question));
                }
            }
        }
        first.map(|(_, _, watch, question)| (watch, question))
    }
}
