//! What an engine is told when it is made.

use alloc::string::String;
use alloc::vec::Vec;

/// Milliseconds: a span, or a point on a clock that never goes back.
pub type Millis = f64;

/// When what is not planned is due.
pub const NEVER: Millis = f64::INFINITY;

/// Which transports may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    /// The socket, and REST while it is unavailable.
    Auto,
    /// The socket alone; REST only for what the socket cannot do.
    Socket,
    /// REST alone.
    Polling,
}

/// The settings of one client. Every value has been checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whether there is a WebSocket endpoint.
    pub has_socket: bool,
    /// Whether there is a REST endpoint.
    pub has_rest: bool,
    /// Which of the two may be used.
    pub preference: Preference,
    /// How long a request waits for the socket before it goes over REST.
    pub fallback_delay: Millis,
    /// Silence after which the socket is probed; a probe unanswered for as long again ends it.
    pub keep_alive: Millis,
    /// Polling interval while messages flow, and when idle or hidden.
    pub poll_interval: (Millis, Millis),
    /// Ceiling of the first pause between attempts, and of the last.
    pub backoff: (Millis, Millis),
    /// Value of the header `X-Project-ID`.
    pub project_id: String,
    /// Value of the header `Client-ID`.
    pub client_id: String,
    /// Whether connections need a token.
    pub authenticates: bool,
    /// A signature that every request on a socket carries instead: the entries of the header map, in MessagePack, and
    /// how many there are.
    pub signature: Option<(usize, Vec<u8>)>,
    /// Seed of the jitter.
    pub seed: u64,
}

impl Config {
    /// The defaults of `connect`, with no endpoint.
    pub fn for_tests() -> Config {
        Config {
            has_socket: false,
            has_rest: false,
            preference: Preference::Auto,
            fallback_delay: 300.0,
            keep_alive: 20_000.0,
            poll_interval: (1_000.0, 15_000.0),
            backoff: (250.0, 30_000.0),
            project_id: "project".into(),
            client_id: "3381af92-2b9e-11e3-b191-71861300734c".into(),
            authenticates: false,
            signature: None,
            seed: 1,
        }
    }
}
