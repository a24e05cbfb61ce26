//! The network between the client and the two fronts: what becomes of a socket, a frame, an HTTP exchange.

use std::collections::BTreeMap;

use zaqar_web::protocol::action::Action;

use crate::dice::Dice;

/// What a socket that is opened meets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SocketWeather {
    Fine,
    /// It is refused, or forbidden.
    Refused,
    /// Its handshake is swallowed: nothing ever comes.
    Swallowed,
    /// It opens, and then nothing comes.
    Mute,
    /// It opens, and is cut after so long.
    Short(f64),
}

/// What an HTTP request meets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RestWeather {
    Fine,
    Refused,
    /// Nothing comes back, whether the server has got it or not.
    Silent,
    /// Some fail, before or after the server has done them.
    Lossy,
    /// 503 or 429 with `Retry-After`.
    Busy,
    /// A proxy answers instead of the server.
    BadGateway,
    /// A portal answers everything with its own page.
    Portal,
    /// Everything is redirected.
    Redirects,
    /// Some answers end in the middle.
    CutOff,
}

/// What becomes of one HTTP request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    Answered,
    /// Fails; whether the server does it.
    Fails(bool),
    /// No answer; whether the server does it.
    Silence(bool),
    /// A page with this status and `Retry-After`; whether the server does it all the same.
    Page(u16, Option<f64>, bool),
    Redirected,
    /// The server does it, and its answer ends in the middle.
    CutOff,
}

/// One socket.
#[derive(Debug)]
pub struct Line {
    /// Whether the client has it: it has not closed it, nor was it told of its end.
    pub is_held: bool,
    pub is_open: bool,
    pub to_server: bool,
    pub to_client: bool,
    /// Until when nothing passes.
    pub stalled_until: f64,
    /// When the last frame in each direction arrives.
    pub up: f64,
    pub down: f64,
    /// Which life of the socket server it belongs to.
    pub life: u32,
    pub authenticated_until: f64,
    pub answers: u32,
}

impl Line {
    pub fn is_sound(&self) -> bool {
        self.to_server && self.to_client
    }
}

/// One HTTP exchange.
#[derive(Debug)]
pub struct Exchange {
    pub action: Action,
    /// In which life of the server it began.
    pub life: u32,
    /// The claim that it renews or gives back.
    pub claim: Option<String>,
}

/// One of the two servers' processes.
#[derive(Debug, Default)]
pub struct Process {
    pub down_until: f64,
    /// How often it was killed.
    pub life: u32,
}

#[derive(Debug)]
pub struct Network {
    pub latency: f64,
    pub jitter: f64,
    pub socket: SocketWeather,
    pub socket_until: f64,
    pub rest: RestWeather,
    pub rest_until: f64,
    pub lines: BTreeMap<u32, Line>,
    /// The HTTP exchanges whose answer the client waits for.
    pub exchanges: BTreeMap<u32, Exchange>,
    pub socket_server: Process,
    pub rest_server: Process,
    /// Until when REST was told to be left alone.
    pub retry_until: f64,
    /// Until when notifications are held up in the server.
    pub pushes_until: f64,
}

impl Network {
    pub fn new(latency: f64, jitter: f64) -> Network {
        Network {
            latency,
            jitter,
            socket: SocketWeather::Fine,
            socket_until: 0.0,
            rest: RestWeather::Fine,
            rest_until: 0.0,
            lines: BTreeMap::new(),
            exchanges: BTreeMap::new(),
            socket_server: Process::default(),
            rest_server: Process::default(),
            retry_until: 0.0,
            pushes_until: 0.0,
        }
    }

    /// The time that one way takes.
    pub fn way(&self, dice: &mut Dice) -> f64 {
        self.latency + dice.fraction() * self.jitter
    }

    /// A new socket, its handshake under way.
    pub fn dial(&mut self, now: f64, link: u32) {
        let is_mute = self.socket == SocketWeather::Mute;
        let line = Line {
            is_held: true,
            is_open: false,
            to_server: !is_mute,
            to_client: !is_mute,
            stalled_until: 0.0,
            up: now,
            down: now,
            life: self.socket_server.life,
            authenticated_until: f64::NEG_INFINITY,
            answers: 0,
        };
        self.lines.insert(link, line);
    }

    /// What an HTTP request will meet.
    pub fn fate(&self, now: f64, dice: &mut Dice) -> Fate {
        if self.rest_server.down_until > now {
            return Fate::Fails(false);
        }
        match self.rest {
            RestWeather::Fine => Fate::Answered,
            RestWeather::Refused => Fate::Fails(false),
            RestWeather::Silent => Fate::Silence(dice.chance(0.5)),
            RestWeather::Lossy if dice.chance(0.4) => Fate::Answered,
            RestWeather::Lossy => Fate::Fails(dice.chance(0.5)),
            RestWeather::Busy => {
                let pause = dice.chance(0.8).then(|| 1_000.0 * (1 + dice.below(4)) as f64);
                match dice.chance(0.5) {
                    true => Fate::Page(503, pause, dice.chance(0.2)),
                    false => Fate::Page(429, pause, false),
                }
            }
            RestWeather::BadGateway => Fate::Page(dice.pick(&[502, 504, 522]), None, dice.chance(0.5)),
            RestWeather::Portal => Fate::Page(200, None, false),
            RestWeather::Redirects => Fate::Redirected,
            RestWeather::CutOff => dice.pick(&[Fate::CutOff, Fate::Answered]),
        }
    }

    /// The sockets that the client holds.
    pub fn held(&self) -> impl Iterator<Item = u32> + '_ {
        self.lines.iter().filter(|(_, line)| line.is_held).map(|(link, _)| *link)
    }
}
