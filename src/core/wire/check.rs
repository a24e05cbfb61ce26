//! What must not be sent.
//!
//! Zaqar answers some requests by dropping the connection, by a failure that says nothing, or by keeping what breaks
//! others. Those are refused here, with the limits of a server in its default configuration, before anything is sent.
//! Message bodies are not looked at: the encoder in JavaScript refuses what may not be in them.

use super::msgpack::{Reader, Token};
use super::size::size_of;
use crate::core::action::Action;
use crate::core::error::Code;

/// Why a request is not sent. JavaScript says `${field} ${why}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// [`Code::InvalidArgument`] or [`Code::TooLarge`]
    pub code: Code,
    /// the key in the request's body, or `body` itself
    pub field: &'static str,
    /// the rest of the sentence
    pub why: &'static str,
}

/// What the application allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Queues with a dot in their name may be created and posted to.
    pub allow_dots: bool,
}

/// Refuses what a server with default limits would refuse, or worse.
///
/// ```
/// use zaqar_web::core::{action::Action, wire::{check::{check, Rules}, msgpack::Writer}};
///
/// let mut body = Writer::new();
/// body.map(2).text("queue_name").text("fax").text("ttl").number(5);
/// let refusal = check(Action::ClaimCreate, &body.into_bytes(), &Rules::default()).unwrap_err();
/// assert_eq!((refusal.field, refusal.why), ("ttl", "must be a whole number of seconds from 60 to 43200"));
/// ```
pub fn check(action: Action, body: &[u8], rules: &Rules) -> Result<(), Refusal> {
    let fields = fields(action);
    if body.is_empty() && fields.is_empty() {
        return Ok(());
    }
    let mut given = 0u32;
    let no_map = refusal("body", "must be a map");
    let mut reader = Reader::new(body);
    each_entry(&mut reader, no_map, |key, reader| {
        let Some(index) = fields.iter().position(|field| field.key.as_bytes() == key) else {
            return Err(refusal("body", "has a key that this action does not take"));
        };
        given |= 1 << index;
        match fields[index].is {
            Kind::Messages => messages(reader, rules),
            is => is.check(fields[index].key, Reader::new(reader.value().ok_or(no_map)?), rules),
        }
    })?;
    if !reader.rest().is_empty() {
        return Err(no_map);
    }
    let missing = fields.iter().enumerate().find(|(index, field)| field.needed && given & 1 << index == 0);
    match missing {
        Some((_, field)) => Err(refusal(field.key, "is missing")),
        None => together(action, Reader::new(body)),
    }
}

/// A key of a request's body.
struct Field {
    key: &'static str,
    is: Kind,
    needed: bool,
}

const fn must(key: &'static str, is: Kind) -> Field {
    Field { key, is, needed: true }
}

const fn may(key: &'static str, is: Kind) -> Field {
    Field { key, is, needed: false }
}

