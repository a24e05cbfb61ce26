//! Watches: how many messages are in which queue, as it changes.
//!
//! Zaqar counts one queue at a time and announces no counts. So a watch asks for its queues one by one: often for those that
//! change, ever more seldom for those that do not, and at once where a notification or a request of this client says that
//! something has changed. All watches of a client share one pace, whatever the number of queues. What changes goes first, but
//! every fourth question is for the queue that has waited longest, and another for the list of queues.

use super::config::Millis;
use super::lists::Paging;
use super::requests::Owner;
use super::retries::{TIMEOUT, TOLD, doubled, is_of_server};
use super::{Arrival, Engine, FeedId, NEVER, Output, Transport};
use crate::engine::failure::Failure;
use crate::engine::id::Id;
use crate::protocol::replies::{Message, Reply, Stats, Text};
use crate::protocol::request::{QueueGetStats, QueueList, Request};

/// The pause between two questions over the socket, and how many may wait for their answers.
const SOCKET_PACE: Millis = 50.0;
const SOCKET_QUESTIONS: usize = 4;
/// The same over REST.
const REST_PACE: Millis = 250.0;
const REST_QUESTIONS: usize = 2;
/// What happens in a queue has it asked for no sooner than this after the last time.
const SOONEST: Millis = 500.0;
/// How much longer the pause between two questions for a queue becomes with each answer that brings nothing new.
const SLOWER: f64 = 1.5;
/// A queue whose counts have changed goes before others for so long.
const LIVELY: Millis = 30_000.0;
/// Of so many questions one is for what has waited longest, and another for the list of queues.
const TURNS: u32 = 4;
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

/// Messages a second between two counts. Where some came and others went, it is the least that explains the counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Those that came.
    pub came: f64,
    /// Those that went.
    pub went: f64,
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
struct Row {
    number: u32,
    queue: String,
    /// When it was listed last, by the number of the round.
    round: u32,
    /// When it is to be asked for, and when it was last.
    due: Millis,
    asked: Millis,
    is_asking: bool,
    /// The answer, with the messages at the queue's ends, was not to be had on the socket: it would end the next one as well.
    leaves_socket: bool,
    /// It has been counted, or could not be.
    is_told: bool,
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
    /// What is smaller goes first.
    fn rank(&self, now: Millis) -> u8 {
        match () {
            () if self.is_rung => 0,
            () if now - self.changed < LIVELY => 1,
            () => LAST_RANK,
        }
    }

    /// Something has happened in the queue.
    fn ring(&mut self, now: Millis) {
        self.is_rung = true;
        self.due = self.due.min((self.asked + SOONEST).max(now));
    }
}

const LAST_RANK: u8 = 2;
const FIRST_ROUND: u32 = 1;
/// The turn in which rank does not count, and the turn of the list.
const LONGEST_TURN: u32 = 0;
const LIST_TURN: u32 = 2;

/// The list of queues, which is read over and over.
#[derive(Debug)]
struct Rounds {
    list: Paging,
    /// The number of the present round, and when it began.
    number: u32,
    began: Millis,
    due: Millis,
    is_asking: bool,
    failures: u32,
    /// Queues that were deleted here since it began: an older page may still name them.
    gone: Vec<String>,
}

#[derive(Debug)]
struct Watch {
    id: WatchId,
    name: String,
    interval: (Millis, Millis),
    rows: Vec<Row>,
    made: u32,
    /// None where the application has said which queues.
    rounds: Option<Rounds>,
    is_ready: bool,
}

impl Watch {
    /// What may be asked, each with the row that it is for, and when it is due.
    fn questions(&self, has_rest: bool) -> impl Iterator<Item = (Option<&Row>, Millis, Question)> {
        let list = self.rounds.iter().filter(|rounds| !rounds.is_asking);
        let list = list.map(|rounds| (None, rounds.due, Question::List));
        let rows = self.rows.iter().filter(move |row| !row.is_asking && (has_rest || !row.leaves_socket));
        list.chain(rows.map(|row| (Some(row), row.due, Question::Counts(row.number))))
    }

    fn row(&mut self, number: u32) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.number == number)
    }

    /// Adds a queue that is wanted and not there yet. Whether it is new.
    fn add(&mut self, now: Millis, queue: &str) -> bool {
        let round = self.rounds.as_ref().map_or(0, |rounds| rounds.number);
        if let Some(row) = self.rows.iter_mut().find(|row| row.queue == queue) {
            row.round = round;
            return false;
        }
        if !queue.contains(&self.name) {
            return false;
        }
        self.made += 1;
        self.rows.push(Row {
            number: self.made,
            queue: queue.to_owned(),
            round,
            due: now,
            asked: f64::NEG_INFINITY,
            is_asking: false,
            leaves_socket: false,
            is_told: false,
            pause: self.interval.0,
            is_rung: false,
            changed: f64::NEG_INFINITY,
            counts: None,
            counted: now,
        });
        true
    }

    /// Takes out what the round that has ended did not find.
    fn take_unlisted(&mut self, round: u32) -> Vec<String> {
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
    watches: Vec<Watch>,
    made: u32,
    /// Questions that wait for an answer.
    asking: usize,
    /// When the next may be asked.
    next: Millis,
    /// How many were asked: whose turn it is.
    turn: u32,
}

