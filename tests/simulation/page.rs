//! The page that the client runs in: its one timer, and what browsers do to pages that nobody sees.

use crate::world::Event;

#[derive(Debug, Default)]
pub struct Page {
    /// Until when no event reaches the client.
    frozen_until: f64,
    /// The same for its timer: it may fire before the events that have waited, or after them.
    timer_until: f64,
    /// To which multiple timers are put off; 0: they fire in time.
    lateness: f64,
    /// Whether it is in the back/forward cache.
    pub is_left: bool,
    /// For when the timer is set, and its number.
    timer: Option<(f64, u64)>,
    timers: u64,
}

impl Page {
    pub fn freeze(&mut self, until: f64, timer_first: bool) {
        self.frozen_until = self.frozen_until.max(until);
        self.timer_until = if timer_first { self.frozen_until - 0.5 } else { self.frozen_until };
    }

    /// Until when no event reaches the client, if that is later than now.
    pub fn frozen_until(&self, now: f64) -> Option<f64> {
        (self.frozen_until > now).then_some(self.frozen_until)
    }

    pub fn is_awake(&self, now: f64) -> bool {
        self.frozen_until <= now && self.lateness == 0.0 && !self.is_left
    }

    /// The page is hidden from now on, and its timers put off to multiples of so much; or it is seen.
    pub fn put_off(&mut self, lateness: f64) {
        self.lateness = lateness;
        self.timer = None;
    }

    /// Until when an event must wait for the page.
    pub fn holds(&self, now: f64, event: &Event) -> Option<f64> {
        let until = match event {
            Event::Opened(_)
            | Event::Frame(..)
            | Event::Closed(..)
            | Event::Http(..)
            | Event::HttpFailed(_)
            | Event::Redirected(_)
            | Event::Token(_)
            | Event::Returns(..)
            | Event::Act => self.frozen_until,
            Event::Timer(_) => self.timer_until,
            Event::Arrives(..)
            | Event::Requested(..)
            | Event::Commit(..)
            | Event::Push(..)
            | Event::Cut(_)
            | Event::TokenEnds(_)
            | Event::Trouble
            | Event::Relief
            | Event::Wake
            | Event::Others
            | Event::Collect
            | Event::Heal
            | Event::Calm
            | Event::Check => return None,
        };
        (until > now).then_some(until)
    }

    /// Sets the timer as the browser's driver does: the number and time of the one to plan, if that is a new one.
    pub fn set_timer(&mut self, now: f64, wanted: Option<f64>) -> Option<(u64, f64)> {
        let Some(wanted) = wanted else {
            self.timer = None;
            return None;
        };
        if self.timer.is_some_and(|(set, _)| set <= wanted) {
            return None;
        }
        self.timers += 1;
        self.timer = Some((wanted, self.timers));
        let mut at = now + (wanted - now).max(0.0).ceil();
        if wanted <= now {
            at = now + 1.0;
        } else if self.timers.is_multiple_of(16) {
            // clocks and timers do not agree to the millisecond
            at = (at - 0.7).max(now);
        }
        if self.lateness > 0.0 {
            at = (at / self.lateness).ceil() * self.lateness;
        }
        Some((self.timers, at))
    }

    /// Whether this timer is the one that is set; it is not from now on.
    pub fn fires(&mut self, number: u64) -> bool {
        self.timer.take_if(|(_, set)| *set == number).is_some()
    }
}