/// What a value must be.
#[derive(Clone, Copy)]
enum Kind {
    /// the name of a queue that the action may bring into being
    NewQueue,
    /// the name of a queue that it only reads, changes or deletes
    Queue,
    /// part of a path on REST
    Id,
    /// 1 to 20 of them
    Ids,
    /// any text
    Text,
    /// a text that is not empty
    SomeText,
    Boolean,
    /// a whole number, and how to say so
    Number(i64, i64, &'static str),
    Map,
    /// one or more texts of these
    Choice(&'static [&'static str], &'static str),
    /// one or more texts
    Texts,
    Metadata,
    Messages,
    Changes,
    Subscriber,
    Options,
    /// `YYYY-MM-DDThh:mm:ss`
    Time,
}

const LIMIT: Kind = Kind::Number(1, 20, "must be a whole number from 1 to 20");
const MESSAGE_TTL: Kind = Kind::Number(60, 1_209_600, "must be a whole number of seconds from 60 to 1209600");
const DELAY: Kind = Kind::Number(0, 900, "must be a whole number of seconds from 0 to 900");
const LEASE: Kind = Kind::Number(60, 43_200, "must be a whole number of seconds from 60 to 43200");
const SUBSCRIPTION_TTL: Kind = Kind::Number(60, u32::MAX as i64, "must be a whole number of seconds, 60 or more");
const POST_SIZE: Kind = Kind::Number(1, 262_144, "must be a whole number from 1 to 262144");
const COUNT: Kind = Kind::Number(0, u32::MAX as i64, "must be a whole number, 0 or more");

const RESOURCES: Kind = Kind::Choice(&["messages", "subscriptions"], "must be a list of messages and subscriptions");
const PATHS: Kind =
    Kind::Choice(&["messages", "claims", "subscriptions"], "must be a list of messages, claims and subscriptions");
const METHODS: Kind = Kind::Choice(
    &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    "must be a list of GET, HEAD, POST, PUT, PATCH, DELETE",
);

const QUEUE: Field = must("queue_name", Kind::Queue);
const NEW_QUEUE: Field = must("queue_name", Kind::NewQueue);
const PAGE_LIMIT: Field = may("limit", LIMIT);
const MARKER: Field = may("marker", Kind::Text);
const DETAILED: Field = may("detailed", Kind::Boolean);
const MESSAGE_ID: Field = must("message_id", Kind::Id);
const CLAIM_ID: Field = must("claim_id", Kind::Id);
const SUBSCRIPTION_ID: Field = must("subscription_id", Kind::Id);
const SUBSCRIBER: Field = may("subscriber", Kind::Subscriber);
const TTL: Field = may("ttl", SUBSCRIPTION_TTL);
const OPTIONS: Field = may("options", Kind::Options);
const LEASE_TTL: Field = may("ttl", LEASE);
const GRACE: Field = may("grace", LEASE);
const POOL: Field = must("pool_name", Kind::Id);
const FLAVOR: Field = must("flavor_name", Kind::Id);
const POOL_LIST: Field = must("pool_list", Kind::Texts);
const CAPABILITIES: Field = may("capabilities", Kind::Texts);
const POOL_FLAVOR: Field = may("flavor", Kind::Text);
const POOL_OPTIONS: Field = may("options", Kind::Map);

/// The keys that an action takes. The server picks up some of another action's keys, and fails at them.
fn fields(action: Action) -> &'static [Field] {
    match action {
        Action::Ping | Action::Authenticate | Action::Health => &[],
        Action::QueueCreate => const { &[NEW_QUEUE, may("metadata", Kind::Metadata)] },
        Action::QueueList | Action::PoolList | Action::FlavorList => &[PAGE_LIMIT, MARKER, DETAILED],
        Action::QueueGet | Action::QueueGetStats | Action::QueueDelete => &[QUEUE],
        Action::QueuePurge => const { &[QUEUE, may("resource_types", RESOURCES)] },
        Action::QueueUpdate => const { &[QUEUE, must("changes", Kind::Changes)] },
        Action::QueueShare => {
            const { &[QUEUE, may("paths", PATHS), may("methods", METHODS), may("expires", Kind::Time)] }
        }
        Action::MessagePost => const { &[NEW_QUEUE, must("messages", Kind::Messages)] },
        Action::MessageList => {
            const {
                &[
                    QUEUE,
                    PAGE_LIMIT,
                    MARKER,
                    may("echo", Kind::Boolean),
                    may("include_claimed", Kind::Boolean),
                    may("include_delayed", Kind::Boolean),
                ]
            }
        }
        Action::MessageGet => &[QUEUE, MESSAGE_ID],
        Action::MessageGetMany => const { &[QUEUE, must("message_ids", Kind::Ids)] },
        Action::MessageDelete => const { &[QUEUE, MESSAGE_ID, may("claim_id", Kind::Id)] },
        Action::MessageDeleteMany => const { &[QUEUE, may("message_ids", Kind::Ids), may("pop", LIMIT)] },
        Action::ClaimCreate => &[QUEUE, LEASE_TTL, GRACE, PAGE_LIMIT],
        Action::ClaimGet | Action::ClaimDelete => &[QUEUE, CLAIM_ID],
        Action::ClaimUpdate => &[QUEUE, CLAIM_ID, LEASE_TTL, GRACE],
        Action::SubscriptionCreate => &[NEW_QUEUE, SUBSCRIBER, TTL, OPTIONS],
        Action::SubscriptionList => &[QUEUE, PAGE_LIMIT, MARKER],
        Action::SubscriptionGet | Action::SubscriptionDelete => &[QUEUE, SUBSCRIPTION_ID],
        Action::SubscriptionUpdate => &[QUEUE, SUBSCRIPTION_ID, SUBSCRIBER, TTL, OPTIONS],
        Action::PoolCreate => {
            const { &[POOL, must("uri", Kind::SomeText), must("weight", COUNT), POOL_FLAVOR, POOL_OPTIONS] }
        }
        Action::PoolUpdate => {
            const { &[POOL, may("uri", Kind::SomeText), may("weight", COUNT), POOL_FLAVOR, POOL_OPTIONS] }
        }
        Action::PoolGet => &[POOL, DETAILED],
        Action::PoolDelete => &[POOL],
        Action::FlavorCreate | Action::FlavorUpdate => &[FLAVOR, POOL_LIST, CAPABILITIES],
        Action::FlavorGet => &[FLAVOR, DETAILED],
        Action::FlavorDelete => &[FLAVOR],
    }
}

