//! The one timer of a client.

use std::cell::{Cell, RefCell};

use gloo_timers::callback::Timeout;

use super::now;
use crate::engine::{Millis, NEVER};

/// `setTimeout` fires at once beyond 2^31 - 1 ms. A timer that fires too early only looks and sets the next.
const LONGEST: Millis = 2_000_000_000.0;

/// A timer that is set again and again, mostly to the time for which it is set already.
pub struct Timer {
    timeout: RefCell<Option<Timeout>>,
    due: Cell<Millis>,
}

impl Timer {
    pub fn new() -> Timer {
        Timer { timeout: RefCell::new(None), due: Cell::new(NEVER) }
    }

    /// Calls `ring` at `due`, or earlier if it is set for an earlier time; [`NEVER`] cancels it.
    pub fn set(&self, due: Millis, ring: impl FnOnce() + 'static) {
        if due < NEVER && self.due.get() <= due {
            return;
        }
        self.due.set(due);
        let pause = (due - now()).ceil().clamp(0.0, LONGEST);
        let timeout = (due < NEVER).then(|| Timeout::new(pause as u32, ring));
        drop(self.timeout.replace(timeout));
    }

    /// The timer has rung.
    pub fn rang(&self) {
        self.due.set(NEVER);
    }
}
