//! Whole lives of a client in virtual time: a model of Zaqar with its traps, which answers both transports in their own
//! shapes, a network that loses and delays, proxies that answer in the server's place, a machine that sleeps, an application
//! that asks at random, and others who post, claim and delete. A seed is a schedule, and every promise of the engine is checked
//! in each.
//!
//! `ZAQAR_SCHEDULES=1000000 cargo test --release --test simulation` runs more of them; `ZAQAR_SEED` says where to begin.
//! A schedule that fails tells its seed, and ends the run unless `ZAQAR_ALL` is set; with `ZAQAR_TRACE=1` it tells all that
//! happens.
//!
//! Not modelled: MongoDB and its markers, dead-letter queues, encrypted queues, webhooks' deliveries, the time that the
//! server takes, CORS, messages that are too large, refusals whose bodies are cut off, and what the facade in JavaScript does.

mod answer;
mod app;
mod asked;
mod asking;
mod call;
mod dice;
mod network;
mod page;
mod plan;
mod posts;
mod readers;
mod server;
mod store;
mod tally;
mod told;
mod troubles;
mod vigil;
mod watching;
mod wires;
mod workers;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use tally::Tally;
use vigil::Vigil;
use world::World;

const SCHEDULES: u64 = 10_000;

fn run(seed: u64) -> Vigil {
    World::new(seed).run()
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[test]
fn every_promise_is_kept_in_every_schedule() {
    let (first, count) = (setting("ZAQAR_SEED", 1), setting("ZAQAR_SCHEDULES", SCHEDULES));
    let next = AtomicU64::new(first);
    let has_failed = AtomicBool::new(false);
    let goes_on = std::env::var_os("ZAQAR_ALL").is_some();
    let work = || {
        let mut tally = Tally::default();
        let mut failed = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + count || has_failed.load(Ordering::Relaxed) && !goes_on {
                return (tally, failed);
            }
            match catch_unwind(AssertUnwindSafe(|| run(seed))) {
                Ok(vigil) => tally += vigil.tally,
                Err(_) => {
                    has_failed.store(true, Ordering::Relaxed);
                    failed.push(seed);
                    eprintln!(
                        "schedule {seed} fails; alone: \
                         ZAQAR_TRACE=1 ZAQAR_SEED={seed} ZAQAR_SCHEDULES=1 cargo test --test simulation every_promise"
                    );
                }
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get()).min(count as usize);
    let ended: Vec<(Tally, Vec<u64>)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker catches what fails")).collect()
    });
    let mut tally = Tally::default();
    let mut failed = Vec::new();
    for (part, seeds) in ended {
        tally += part;
        failed.extend(seeds);
    }
    println!("{count} schedules: {tally:?}");
    assert!(failed.is_empty(), "these schedules fail: {failed:?}");
    if count >= 1_000 {
        tally.check_all_happened();
    }
}

#[test]
fn the_same_seed_tells_the_same_story() {
    for seed in 1..=40 {
        assert_eq!(run(seed).trace, run(seed).trace, "of seed {seed}");
    }
}
