//! The world of one schedule: virtual time, the events in it, and the driver that the engine's contract asks for.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use zaqar_codec::scan::Scanner;
use zaqar_web::engine::{ConsumerId, Engine, JobId, LinkId, Output};

use crate::answer::HttpText;
use crate::app::App;
use crate::call::{self, Call, What};
use crate::dice::Dice;
use crate::network::{Exchange, Fate, Network};
use crate::page::Page;
use crate::plan::Plan;
use crate::server::{Front, Server};
use crate::vigil::Vigil;
use crate::watching::WatchWatch;

pub enum Event {
    // what reaches the client
    Opened(u32),
    Frame(u32, Vec<u8>),
    Closed(u32, u16),
    Http(u32, HttpText, Option<f64>),
    HttpFailed(u32),
    Redirected(u32),
    Timer(u64),
    Token(Option<String>),
    /// A handler of a consumer comes to its end.
    Returns(ConsumerId, JobId),
    Act,
    // what reaches the server
    Arrives(u32, Vec<u8>),
    /// What is asked over REST, with the token that goes with it.
    Requested(u32, Call, Option<Vec<u8>>, Fate),
    /// Messages become visible; for the exchange that posted them, if it is the client's.
    Commit(Call, f64, Option<(u32, Fate)>),
    Push(u32, String),
    Cut(u32),
    TokenEnds(u32),
    // what happens
    Trouble,
    Relief,
    /// The page is told that the machine has slept.
    Wake,
    Others,
    Collect,
    Heal,
    Calm,
    Check,
}

struct Planned {
    at: f64,
    number: u64,
    event: Event,
}

impl PartialEq for Planned {
    fn eq(&self, other: &Planned) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Planned {}
impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Planned) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Planned {
    fn cmp(&self, other: &Planned) -> Ordering {
        other.at.total_cmp(&self.at).then(other.number.cmp(&self.number))
    }
}

pub struct World {
    pub now: f64,
    planned: BinaryHeap<Planned>,
    numbers: u64,
    pub dice: Dice,
    pub plan: Plan,
    pub server: Server,
    pub network: Network,
    pub page: Page,
    pub engine: Engine,
    pub scanner: Scanner,
    pub app: App,
    pub vigil: Vigil,
    pub is_healed: bool,
    is_over: bool,
}

impl World {
    pub fn new(seed: u64) -> World {
        let mut dice = Dice::new(seed);
        let plan = Plan::draw(seed, &mut dice);
        let mut world = World {
            now: 0.0,
            planned: BinaryHeap::new(),
            numbers: 0,
            server: Server::new(dice.between(0.0, 1_000.0)),
            network: Network::new(plan.latency, plan.jitter),
            page: Page::default(),
            engine: Engine::new(plan.config.clone()),
            scanner: Scanner::new(),
            app: App::new(&plan),
            vigil: Vigil::new(&plan),
            is_healed: false,
            is_over: false,
            dice,
            plan,
        };
        world.server.tokens = world.plan.token_life.map(|_| Vec::new());
        world.furnish();
        world
    }

    /// Lets it all happen; panics where a promise is broken.
    pub fn run(mut self) -> Vigil {
        self.engine.start(0.0);
        if self.plan.watches {
            self.app.watch = Some(WatchWatch::open(0.0, &mut self.engine, &mut Dice::new(self.plan.config.seed)));
        }
        self.pump();
        while let Some(Planned { at, number, event }) = self.planned.pop() {
            self.now = at;
            match self.page.holds(at, &event) {
                // what has waited keeps its place in the order
                Some(until) => self.planned.push(Planned { at: until, number, event }),
                None => self.happen(event),
            }
            self.vigil.look(self.now, &self.plan, &self.network, &self.server, &self.page, &self.engine);
            if self.is_over {
                break;
            }
        }
        self.vigil.tally.messages = self.server.store.messages.len();
        self.vigil
    }

    pub fn at(&mut self, at: f64, event: Event) {
        self.numbers += 1;
        self.planned.push(Planned { at, number: self.numbers, event });
    }

    pub fn after(&mut self, pause: f64, event: Event) {
        self.at(self.now + pause, event);
    }