impl Watches {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.watches.clear();
    }

    /// Something has happened in a queue.
    fn ring(&mut self, now: Millis, queue: &[u8]) {
        for row in self.watches.iter_mut().flat_map(|watch| &mut watch.rows) {
            if row.queue.as_bytes() == queue {
                row.ring(now);
            }
        }
    }

    fn get_mut(&mut self, id: WatchId) -> Option<&mut Watch> {
        self.watches.iter_mut().find(|watch| watch.id == id)
    }

    /// When the first question is due.
    fn due(&self, has_rest: bool) -> Millis {
        let questions = self.watches.iter().flat_map(|watch| watch.questions(has_rest));
        questions.map(|(_, due, _)| due).fold(NEVER, f64::min)
    }

    /// The question whose turn it is.
    fn choose(&mut self, now: Millis, has_rest: bool) -> Option<(WatchId, Question)> {
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
        let most = match self.carrier_of_questions() {
            Some(Transport::Socket) => SOCKET_QUESTIONS,
            Some(Transport::Polling) => REST_QUESTIONS,
            None => 0,
        };
        if self.is_hidden || self.closing < NEVER || self.watches.asking >= most {
            return NEVER;
        }
        self.watches.due(self.config.has_rest).max(self.watches.next)
    }

    /// Asks what is due.
    pub(super) fn serve_watches(&mut self, now: Millis) {
        while self.next_watch() <= now {
            let Some((watch, question)) = self.watches.choose(now, self.config.has_rest) else { return };
            let pace = self.watch_pace();
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

    /// What takes questions: while the socket says nothing, that is REST.
    fn carrier_of_questions(&self) -> Option<Transport> {
        match &self.socket.session {
            Some(session) if session.is_suspect && self.may_poll() => Some(Transport::Polling),
            _ => self.transport,
        }
    }

    fn watch_pace(&self) -> Millis {
        match self.carrier_of_questions() {
            Some(Transport::Socket) => SOCKET_PACE,
            Some(Transport::Polling) | None => REST_PACE,
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
                (row.is_asking, row.asked, row.due) = (true, now, NEVER);
                row.is_rung = false;
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
                let (shortest, longest) = watch.interval;
                let Some(row) = watch.row(number) else { return };
                (row.is_asking, row.is_told) = (false, true);
                row.leaves_socket |= failure.is_unusable();
                row.pause = (row.pause * SLOWER).clamp(shortest, longest);
                row.due = now + row.pause;
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
        let (shortest, longest) = watch.interval;
        let Some(row) = watch.row(number) else { return Arrival::Nothing };
        let counts = Counts::new(stats);
        let before = row.counts.as_ref();
        let rate = before.map(|before| counts.rate_since(before, now - row.counted));
        let has_changed = before.is_some_and(|before| *before != counts);
        if has_changed {
            row.changed = now;
        }
        (row.is_asking, row.is_told) = (false, true);
        row.pause = if has_changed { shortest } else { (row.pause * SLOWER).clamp(shortest, longest) };
        row.due = row.asked + row.pause;
        row.counts = Some(counts);
        row.counted = now;
        if row.is_rung {
            row.ring(now);
        }
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
        let (number, gone) = (rounds.number, rounds.gone.clone());
        let next_round = rounds.began + longest;
        for queue in rows.fresh.iter().filter_map(|place| queues.get(*place)) {
            if !gone.iter().any(|gone| **gone == **queue) {
                self.watch_queue(now, id, queue);
            }
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

/// What a request of this client does to a queue.
#[derive(Clone, Copy, PartialEq)]
enum Change {
    /// It is there, whether it was before or not, with other counts.
    Made,
    /// It has other counts, if it is there.
    Counts,
    Gone,
}

/// The queue that a request changes, and how.
fn change_by(what: &Request) -> Option<(&str, Change)> {
    match what {
        Request::QueueCreate(queue) => Some((&queue.queue_name, Change::Made)),
        Request::MessagePost(post) => Some((&post.queue_name, Change::Made)),
        Request::MessageDelete(message) => Some((&message.queue_name, Change::Counts)),
        Request::MessageDeleteMany(messages) => Some((&messages.queue_name, Change::Counts)),
        Request::ClaimCreate(claim) => Some((&claim.queue_name, Change::Counts)),
        Request::ClaimDelete(claim) => Some((&claim.queue_name, Change::Counts)),
        Request::QueuePurge(purge) => Some((&purge.queue_name, Change::Counts)),
        Request::QueueDelete(queue) => Some((&queue.queue_name, Change::Gone)),
        _ => None,
    }
}