/// What no key alone can tell.
fn together(action: Action, body: Reader<'_>) -> Result<(), Refusal> {
    match action {
        Action::MessageDeleteMany if body.field("message_ids").is_some() == body.field("pop").is_some() => {
            Err(refusal("message_ids", "or pop must be given, and not both"))
        }
        // A webhook may be sent any text; a socket's notification that is no JSON blocks the server for minutes. Nothing
        // here makes the one or reads the other, so a reader of JSON would be for nothing.
        Action::SubscriptionCreate if body.field("subscriber").is_none() => {
            match body.field("options").and_then(|options| options.field("post_data")) {
                Some(_) => Err(refusal("options.post_data", "is for webhooks only")),
                None => Ok(()),
            }
        }
        Action::SubscriptionUpdate => {
            any_of(body, &["subscriber", "ttl", "options"], "or ttl or options must be given")
        }
        Action::PoolUpdate => {
            any_of(body, &["uri", "weight", "flavor", "options"], "or weight, flavor or options must be given")
        }
        _ => Ok(()),
    }
}

fn any_of(body: Reader<'_>, keys: &[&'static str], why: &'static str) -> Result<(), Refusal> {
    match keys.iter().any(|key| body.field(key).is_some()) {
        true => Ok(()),
        false => Err(refusal(keys[0], why)),
    }
}