    /// Puts off all that is planned but the timer, which rings as soon as the page can hear it.
    pub fn put_all_off(&mut self, span: f64) {
        let put_off = |planned: Planned| match planned.event {
            Event::Timer(_) => planned,
            // a message that is being stored is posted when the sleep is over: no server takes so long
            Event::Commit(call, posted, answers) => {
                Planned { at: planned.at + span, event: Event::Commit(call, posted + span, answers), ..planned }
            }
            _ => Planned { at: planned.at + span, ..planned },
        };
        self.planned = std::mem::take(&mut self.planned).into_iter().map(put_off).collect();
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Opened(link) => self.opened(link),
            Event::Frame(link, bytes) => self.frame(link, &bytes),
            Event::Closed(link, code) => self.closed(link, code),
            Event::Http(link, answer, retry_after) => self.http(link, &answer, retry_after),
            Event::HttpFailed(link) => self.http_failed(link),
            Event::Redirected(link) => self.redirected(link),
            Event::Timer(number) => self.timer(number),
            Event::Act => self.act(),
            Event::Returns(consumer, job) => self.returns(consumer, job),
            Event::Arrives(link, frame) => self.arrives(link, &frame),
            Event::Requested(link, call, token, fate) => self.requested(link, call, token.as_deref(), fate),
            Event::Commit(call, posted, answers) => self.commit(&call, posted, answers),
            Event::Push(link, queue) => self.push(link, &queue),
            Event::Cut(link) => self.cut(link),
            Event::TokenEnds(link) => self.token_ends(link),
            Event::Token(token) => self.give_token(token),
            Event::Trouble => self.trouble(),
            Event::Relief => self.relieve(),
            Event::Wake => self.wake(),
            Event::Others => self.others(),
            Event::Collect => {
                self.server.store.collect(self.now);
                if self.now < self.plan.calm {
                    let pause = self.dice.pause(self.plan.gc_pause);
                    self.after(pause, Event::Collect);
                }
            }
            Event::Heal => self.heal(),
            Event::Calm => {
                self.server.store.collect(self.now);
                self.app.settle_down(self.now, &mut self.engine);
                self.pump();
            }
            Event::Check => self.check(),
        }
    }

    // the driver

    /// Does all that the engine asks for, and sets its timer.
    pub fn pump(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            self.vigil.saw_output(self.now, &output);
            self.put_out(output);
        }
        for (at, consumer, job) in std::mem::take(&mut self.app.workers.returns) {
            self.at(at, Event::Returns(consumer, job));
        }
        self.vigil.drained(&self.engine, &self.network);
        let wanted = self.engine.poll_timeout();
        if let Some((number, at)) = self.page.set_timer(self.now, wanted) {
            self.at(at, Event::Timer(number));
        }
    }

    fn put_out(&mut self, output: Output) {
        match output {
            Output::Connect(LinkId(link)) => self.dial(link),
            Output::Send(LinkId(link), frame) => {
                if let Some(number) = call::post_in(&frame) {
                    self.server.posts.sent(number, Front::Socket(link));
                }
                let way = self.network.way(&mut self.dice);
                let line = self.network.lines.get_mut(&link).expect("a frame is sent on a socket");
                assert!(line.is_held && line.is_open, "a frame is sent on a socket that is not open");
                line.up = line.up.max(self.now + way).max(line.stalled_until);
                let at = line.up;
                self.at(at, Event::Arrives(link, frame));
            }
            Output::Disconnect(LinkId(link)) => {
                let line = self.network.lines.get_mut(&link).expect("a socket is closed");
                line.is_held = false;
                line.to_client = false;
                let at = line.up.max(self.now + self.network.latency);
                self.at(at, Event::Cut(link));
            }
            Output::Fetch(LinkId(link), action, exchange) => {
                let fate = self.network.fate(self.now, &mut self.dice);
                let call = call::on_rest(&exchange);
                let claim = match &call.what {
                    What::ClaimUpdate { claim, .. } | What::ClaimDelete { claim } => Some(claim.clone()),
                    _ => None,
                };
                if let What::Post(post) = &call.what {
                    self.server.posts.sent(post.request, Front::Rest);
                }
                let life = self.network.rest_server.life;
                self.network.exchanges.insert(link, Exchange { action, life, claim });
                let way = self.network.way(&mut self.dice);
                match fate {
                    Fate::Fails(false) => self.after(2.0 * way, Event::HttpFailed(link)),
                    _ => {
                        let token = self.engine.token().map(<[u8]>::to_vec);
                        self.after(way, Event::Requested(link, call, token, fate));
                    }
                }
            }
            Output::CancelFetch(LinkId(link)) => {
                self.network.exchanges.remove(&link);
            }
            Output::WantToken(_) => {
                let token = self.dice.chance(0.9).then(|| format!("token-{}", self.dice.bits()));
                let pause = self.dice.between(1.0, 300.0);
                self.after(pause, Event::Token(token));
            }
            other => self.app.told(self.now, other, &mut self.server, &mut self.vigil),
        }
    }

    /// The application gives a token, or has none at the moment.
    fn give_token(&mut self, token: Option<String>) {
        let life = self.plan.token_life.unwrap_or(f64::INFINITY);
        match token.or_else(|| self.server.tokens.as_ref().is_none_or(Vec::is_empty).then(|| "token".to_owned())) {
            Some(token) => {
                if let Some(tokens) = &mut self.server.tokens {
                    tokens.push((token.clone(), self.now + life));
                }
                self.engine.handle_token(self.now, token.into(), life);
            }
            None => self.engine.handle_token_failure(self.now, true),
        }
        self.pump();
    }

    fn timer(&mut self, number: u64) {
        if !self.page.fires(number) {
            return;
        }
        self.engine.handle_timeout(self.now);
        self.pump();
        self.vigil.timer_fired(self.now, self.engine.poll_timeout());
    }

    fn returns(&mut self, consumer: ConsumerId, job: JobId) {
        let World { now, app, server, engine, vigil, .. } = self;
        app.workers.returns(*now, (consumer, job), server, engine, vigil);
        self.pump();
    }

    fn act(&mut self) {
        if self.app.is_closing || self.now >= self.plan.calm {
            return;
        }
        if self.plan.closes.is_some_and(|at| at <= self.now) {
            self.app.close(self.now, &mut self.engine, &mut self.dice);
        } else {
            self.app.act(self.now, &mut self.engine, &mut self.server, &mut self.dice);
            let pause = self.dice.pause(self.plan.app_pause);
            self.after(pause, Event::Act);
        }
        self.pump();
    }

    // the end

    fn check(&mut self) {
        if self.app.is_closing {
            self.app.check_closed(&self.engine, &self.server);
            self.is_over = true;
            return;
        }
        let held: Vec<u32> = self.network.held().collect();
        self.app.check(self.now, &self.engine, &self.server, &held, &mut self.vigil);
        self.vigil.check_quiet(&self.engine, &self.app);
        self.app.close(self.now, &mut self.engine, &mut self.dice);
        self.pump();
        self.after(10_000.0, Event::Check);
    }
}
