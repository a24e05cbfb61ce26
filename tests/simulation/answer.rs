//! What the server answers, as its two fronts tell it: the body of a frame, or status, `Location` and JSON of an HTTP answer.

use std::fmt::Write;

use zaqar_codec::msgpack::Writer;

use crate::store::{QUEUES, Store};

/// What a call came to.
#[derive(Debug)]
pub enum Told {
    /// Nothing but the status.
    Done(u16),
    Refused(u16, &'static str),
    /// What the store threw: the socket tells it, REST hides it.
    Failed(&'static str),
    Unauthenticated(&'static str),
    Health,
    Queues(Vec<&'static str>),
    /// Metadata: the name of the queue, so that each answer differs.
    Queue(String),
    Stats(Option<Stats>),
    /// The places of the messages in the store, as in all that follow.
    Posted(Vec<usize>),
    Page(Vec<usize>),
    /// Found by their ids, or popped: there is no next page.
    Found(Vec<usize>),
    Message(usize),
    Claimed(usize),
    NothingToClaim,
    Claim(usize),
    Subscribed(String),
    SubscribedBefore,
    Shared,
}

#[derive(Debug)]
pub struct Stats {
    pub total: usize,
    /// The oldest and the newest message.
    pub ends: Option<(usize, usize)>,
}

/// An HTTP answer: what of it the driver reads.
#[derive(Clone, Debug)]
pub struct HttpText {
    pub status: u16,
    pub location: Option<String>,
    pub text: String,
}

impl Told {
    /// The status, and the body of a frame.
    pub fn on_socket(&self, now: f64, store: &Store) -> (u16, Vec<u8>) {
        let mut body = Writer::new();
        let status = match self {
            Told::Done(status) => {
                body.map(0);
                *status
            }
            Told::Refused(status, why) => {
                body.map(2).text("exception").text(*why).text("error").nil();
                *status
            }
            Told::Failed(what) => {
                body.map(2).text("exception").text(*what).text("error").text("Unexpected error.");
                500
            }
            Told::Unauthenticated(why) => {
                body.map(1).text("error").text(*why);
                if *why == "Authentication failed." { 401 } else { 403 }
            }
            Told::Health | Told::Shared => unreachable!("only REST can do this"),
            Told::Queues(names) => {
                body.map(1).text("queues").array(names.len());
                for name in names {
                    body.map(1).text("name").text(name);
                }
                200
            }
            Told::Queue(name) => {
                body.map(1).text("name").text(name);
                200
            }
            Told::Stats(stats) => {
                let ends = stats.as_ref().and_then(|stats| stats.ends);
                let total = stats.as_ref().map_or(0, |stats| stats.total) as u32;
                body.map(1).text("messages").map(if ends.is_some() { 5 } else { 3 });
                body.text("claimed").number(0).text("free").number(total).text("total").number(total);
                if let Some((first, last)) = ends {
                    body.text("oldest");
                    message(&mut body, now, store, first, None);
                    body.text("newest");
                    message(&mut body, now, store, last, None);
                }
                if stats.is_some() { 200 } else { 404 }
            }
            Told::Posted(places) => {
                body.map(1).text("message_ids").array(places.len());
                for place in places {
                    body.text(&store.messages[*place].id);
                }
                201
            }
            Told::Page(places) | Told::Found(places) => {
                body.map(1);
                messages(&mut body, now, store, places, None);
                200
            }
            Told::Message(place) => {
                body.map(1).text("messages");
                message(&mut body, now, store, *place, None);
                200
            }
            Told::Claimed(claim) => {
                let claim = &store.claims[*claim];
                body.map(2).text("claim_id").text(&claim.id);
                messages(&mut body, now, store, &claim.messages, Some(&claim.id));
                201
            }
            Told::NothingToClaim => {
                body.map(1).text("claim_id").nil();
                204
            }
            Told::Claim(claim) => {
                let held = store.held_by(now, *claim);
                let claim = &store.claims[*claim];
                body.map(3).text("age").number(claim.age(now)).text("ttl").number(claim.ttl);
                messages(&mut body, now, store, &held, Some(&claim.id));
                200
            }
            Told::Subscribed(id) => {
                body.map(2).text("subscription_id").text(id).text("message").text("created");
                201
            }
            Told::SubscribedBefore => {
                body.text("Subscription not created.");
                409
            }
        };
        (status, body.into_bytes())
    }

    /// The answer of the REST server. `queue` is the one that was asked about.
    pub fn on_rest(&self, now: f64, store: &Store, queue: &str) -> HttpText {
        let row = |place: usize| Row { now, store, place };
        match self {
            Told::Done(status) => HttpText::new(*status, String::new()),
            Told::Refused(status, why) => HttpText::refusal(*status, "Bad request", why),
            Told::Failed(_) => HttpText::refusal(503, "Service temporarily unavailable", "Please try again."),
            Told::Unauthenticated(why) => {
                HttpText::new(401, format!(r#"{{"error":{{"code":401,"title":"Unauthorized","message":"{why}"}}}}"#))
            }
            Told::Health => {
                HttpText::new(200, r#"{"catalog_reachable":true,"redis":{"storage_reachable":true}}"#.into())
            }
            Told::Queues(names) => {
                let row = |name: &&str| format!(r#"{{"name":"{name}","href":"/v2/queues/{name}"}}"#);
                let rows: Vec<String> = names.iter().map(row).collect();
                HttpText::new(200, format!(r#"{{"queues":[{}],"links":[]}}"#, rows.join(",")))
            }
            Told::Queue(name) => HttpText::new(
                200,
                format!(r#"{{"name":"{name}","_max_messages_post_size":262144,"_default_message_ttl":3600}}"#),
            ),
            Told::Stats(stats) => {
                let total = stats.as_ref().map_or(0, |stats| stats.total);
                let mut text = format!(r#"{{"messages":{{"claimed":0,"free":{total},"total":{total}"#);
                if let Some((first, last)) = stats.as_ref().and_then(|stats| stats.ends) {
                    write(&mut text, format_args!(r#","oldest":{},"newest":{}"#, row(first), row(last)));
                }
                text.push_str("}}");
                HttpText::new(200, text)
            }
            Told::Posted(places) => {
                let (mut location, mut text) =
                    (format!("/v2/queues/{queue}/messages?ids="), "{\"resources\":[".to_owned());
                for (index, place) in places.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    let id = &store.messages[*place].id;
                    write(&mut location, format_args!("{comma}{id}"));
                    write(&mut text, format_args!("{comma}\"/v2/queues/{queue}/messages/{id}\""));
                }
                text.push_str("]}");
                HttpText { location: Some(location), ..HttpText::new(201, text) }
            }
            Told::Page(places) => {
                let next = places.last().map(|last| &store.messages[*last].id);
                let next = next.map_or(String::new(), |marker| {
                    format!(
                        r#"{{"rel":"next","href":"/v2/queues/{queue}/messages?limit=20&marker={marker}&echo=True"}}"#
                    )
                });
                HttpText::new(200, format!(r#"{{"messages":{},"links":[{next}]}}"#, Rows(now, store, places)))
            }
            Told::Found(places) => HttpText::new(200, format!(r#"{{"messages":{}}}"#, Rows(now, store, places))),
            Told::Message(place) => HttpText::new(200, row(*place).to_string()),
            Told::Claimed(claim) => {
                let claim = &store.claims[*claim];
                let text = format!(r#"{{"messages":{}}}"#, Rows(now, store, &claim.messages));
                let location = Some(format!("/v2/queues/{queue}/claims/{}", claim.id));
                HttpText { location, ..HttpText::new(201, text) }
            }
            Told::NothingToClaim => HttpText::new(204, String::new()),
            Told::Claim(claim) => {
                let held = store.held_by(now, *claim);
                let claim = &store.claims[*claim];
                let (id, age, ttl, rows) = (&claim.id, claim.age(now), claim.ttl, Rows(now, store, &held));
                let href = format!("/v2/queues/{queue}/claims/{id}");
                HttpText::new(200, format!(r#"{{"age":{age},"ttl":{ttl},"messages":{rows},"href":"{href}"}}"#))
            }
            Told::Subscribed(id) => HttpText::new(201, format!(r#"{{"subscription_id":"{id}"}}"#)),
            Told::SubscribedBefore => HttpText::refusal(409, "Conflict", "Such subscription already exists."),
            Told::Shared => HttpText::new(
                200,
                format!(
                    r#"{{"paths":["/v2/queues/{queue}/messages"],"methods":["GET"],"signature":"518b51ea133c4facadae42c328d6b77b"}}"#
                ),
            ),
        }
    }
}

impl HttpText {
    fn new(status: u16, text: String) -> HttpText {
        HttpText { status, location: None, text }
    }

    fn refusal(status: u16, title: &str, why: &str) -> HttpText {
        HttpText::new(status, format!(r#"{{"title":"{title}","description":"{why}"}}"#))
    }

    /// What a proxy says in the place of the server.
    pub fn of_proxy(status: u16) -> HttpText {
        HttpText::new(status, format!("<html><head><title>{status}</title></head><body>nginx</body></html>"))
    }

    /// Bytes of the headers that are read here, and of others.
    pub fn headers(&self) -> usize {
        OTHER_HEADERS + self.location.as_ref().map_or(0, String::len)
    }
}

/// Of CORS, dates, the request's id.
const OTHER_HEADERS: usize = 600;

// ──────────────────────────────────────────────────────────────────────────────────────────────── messages

fn messages(body: &mut Writer, now: f64, store: &Store, places: &[usize], claim: Option<&str>) {
    body.text("messages").array(places.len());
    for place in places {
        message(body, now, store, *place, claim);
    }
}

/// A message on the socket: it tells of a claim only in answers about that.
fn message(body: &mut Writer, now: f64, store: &Store, place: usize, claim: Option<&str>) {
    let message = &store.messages[place];
    body.map(5).text("id").text(&message.id).text("claim_id");
    match claim {
        Some(claim) => body.text(claim),
        None => body.nil(),
    };
    body.text("ttl").number(message.ttl).text("age").number(store.age(now, place));
    body.text("body").number(message.body());
}

/// A message over REST, whose place names the claim that holds it.
struct Row<'a> {
    now: f64,
    store: &'a Store,
    place: usize,
}

impl std::fmt::Display for Row<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let message = &self.store.messages[self.place];
        let (id, queue) = (&message.id, QUEUES[message.queue]);
        write!(out, r#"{{"id":"{id}","href":"/v2/queues/{queue}/messages/{id}"#)?;
        if let Some(claim) = self.store.claim_on(self.now, self.place) {
            write!(out, "?claim_id={claim}")?;
        }
        let (age, ttl, body) = (self.store.age(self.now, self.place), message.ttl, message.body());
        write!(out, r#"","ttl":{ttl},"age":{age},"body":{body}}}"#)
    }
}

struct Rows<'a>(f64, &'a Store, &'a [usize]);

impl std::fmt::Display for Rows<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Rows(now, store, places) = *self;
        out.write_char('[')?;
        for (index, place) in places.iter().enumerate() {
            if index > 0 {
                out.write_char(',')?;
            }
            Row { now, store, place: *place }.fmt(out)?;
        }
        out.write_char(']')
    }
}

fn write(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("a text takes all");
}