impl Kind {
    fn check(self, field: &'static str, value: Reader<'_>, rules: &Rules) -> Result<(), Refusal> {
        let text = value.as_text();
        let (right, why) = match self {
            Kind::NewQueue if !rules.allow_dots => (
                text.is_some_and(|name| is_queue_name(name) && !name.bytes().any(|byte| byte == b'.')),
                "must have 1 to 64 of the characters A-Z a-z 0-9 _ -",
            ),
            Kind::NewQueue | Kind::Queue => {
                (text.is_some_and(is_queue_name), "must have 1 to 64 of the characters A-Z a-z 0-9 _ - .")
            }
            Kind::Id => (text.is_some_and(is_id), "must be a text without spaces, slashes and commas"),
            Kind::Ids => {
                let mut ids = value.items();
                let all = ids.by_ref().take(20).all(|id| Reader::new(id).as_text().is_some_and(is_id));
                (all && ids.next().is_none() && length(value) > 0, "must be a list of 1 to 20 ids")
            }
            Kind::Text => (text.is_some(), "must be a text"),
            Kind::SomeText => (text.is_some_and(|text| !text.is_empty()), "must be a text, not an empty one"),
            Kind::Boolean => (is_boolean(value), "must be true or false"),
            Kind::Number(least, most, why) => (value.as_integer().is_some_and(|it| (least..=most).contains(&it)), why),
            Kind::Map => (is_map(value), "must be an object"),
            Kind::Choice(choices, why) => (all_texts(value, |text| choices.contains(&text)), why),
            Kind::Texts => (all_texts(value, |text| !text.is_empty()), "must be a list of names, not an empty one"),
            Kind::Time => (text.is_some_and(is_time), "must be a time such as 2030-12-31T23:59:59"),
            Kind::Subscriber => {
                (text.is_some_and(is_subscriber), "must be a URL of http, https, mailto, trust+http or trust+https")
            }
            Kind::Metadata => return metadata(field, value, rules),
            Kind::Messages => return messages(&mut { value }, rules),
            Kind::Changes => return changes(value, rules),
            Kind::Options => return options(value, rules),
        };
        if right { Ok(()) } else { Err(refusal(field, why)) }
    }
}

/// The keys of a queue's metadata that the server gives a meaning to. Any may be nil, as REST shows those not set.
const RESERVED: &[Field] = &[
    may("_default_message_ttl", MESSAGE_TTL),
    may("_default_message_delay", DELAY),
    may("_max_messages_post_size", POST_SIZE),
    may("_max_claim_count", COUNT),
    may("_dead_letter_queue", Kind::NewQueue),
    may("_dead_letter_queue_messages_ttl", MESSAGE_TTL),
    may("_enable_encrypt_messages", Kind::Boolean),
    may("_retry_policy", Kind::Map),
];

fn metadata(field: &'static str, value: Reader<'_>, rules: &Rules) -> Result<(), Refusal> {
    if !is_map(value) {
        return Err(refusal(field, "must be an object"));
    }
    if size_of(value.rest()).least > 65_536 {
        return Err(Refusal { code: Code::TooLarge, field, why: "must have at most 65536 characters as JSON" });
    }
    value.entries().try_for_each(|(key, value)| reserved(key, Reader::new(value), rules))
}

fn reserved(key: &[u8], value: Reader<'_>, rules: &Rules) -> Result<(), Refusal> {
    match RESERVED.iter().find(|field| field.key.as_bytes() == key) {
        Some(field) if value.rest() != [0xc0] => field.is.check(field.key, value, rules),
        _ => Ok(()),
    }
}

/// Reads them where they stand: they may be long, and are passed over but once.
fn messages(reader: &mut Reader<'_>, rules: &Rules) -> Result<(), Refusal> {
    let Some(Token::Array(count @ 1..)) = reader.token() else {
        return Err(refusal("messages", "must be a list of messages, not an empty one"));
    };
    (0..count).try_for_each(|_| {
        let mut has_body = false;
        let no_object = refusal("messages", "must be objects with a body");
        each_entry(reader, no_object, |key, reader| {
            let value = Reader::new(reader.value().ok_or(no_object)?);
            match key {
                b"body" => {
                    has_body = true;
                    Ok(())
                }
                b"ttl" => MESSAGE_TTL.check("ttl", value, rules),
                b"delay" => DELAY.check("delay", value, rules),
                _ => Err(refusal("messages", "may have body, ttl and delay only")),
            }
        })?;
        if has_body { Ok(()) } else { Err(refusal("messages", "must each have a body")) }
    })
}

