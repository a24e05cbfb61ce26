//! The one timer of a client.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;

use super::now;
use crate::engine::{Millis, NEVER};

/// `setTimeout` fires at once beyond 2^31 - 1 ms. A timer that fires too early only looks and sets the next.
pub const LONGEST_TIMER: Millis = 2_147_483_647.0;

/// A timer that is set again and again, mostly to the time for which it is set already.
pub struct Timer {
    timeout: RefCell<Option<Timeout>>,
    /// The time for which it is set.
    due: Rc<Cell<Millis>>,
}

impl Timer {
    pub fn new() -> Timer {
        Timer { timeout: RefCell::new(None), due: Rc::new(Cell::new(NEVER)) }
    }

    /// Calls `ring` at `due`, or earlier if it is set for an earlier time; [`NEVER`] cancels it.
    pub fn set(&self, due: Millis, ring: impl FnOnce() + 'static) {
        if due < NEVER && self.due.get() <= due {
            return;
        }
        self.due.set(due);
        let set_for = self.due.clone();
        let rang = move || {
            set_for.set(NEVER);
            ring();
        };
        let pause = (due - now()).ceil().clamp(0.0, LONGEST_TIMER);
        let timeout = (due < NEVER).then(|| Timeout::new(pause as u32, rang));
        drop(self.timeout.replace(timeout));
    }
}
