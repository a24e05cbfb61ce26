//! Watches: how many messages are in which queue, as it changes.
//!
//! Zaqar counts one queue at a time and announces no counts. So a watch asks for its queues one by one: often for those that
//! change, ever more seldom for those that do not, and at once where a notification or a request of this client says that
//! something has changed. All watches of a client share one pace, whatever the number of queues. What changes goes first, but
//! every fourth question is for the queue that has waited longest, and another for the list of queues.

mod changes;
mod rows;
mod turns;

use self::changes::{Change, change_by};
pub use self::rows::Rate;
pub use self::turns::Watches;
use self::turns::{FIRST_ROUND, Rounds, Watch};
use super::config::Millis;
use super::lists::Paging;
use super::requests::Owner;
use super::retries::{TIMEOUT, TOLD, doubled, is_of_server};
use super::{Arrival, Engine, FeedId, NEVER, Output, Transport};
use crate::engine::failure::Failure;
use crate::protocol::replies::{Reply, Stats, Text};
use crate::protocol::request::{QueueGetStats, QueueList, Request};

/// The pause between two questions over the socket, and how many may wait for their answers.
const ON_SOCKET: (Millis, usize) = (50.0, 4);
/// The same over REST.
const OVER_REST: (Millis, usize) = (250.0, 2);
/// Queues of a page, as far as the server's limit is not known.
const PAGE: u32 = 20;

/// A watch of queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WatchId(pub u32);

/// What a watch looks at.
#[derive(Clone, Debug)]
pub struct WatchOptions {
    /// Only these queues. None: all of the project, as they come and go.
    pub queues: Option<Vec<String>>,
    /// Only queues whose name contains it.
    pub name: String,
    /// The pause between two questions for a queue: while its counts change, and the longest.
    pub interval: (Millis, Millis),
}

/// What has become of a queue, but for its counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// It is watched from now on.
    Added,
    /// It is there no more.
    Gone,
    /// It could not be counted.
    Failed(Failure),
}

/// The counts of a queue, for an application.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// The watch that asked.
    pub watch: WatchId,
    /// The queue.
    pub queue: String,
    /// How its counts have changed since the last time, if they were told before.
    pub rate: Option<Rate>,
}

/// What a watch asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// The next page of the list of queues.
    List,
    /// The counts of the row with this number.
    Counts(u32),
}

impl Engine {
    /// Watches queues. [`Output::WatchReady`] follows, [`Output::Watched`] for each queue that comes or goes, and
    /// [`Arrival::Counted`] with its counts whenever they are told.
    pub fn watch(&mut self, now: Millis, options: WatchOptions) -> WatchId {
        self.watches.made += 1;
        let id = WatchId(self.watches.made);
        let WatchOptions { queues, name, interval } = options;
        let rounds = match queues {
            None => Some(self.new_round(now, FIRST_ROUND)),
            Some(_) => None,
        };
        self.watches.watches.push(Watch { id, name, interval, rows: Vec::new(), made: 0, rounds, is_ready: false });
        for queue in queues.into_iter().flatten() {
            self.watch_queue(now, id, &queue);
        }
        self.ready_if_told(id);
        self.serve_watches(now);
        id
    }

    /// Ends a watch.
    pub fn end_watch(&mut self, now: Millis, id: WatchId) {
        self.watches.watches.retain(|watch| watch.id != id);
        for request in self.requests.find(&|request| matches!(request.owner, Owner::Watch(watch, _) if watch == id)) {
            self.watches.asking -= 1;
            self.forget(request);
        }
        self.dispatch(now);
    }

    /// When the next question can be asked.
    pub(super) fn next_watch(&self) -> Millis {
        match self.pace_of_questions() {
            Some((_, most)) if self.watches.asking < most && !self.is_hidden && self.closing == NEVER => {
                self.watches.due(self.config.has_rest).max(self.watches.next)
            }
            _ => NEVER,
        }
    }

    /// Asks what is due.
    pub(super) fn serve_watches(&mut self, now: Millis) {
        while self.next_watch() <= now {
            let Some((pace, _)) = self.pace_of_questions() else { return };
            let Some((watch, question)) = self.watches.choose(now, self.config.has_rest) else { return };
            self.watches.next = now + pace;
            self.ask_for_watch(now, watch, question);
        }
    }

