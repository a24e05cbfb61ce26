//! What one schedule is like. Each draws which troubles it has at all, so that rare combinations have schedules of their own.

use zaqar_web::engine::{Config, Preference};
use zaqar_web::protocol::limits::Rules;

use crate::dice::Dice;

/// What may happen to the client, the network and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    SocketWeather,
    RestWeather,
    Cut,
    HalfOpen,
    Stall,
    KillSocketServer,
    KillRestServer,
    KillBoth,
    Offline,
    LongOutage,
    StoreDown,
    SlowPushes,
    StaleSubscriptions,
    DroppedSubscriptions,
    Freeze,
    BackForwardCache,
    Wake,
    Hide,
    /// The machine sleeps: its clock jumps.
    Sleep,
}

pub const TROUBLES: [Trouble; 19] = [
    Trouble::SocketWeather,
    Trouble::RestWeather,
    Trouble::Cut,
    Trouble::HalfOpen,
    Trouble::Stall,
    Trouble::KillSocketServer,
    Trouble::KillRestServer,
    Trouble::KillBoth,
    Trouble::Offline,
    Trouble::LongOutage,
    Trouble::StoreDown,
    Trouble::SlowPushes,
    Trouble::StaleSubscriptions,
    Trouble::DroppedSubscriptions,
    Trouble::Freeze,
    Trouble::BackForwardCache,
    Trouble::Wake,
    Trouble::Hide,
    Trouble::Sleep,
];

#[derive(Debug)]
pub struct Plan {
    pub config: Config,
    pub latency: f64,
    pub jitter: f64,
    /// Until when there is trouble.
    pub heals: f64,
    /// Until when anybody posts, deletes, claims or asks.
    pub calm: f64,
    /// When everything must be as promised.
    pub checked: f64,
    pub troubles: Vec<Trouble>,
    pub trouble_pause: f64,
    pub app_pause: f64,
    pub others_pause: f64,
    pub gc_pause: f64,
    /// How likely a message of others is to live only as long as it must.
    pub short_lived: f64,
    /// How likely others are to delete, claim, release, and to delete everything.
    pub deletes: f64,
    pub claims: f64,
    pub purges: f64,
    /// How long a token lives, where one is needed.
    pub token_life: Option<f64>,
    /// Whether the application watches the queues.
    pub watches: bool,
    /// Whether the application has consumers.
    pub consumes: bool,
    /// How many messages large posts of the application may have.
    pub batched: u32,
    /// When the application closes in the midst of it.
    pub closes: Option<f64>,
}

/// How long it may take to read what was posted in large posts, and the most that is.
const READING: f64 = 5_000.0;
const MOST_BATCHED: u32 = 5_000;

impl Plan {
    pub fn draw(seed: u64, dice: &mut Dice) -> Plan {
        let (has_socket, has_rest, preference) = match dice.below(20) {
            0 => (true, false, Preference::Auto),
            1 | 2 => (true, true, Preference::Socket),
            3 => (true, false, Preference::Socket),
            4 | 5 => (true, true, Preference::Polling),
            6 => (false, true, Preference::Auto),
            _ => (true, true, Preference::Auto),
        };
        let config = Config {
            has_socket,
            has_rest,
            preference,
            fallback_delay: dice.pick(&[300.0, 300.0, 100.0, 1_000.0]),
            keep_alive: dice.pick(&[20_000.0, 20_000.0, 5_000.0]),
            poll_interval: dice.pick(&[(1_000.0, 15_000.0), (1_000.0, 15_000.0), (300.0, 5_000.0)]),
            // the smaller, the more parts large posts have on the socket
            rules: Rules { max_messages_post_size: Some(dice.pick(&[262_144, 262_144, 1_000])), ..Rules::default() },
            authenticates: dice.chance(0.15),
            seed,
            ..Config::for_tests()
        };
        let token_life = config.authenticates.then(|| dice.pick(&[10_000.0, 60_000.0, 3_600_000.0]));
        let is_long = dice.chance(0.12);
        let heals = if is_long { dice.between(90_000.0, 260_000.0) } else { dice.between(3_000.0, 45_000.0) };
        let calm = heals + dice.between(2_000.0, 8_000.0);
        let checked = calm + (2.0 * config.keep_alive + 30_000.0).max(50_000.0);
        let mut troubles: Vec<Trouble> = Vec::new();
        for trouble in TROUBLES {
            let is_odd = trouble == Trouble::LongOutage && !is_long;
            if dice.chance(0.35) && !is_odd {
                troubles.push(trouble);
            }
        }
        let latency = dice.pick(&[1.0, 5.0, 30.0, 120.0]);
        let jitter = latency * dice.pick(&[0.1, 1.0, 4.0]);
        let busy = dice.pick(&[1.0, 1.0, 3.0]) * if is_long { 3.0 } else { 1.0 };
        // tails read twenty messages at once, one page after the other, and ask up to four times where all are hidden
        let most_read = (20.0 * READING / (2.0 * latency + jitter) / 4.0) as u32;
        Plan {
            config,
            latency,
            jitter,
            heals,
            calm,
            checked,
            troubles,
            trouble_pause: dice.between(800.0, 12_000.0) * busy,
            app_pause: dice.between(300.0, 2_500.0) * busy,
            others_pause: dice.between(100.0, 2_500.0) * busy,
            gc_pause: dice.between(3_000.0, 90_000.0),
            short_lived: dice.pick(&[0.0, 0.1, 0.5, 1.0]),
            deletes: dice.pick(&[0.0, 0.1, 0.3]),
            claims: dice.pick(&[0.0, 0.1, 0.25]),
            purges: dice.pick(&[0.0, 0.0, 0.02]),
            token_life,
            // of its own dice, so that a schedule without a watch is what it was before there were any
            watches: Dice::new(!seed).chance(0.25),
            consumes: dice.chance(0.4),
            batched: dice.pick(&[0, 0, 0, 0, 400, 400, MOST_BATCHED]).min(most_read),
            closes: dice.chance(0.15).then(|| dice.between(0.0, heals)),
        }
    }
}
