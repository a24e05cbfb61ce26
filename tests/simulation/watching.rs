//! A watch of the queues: what it tells must have been true, and no queue may be forgotten.

use std::collections::BTreeMap;

use zaqar_web::engine::{Counted, Engine, Rate, WatchId, WatchOptions, Watched};

use crate::dice::Dice;
use crate::store::{QUEUES, Store};
use crate::vigil::say;

/// The pauses between two questions for a queue.
const SHORTEST: f64 = 2_000.0;
const LONGEST: f64 = 15_000.0;
/// How long a question may wait for the others, and take.
const LATENESS: f64 = 6_000.0;

/// What was told of a queue last, and when.
#[derive(Debug, Default)]
struct Row {
    total: Option<f64>,
    counted: f64,
    told: f64,
}

#[derive(Debug)]
pub struct WatchWatch {
    pub id: WatchId,
    /// Whether it watches all queues, as they come and go.
    is_of_all: bool,
    rows: BTreeMap<String, Row>,
}

impl WatchWatch {
    pub fn open(now: f64, engine: &mut Engine, dice: &mut Dice) -> WatchWatch {
        let is_of_all = dice.chance(0.6);
        let queues = (!is_of_all).then(|| QUEUES.iter().map(|queue| (*queue).to_owned()).collect());
        let options = WatchOptions { queues, name: "q".to_owned(), interval: (SHORTEST, LONGEST) };
        let id = engine.watch(now, options);
        say(now, format_args!("   {id:?} of all queues: {is_of_all}"));
        WatchWatch { id, is_of_all, rows: BTreeMap::new() }
    }

    pub fn told(&mut self, now: f64, queue: &str, told: &Watched) {
        match told {
            Watched::Added => {
                let before = self.rows.insert(queue.to_owned(), Row { told: now, ..Row::default() });
                assert!(before.is_none(), "{queue} comes once");
            }
            Watched::Gone => {
                assert!(self.is_of_all, "what the application names stays");
                assert!(self.rows.remove(queue).is_some(), "{queue} was there");
            }
            Watched::Failed(_) => self.rows.get_mut(queue).expect("a queue that is watched").told = now,
        }
    }

    pub fn counted(&mut self, now: f64, counted: &Counted, total: f64, store: &Store) {
        let row = self.rows.get_mut(&counted.queue).expect("a queue that is watched");
        let was_true = |(at, queue, served): &(f64, usize, usize)| {
            *at >= row.counted && QUEUES[*queue] == counted.queue && *served as f64 == total
        };
        let is_absent = total == 0.0 && !QUEUES.iter().any(|queue| *queue == counted.queue);
        assert!(is_absent || store.counted.iter().rev().any(was_true), "{total} in {} was never true", counted.queue);
        match (row.total, counted.rate) {
            (Some(before), Some(Rate { came, went })) => {
                assert!(came >= 0.0 && went >= 0.0);
                let grown = (came - went) * (now - row.counted).max(1.0) / 1_000.0;
                assert!((grown - (total - before)).abs() < 1e-6, "a rate explains the counts");
            }
            (None, None) => {}
            other => panic!("a rate is told from the second count on: {other:?}"),
        }
        *row = Row { total: Some(total), counted: now, told: now };
    }

    pub fn check(&self, now: f64, store: &Store) {
        if self.is_of_all {
            let exists = |queue: &str| QUEUES.iter().zip(&store.queues).any(|(name, is)| *name == queue && is.exists);
            assert!(self.rows.keys().all(|queue| exists(queue)), "what is gone is gone: {:?}", self.rows.keys());
            let missing = QUEUES.iter().find(|queue| exists(queue) && !self.rows.contains_key(**queue));
            assert!(missing.is_none(), "{missing:?} is not watched");
        }
        for (queue, row) in &self.rows {
            let age = now - row.told;
            assert!(age < LONGEST + LATENESS, "of {queue} nothing was told for {age} ms");
        }
    }
}