    /// The doorbell of a queue.
    pub(super) fn ring_watches(&mut self, now: Millis, feed: FeedId) {
        if let Some(queue) = self.feeds.queue_of(feed) {
            self.watches.ring(now, queue);
            self.serve_watches(now);
        }
    }

    /// A request of this client has changed a queue.
    pub(super) fn queue_changed(&mut self, now: Millis, what: &Request) {
        let Some((queue, change)) = change_by(what) else { return };
        for index in 0..self.watches.watches.len() {
            let id = self.watches.watches[index].id;
            match change {
                Change::Gone => self.queue_gone(id, queue),
                Change::Made => self.queue_made(now, id, queue),
                Change::Counts => {}
            }
        }
        self.watches.ring(now, queue.as_bytes());
        self.serve_watches(now);
    }

    fn queue_made(&mut self, now: Millis, id: WatchId, queue: &str) {
        let rounds = self.watches.get_mut(id).and_then(|watch| watch.rounds.as_mut());
        if let Some(rounds) = rounds {
            rounds.gone.retain(|gone| gone != queue);
            self.watch_queue(now, id, queue);
        }
    }

    fn queue_gone(&mut self, id: WatchId, queue: &str) {
        let Some(watch) = self.watches.get_mut(id) else { return };
        let Some(rounds) = &mut watch.rounds else { return };
        rounds.gone.push(queue.to_owned());
        let before = watch.rows.len();
        watch.rows.retain(|row| row.queue != queue);
        if watch.rows.len() < before {
            self.outputs.push(Output::Watched(id, queue.to_owned(), Watched::Gone));
            self.ready_if_told(id);
        }
    }

    /// Adds a queue to a watch, if it is one that it wants.
    fn watch_queue(&mut self, now: Millis, id: WatchId, queue: &str) {
        if self.watches.get_mut(id).is_some_and(|watch| watch.add(now, queue)) {
            self.outputs.push(Output::Watched(id, queue.to_owned(), Watched::Added));
        }
    }

    /// How fast may be asked, and how much at the same time. While the socket says nothing, REST takes the questions.
    fn pace_of_questions(&self) -> Option<(Millis, usize)> {
        let is_suspect = self.socket.session.as_ref().is_some_and(|session| session.is_suspect);
        match self.transport? {
            Transport::Socket if !is_suspect || !self.may_poll() => Some(ON_SOCKET),
            Transport::Socket | Transport::Polling => Some(OVER_REST),
        }
    }

    fn new_round(&self, now: Millis, number: u32) -> Rounds {
        let first_page = QueueList { limit: Some(self.queues_per_page()), ..QueueList::default() };
        Rounds {
            list: Paging::new(first_page.into()),
            number,
            began: now,
            due: now,
            is_asking: false,
            failures: 0,
            gone: Vec::new(),
        }
    }

    fn queues_per_page(&self) -> u32 {
        self.config.rules.max_queues_per_page.unwrap_or(PAGE)
    }

    fn ask_for_watch(&mut self, now: Millis, id: WatchId, question: Question) {
        let Some(watch) = self.watches.get_mut(id) else { return };
        let asked = match question {
            Question::List => watch.rounds.as_mut().map(|rounds| {
                rounds.is_asking = true;
                (rounds.list.next_page(), false)
            }),
            Question::Counts(number) => watch.row(number).map(|row| {
                row.asked(now);
                (QueueGetStats { queue_name: row.queue.clone() }.into(), row.leaves_socket)
            }),
        };
        if let Some((what, rest_only)) = asked {
            self.watches.asking += 1;
            self.add(now, what, Owner::Watch(id, question), TIMEOUT, rest_only);
        }
    }

    /// A question has its answer.
    pub(super) fn watch_answered(
        &mut self,
        now: Millis,
        id: WatchId,
        question: Question,
        reply: &Reply<'_>,
    ) -> Arrival {
        self.watches.asking -= 1;
        let arrival = match (question, reply) {
            (Question::List, Reply::List(queues)) => {
                self.queues_listed(now, id, queues);
                Arrival::Nothing
            }
            (Question::Counts(row), Reply::Stats(stats)) => self.row_counted(now, id, row, stats),
            _ => Arrival::Nothing,
        };
        self.serve_watches(now);
        arrival
    }

