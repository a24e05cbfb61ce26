//! What an engine is told when it is made.

use crate::named;
use crate::protocol::json::to_json;
use crate::protocol::limits::Rules;
use zaqar_codec::msgpack::Writer;

/// Milliseconds: a span, or a point on a clock that never goes back.
pub type Millis = f64;

/// When what is not planned is due.
pub const NEVER: Millis = f64::INFINITY;

named! {
    /// Which transports may be used.
    pub enum Preference as "Preference" {
        /// The socket, and REST while it is unavailable.
        Auto = "auto",
        /// The socket alone; REST only for what the socket cannot do.
        Socket = "websocket",
        /// REST alone.
        Polling = "polling",
    }
}

named! {
    /// How a socket's frames are written.
    pub enum Format as "Format" {
        /// The default.
        MessagePack = "msgpack",
        /// For debugging.
        Json = "json",
    }
}

impl Format {
    /// A frame of ours in this format: bytes of MessagePack, or of a text in UTF-8.
    pub(super) fn write(self, frame: Vec<u8>) -> Vec<u8> {
        match self {
            Format::MessagePack => frame,
            // a frame of ours always has JSON: the encoder refuses what has none
            Format::Json => to_json(&frame).unwrap_or_default().into_bytes(),
        }
    }
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
    /// The headers of every request on a socket, a MessagePack map of at most 14: `Client-ID`, `X-Project-ID`, and a
    /// signature if the client has one. The token is in none of them: Zaqar echoes them all.
    pub headers: Vec<u8>,
    /// Whether they have a signature.
    pub is_signed: bool,
    /// What may be asked of the server, as far as it is known. A subscription makes its queue: where the names of new queues may have no dots, tails
    /// of such a queue hear no doorbell and look by themselves.
    pub rules: Rules,
    /// How frames are written. The server answers each in the format in which it was asked.
    pub format: Format,
    /// Whether connections need a token.
    pub authenticates: bool,
    /// Seed of the jitter.
    pub seed: u64,
}

impl Config {
    /// The defaults of `connect`, with no endpoint. The client's id is a UUID of its own: Zaqar tells by it whose messages are
    /// whose. Clients that start together should have seeds that differ.
    pub fn new(client_id: &str, project_id: &str) -> Config {
        let mut headers = Writer::new();
        headers.map(2).text("Client-ID").text(client_id).text("X-Project-ID").text(project_id);
        Config {
            has_socket: false,
            has_rest: false,
            preference: Preference::Auto,
            fallback_delay: 300.0,
            keep_alive: 20_000.0,
            poll_interval: (1_000.0, 15_000.0),
            backoff: (250.0, 30_000.0),
            headers: headers.into_bytes(),
            is_signed: false,
            rules: Rules::default(),
            format: Format::MessagePack,
            authenticates: false,
            seed: 1,
        }
    }

    /// The same, with no more headers than a test looks at.
    pub fn for_tests() -> Config {
        // {"X-Project-ID": "project"}
        Config { headers: b"\x81\xacX-Project-ID\xa7project".to_vec(), ..Config::new("", "") }
    }
}
