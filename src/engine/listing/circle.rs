//! Whether a listing goes in a circle: the server may be wrong about its markers.

use super::Id;

/// A way that comes so often to a place where it was, with nothing new in between, goes in a circle. Once or twice it may be that
/// others have taken the markers away.
const MOST_ROUNDS: u8 = 3;

/// Finds out whether a way goes in a circle, by Brent's method: it keeps one place, and a later one after ever more steps.
#[derive(Debug, Default)]
pub(super) struct Circle {
    place: Option<Id>,
    steps: u32,
    most_steps: u32,
    rounds: u8,
}

impl Circle {
    /// The way has come here, and to nothing new. Whether it goes in a circle.
    pub(super) fn closes_at(&mut self, place: Id) -> bool {
        if self.place == Some(place) {
            self.rounds += 1;
            self.steps = 0;
        } else if self.steps == self.most_steps {
            *self = Circle { place: Some(place), steps: 0, most_steps: 2 * self.most_steps + 1, rounds: 0 };
        } else {
            self.steps += 1;
        }
        self.rounds >= MOST_ROUNDS
    }
}