    /// A question was not answered, or by a refusal.
    pub(super) fn watch_failed(&mut self, now: Millis, id: WatchId, question: Question, failure: Failure) {
        self.watches.asking -= 1;
        match question {
            Question::List => self.list_of_watch_failed(now, id, failure),
            Question::Counts(number) => {
                let Some(watch) = self.watches.get_mut(id) else { return };
                let interval = watch.interval;
                let Some(row) = watch.row(number) else { return };
                row.leaves_socket |= failure.is_unusable();
                row.failed(now, interval);
                let queue = row.queue.clone();
                self.outputs.push(Output::Watched(id, queue, Watched::Failed(failure)));
                self.ready_if_told(id);
            }
        }
        self.serve_watches(now);
    }

    /// The answer to a question is too large for the socket.
    pub(super) fn watch_keeps_off_socket(&mut self, owner: Owner) {
        if let Owner::Watch(id, Question::Counts(number)) = owner
            && let Some(row) = self.watches.get_mut(id).and_then(|watch| watch.row(number))
        {
            row.leaves_socket = true;
        }
    }

    fn row_counted(&mut self, now: Millis, id: WatchId, number: u32, stats: &Stats<'_>) -> Arrival {
        let Some(watch) = self.watches.get_mut(id) else { return Arrival::Nothing };
        let interval = watch.interval;
        let Some(row) = watch.row(number) else { return Arrival::Nothing };
        let rate = row.counted(now, stats, interval);
        let queue = row.queue.clone();
        self.ready_if_told(id);
        Arrival::Counted(Counted { watch: id, queue, rate })
    }

    fn queues_listed(&mut self, now: Millis, id: WatchId, queues: &[Text<'_>]) {
        let Some(watch) = self.watches.get_mut(id) else { return };
        let longest = watch.interval.1;
        let Some(rounds) = &mut watch.rounds else { return };
        rounds.is_asking = false;
        rounds.failures = 0;
        let rows = rounds.list.found(queues);
        rounds.due = now;
        let (number, next_round) = (rounds.number, rounds.began + longest);
        let fresh = rows.fresh.iter().filter_map(|place| queues.get(*place));
        let fresh: Vec<&Text<'_>> = fresh.filter(|queue| !rounds.gone.iter().any(|gone| *gone == ***queue)).collect();
        for queue in fresh {
            self.watch_queue(now, id, queue);
        }
        if rows.has_more {
            return;
        }
        let next = self.new_round(next_round.max(now), number + 1);
        let Some(watch) = self.watches.get_mut(id) else { return };
        let gone = watch.take_unlisted(number);
        watch.rounds = Some(next);
        for queue in gone {
            self.outputs.push(Output::Watched(id, queue, Watched::Gone));
        }
        self.ready_if_told(id);
    }

    fn list_of_watch_failed(&mut self, now: Millis, id: WatchId, failure: Failure) {
        let limit = self.queues_per_page();
        let Some(watch) = self.watches.get_mut(id) else { return };
        let (shortest, longest) = watch.interval;
        let Some(rounds) = &mut watch.rounds else { return };
        rounds.is_asking = false;
        if rounds.list.fit(limit) {
            // the refusal has named the limit
            rounds.due = now;
            return;
        }
        if failure.is_final() {
            self.end_watch(now, id);
            self.outputs.push(Output::WatchFailed(id, failure));
            return;
        }
        rounds.due = now + doubled(shortest, rounds.failures, longest);
        rounds.failures = rounds.failures.saturating_add(1);
        if rounds.failures == TOLD && is_of_server(&failure) {
            self.outputs.push(Output::Trouble(failure));
        }
    }

    /// A watch is ready when all its queues are known and each has answered or failed.
    fn ready_if_told(&mut self, id: WatchId) {
        let Some(watch) = self.watches.get_mut(id) else { return };
        let is_listed = watch.rounds.as_ref().is_none_or(|rounds| rounds.number > FIRST_ROUND);
        if is_listed && watch.rows.iter().all(|row| row.is_told) && !std::mem::replace(&mut watch.is_ready, true) {
            self.outputs.push(Output::WatchReady(id));
        }
    }
}