/// A JSON patch of metadata.
fn changes(value: Reader<'_>, rules: &Rules) -> Result<(), Refusal> {
    if length(value) == 0 {
        return Err(refusal("changes", "must be a list of changes, not an empty one"));
    }
    for change in value.items() {
        let change = Reader::new(change);
        let op = change.field("op").and_then(Reader::as_text).unwrap_or_default();
        if !["add", "replace", "remove"].contains(&op) {
            return Err(refusal("changes", "must each have an op: add, replace or remove"));
        }
        let path = change.field("path").and_then(Reader::as_text);
        let Some(key) = path.and_then(|path| path.strip_prefix("/metadata/")).filter(|key| !key.is_empty()) else {
            return Err(refusal("changes", "must each have a path: /metadata/ and a key"));
        };
        match change.field("value") {
            Some(value) => reserved(key.as_bytes(), value, rules)?,
            None if op == "remove" => {}
            None => return Err(refusal("changes", "must each have a value, but for remove")),
        }
    }
    Ok(())
}

fn options(value: Reader<'_>, rules: &Rules) -> Result<(), Refusal> {
    const KNOWN: &[Field] = &[
        may("options.post_data", Kind::Text),
        may("options.post_headers", Kind::Map),
        may("options._retry_policy", Kind::Map),
    ];
    Kind::Map.check("options", value, rules)?;
    for (key, value) in value.entries() {
        let known = KNOWN.iter().find(|field| field.key.as_bytes().strip_prefix(b"options.") == Some(key));
        if let Some(field) = known {
            field.is.check(field.key, Reader::new(value), rules)?;
        }
    }
    Ok(())
}

fn refusal(field: &'static str, why: &'static str) -> Refusal {
    Refusal { code: Code::InvalidArgument, field, why }
}

/// Checks each pair of the map that is read next: `check` reads the value. `otherwise` where there is no map with texts as
/// keys.
fn each_entry<'a>(
    reader: &mut Reader<'a>,
    otherwise: Refusal,
    mut check: impl FnMut(&'a [u8], &mut Reader<'a>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let Some(Token::Map(entries)) = reader.token() else { return Err(otherwise) };
    for _ in 0..entries {
        let Some(Token::Text(key)) = reader.token() else { return Err(otherwise) };
        check(key, reader)?;
    }
    Ok(())
}

fn is_map(mut value: Reader<'_>) -> bool {
    matches!(value.token(), Some(Token::Map(_)))
}

fn length(mut value: Reader<'_>) -> usize {
    match value.token() {
        Some(Token::Array(items)) => items,
        _ => 0,
    }
}

fn is_boolean(mut value: Reader<'_>) -> bool {
    matches!(value.token(), Some(Token::Boolean(_)))
}

fn all_texts(value: Reader<'_>, right: impl Fn(&str) -> bool) -> bool {
    length(value) > 0 && value.items().all(|item| Reader::new(item).as_text().is_some_and(&right))
}

fn is_queue_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=64).contains(&name.len()) && name.bytes().all(allowed) && !is_dots(name)
}

/// Ids differ from store to store. They stand in paths and, with commas between, in queries.
fn is_id(id: &str) -> bool {
    let allowed = |character: char| !character.is_control() && !matches!(character, ' ' | '/' | '\\' | ',');
    !id.is_empty() && id.chars().all(allowed) && !is_dots(id)
}

/// What a browser takes out of a path, encoded or not: the request would go to what is above.
fn is_dots(segment: &str) -> bool {
    segment == "." || segment == ".."
}

/// Other schemes have no driver: the server fails at them, on the socket without a word.
fn is_subscriber(subscriber: &str) -> bool {
    let bytes = subscriber.as_bytes();
    let Some(colon) = bytes.iter().position(|byte| *byte == b':') else { return false };
    let (scheme, rest) = bytes.split_at(colon);
    let known = ["http", "https", "mailto", "trust+http", "trust+https"].iter().any(|it| it.as_bytes() == scheme);
    known && rest.len() > 1 && !subscriber.chars().any(|it| it.is_control() || it == ' ')
}

fn is_time(time: &str) -> bool {
    let form = b"0000-00-00T00:00:00";
    time.len() == form.len()
        && time.bytes().zip(form).all(|(byte, form)| if *form == b'0' { byte.is_ascii_digit() } else { byte == *form })
}
