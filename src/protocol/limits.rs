//! What must not be sent. Zaqar answers some requests by dropping the connection, by a failure that says nothing, or by keeping
//! what breaks others. Those are refused here, before anything is sent, as is what is beyond the limits that are known of this
//! server. Of limits that are not known the server is the judge: operators raise and lower them.

use std::fmt;

use zaqar_codec::msgpack::{Reader, Token};

use super::action::Action;
use super::error::Code;
use super::json::to_json;
use super::kinds::Kind;
use super::request::Map;
use super::split::least_characters;

/// What differs from server to server, by the names that Zaqar's configuration has. A limit is known when the application has said
/// it, or the server has named it in a [refusal](Rules::learn).
///
/// ```
/// use zaqar_web::protocol::limits::Rules;
/// use zaqar_web::protocol::request::{QueueList, Request};
///
/// let page = Request::from(QueueList { limit: Some(100), ..QueueList::default() });
/// assert!(page.check(&Rules::default()).is_ok(), "the server judges");
/// assert!(page.check(&Rules { max_queues_per_page: Some(20), ..Rules::default() }).is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// Whether the names of new queues may have dots, with which they can break other queues on Redis.
    pub allows_dots: bool,
    /// Seconds that a message may live.
    pub max_message_ttl: Option<u32>,
    /// Seconds that a message may be delayed.
    pub max_message_delay: Option<u32>,
    /// Seconds that a claim may last.
    pub max_claim_ttl: Option<u32>,
    /// Seconds that messages may outlive a claim.
    pub max_claim_grace: Option<u32>,
    /// Messages, or ids of messages, in one request.
    pub max_messages_per_page: Option<u32>,
    /// Messages claimed or popped at once.
    pub max_messages_per_claim_or_pop: Option<u32>,
    /// Queues of a page.
    pub max_queues_per_page: Option<u32>,
    /// Subscriptions of a page.
    pub max_subscriptions_per_page: Option<u32>,
    /// Pools of a page.
    pub max_pools_per_page: Option<u32>,
    /// Flavors of a page.
    pub max_flavors_per_page: Option<u32>,
    /// Characters of a queue's metadata.
    pub max_queue_metadata: Option<u32>,
    /// Characters of the messages of a post.
    pub max_messages_post_size: Option<u32>,
}

/// What Zaqar allows unless it is configured otherwise: what the client itself asks for as long as it knows no better.
const USUAL_PAGE: u32 = 20;
const USUAL_CLAIM: u32 = 20;
const USUAL_POST: u32 = 262_144;
/// Ids in one request. Over REST they stand in its address, for which proxies have 8 kB.
const MOST_IDS: u32 = 100;

impl Rules {
    /// Messages of a page, where the client chooses how many.
    pub fn page(&self) -> u32 {
        self.max_messages_per_page.unwrap_or(USUAL_PAGE)
    }

    /// Ids of messages in one request, where the client chooses how many.
    pub fn ids_at_once(&self) -> u32 {
        self.page().min(MOST_IDS)
    }

    /// Messages to pop in one request, where the client chooses how many.
    pub fn pops_at_once(&self) -> u32 {
        self.max_messages_per_claim_or_pop.unwrap_or(USUAL_CLAIM)
    }

    /// Characters of a post that the client makes of a larger one.
    pub(super) fn post_size(&self) -> u32 {
        self.max_messages_post_size.unwrap_or(USUAL_POST)
    }
}

/// Why a request is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `invalid-argument` or `too-large`.
    pub code: Code,
    /// A sentence for the user.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// A refusal of what is wrong.
    pub(super) fn invalid(message: impl Into<String>) -> Refusal {
        Refusal { code: Code::InvalidArgument, message: message.into() }
    }

    /// A refusal of what is no map of texts, or cut off.
    pub(super) fn unreadable() -> Refusal {
        Refusal::invalid("the request cannot be read")
    }

    /// A refusal of what is too large.
    pub(super) fn too_large(message: String) -> Refusal {
        Refusal { code: Code::TooLarge, message }
    }
}

/// The least of all that lives for a time. No configuration allows less.
pub const LEAST_TTL: u32 = 60;

/// Refuses a request's map for what a server would refuse, or worse. Returns its entries.
pub(super) fn check<'a>(action: Action, mut body: Reader<'a>, rules: &Rules) -> Result<Map<'a>, Refusal> {
    let Some(Token::Map(entries)) = body.token() else { return Err(Refusal::unreadable()) };
    let mut map = Map::with_room(entries);
    for _ in 0..entries {
        let Some(Token::Text(key)) = body.token() else { return Err(Refusal::unreadable()) };
        let (key, value) = (key_of(key), body);
        match key {
            // long, and so walked over only once
            "messages" => map.has_delay = check_messages(&mut body, rules)?,
            _ => check_entry(action, key, Reader::new(body.value().ok_or_else(Refusal::unreadable)?), rules)?,
        }
        let (value, _) = value.rest().split_at(value.rest().len() - body.rest().len());
        map.add(key, value);
    }
    let changes: &[&str] = match action {
        Action::SubscriptionUpdate => &["subscriber", "ttl", "options"],
        Action::PoolUpdate => &["uri", "weight", "flavor", "options"],
        _ => return Ok(map),
    };
    match changes.iter().any(|key| map.has(key)) {
        true => Ok(map),
        false => Err(Refusal::invalid(format!("{} must be given", changes.join(" or ")))),
    }
}

/// The text of a key. There are no rules for one that is not UTF-8.
fn key_of(text: &[u8]) -> &str {
    std::str::from_utf8(text).unwrap_or_default()
}

fn check_entry(action: Action, key: &str, value: Reader<'_>, rules: &Rules) -> Result<(), Refusal> {
    check_kind("", key, value, kind_of(action, key, rules))?;
    match key {
        "queue_name" => check_new_queue(action, value, rules),
        "metadata" => check_metadata(value, rules),
        "changes" => check_changes(value, rules),
        "options" if is_subscription(action) => value
            .entries()
            .map(|(key, value)| (key_of(key), Reader::new(value)))
            .try_for_each(|(key, value)| check_kind("options.", key, value, option_kind(key))),
        _ => Ok(()),
    }
}

fn check_kind(before: &str, key: &str, value: Reader<'_>, kind: Option<Kind>) -> Result<(), Refusal> {
    match kind {
        Some(kind) if !kind.is_of(value) => Err(Refusal::invalid(kind.sentence(&format!("{before}{key}")))),
        _ => Ok(()),
    }
}

/// What the value of a request's key must be.
fn kind_of(action: Action, key: &str, rules: &Rules) -> Option<Kind> {
    Some(match key {
        "queue_name" => Kind::Queue,
        "limit" => Kind::Whole(1, judged_by_server(most_at_once(action, rules))),
        "pop" => Kind::Whole(1, judged_by_server(rules.max_messages_per_claim_or_pop)),
        "marker" | "flavor" => Kind::Text,
        "detailed" | "echo" | "include_claimed" | "include_delayed" => Kind::Boolean,
        "message_id" | "claim_id" | "subscription_id" | "pool_name" | "flavor_name" => Kind::Id,
        "message_ids" => Kind::Ids(judged_by_server(rules.max_messages_per_page)),
        "metadata" | "options" => Kind::Object,
        "ttl" if is_subscription(action) => Kind::Seconds(LEAST_TTL, u32::MAX),
        "ttl" => Kind::Seconds(LEAST_TTL, judged_by_server(rules.max_claim_ttl)),
        "grace" => Kind::Seconds(LEAST_TTL, judged_by_server(rules.max_claim_grace)),
        "subscriber" => Kind::Subscriber,
        "resource_types" => Kind::Some(&["messages", "subscriptions"]),
        "paths" => Kind::Some(&["messages", "claims", "subscriptions"]),
        "methods" => Kind::Some(&["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
        "expires" => Kind::Time,
        "uri" => Kind::SomeText,
        "weight" => Kind::Whole(0, u32::MAX),
        "pool_list" | "capabilities" => Kind::Names,
        _ => return None,
    })
}

/// A limit that is not known leaves it to the server.
fn judged_by_server(limit: Option<u32>) -> u32 {
    limit.unwrap_or(u32::MAX)
}

fn most_at_once(action: Action, rules: &Rules) -> Option<u32> {
    match action {
        Action::ClaimCreate => rules.max_messages_per_claim_or_pop,
        Action::MessageList => rules.max_messages_per_page,
        Action::SubscriptionList => rules.max_subscriptions_per_page,
        Action::PoolList => rules.max_pools_per_page,
        Action::FlavorList => rules.max_flavors_per_page,
        _ => rules.max_queues_per_page,
    }
}

fn is_subscription(action: Action) -> bool {
    matches!(action, Action::SubscriptionCreate | Action::SubscriptionUpdate)
}

/// Of a subscription.
fn option_kind(key: &str) -> Option<Kind> {
    match key {
        "post_data" => Some(Kind::Text),
        "post_headers" | "_retry_policy" => Some(Kind::Object),
        _ => None,
    }
}

/// The name of a queue that is made by this, unless it is there.
fn check_new_queue(action: Action, name: Reader<'_>, rules: &Rules) -> Result<(), Refusal> {
    let makes_it = matches!(action, Action::QueueCreate | Action::MessagePost | Action::SubscriptionCreate);
    match name.as_text() {
        Some(name) if makes_it && !rules.allows_dots && name.contains('.') => Err(Refusal::invalid(format!(
            "queue {name}: a dot in the name can break other queues on Redis; on another store, set allowDottedNames"
        ))),
        _ => Ok(()),
    }
}

/// Reads past them. Whether any has a delay.
fn check_messages(messages: &mut Reader<'_>, rules: &Rules) -> Result<bool, Refusal> {
    let Some(Token::Array(count @ 1..)) = messages.token() else {
        return Err(Refusal::invalid("messages must be a list of messages, not an empty one"));
    };
    (0..count).try_fold(false, |has_delay, _| Ok(check_message(messages, rules)? || has_delay))
}

fn check_message(message: &mut Reader<'_>, rules: &Rules) -> Result<bool, Refusal> {
    let Some(Token::Map(entries)) = message.token() else {
        return Err(Refusal::invalid("a message to post must be an object"));
    };
    let (mut has_body, mut has_delay) = (false, false);
    for _ in 0..entries {
        let Some(Token::Text(key)) = message.token() else { return Err(Refusal::unreadable()) };
        let value = Reader::new(message.value().ok_or_else(Refusal::unreadable)?);
        match key {
            b"body" => has_body = true,
            b"ttl" => {
                check_kind("", "ttl", value, Some(Kind::Seconds(LEAST_TTL, judged_by_server(rules.max_message_ttl))))?
            }
            b"delay" => {
                has_delay = true;
                check_kind("", "delay", value, Some(Kind::Seconds(0, judged_by_server(rules.max_message_delay))))?
            }
            _ => {}
        }
    }
    match has_body {
        true => Ok(has_delay),
        false => Err(Refusal::invalid("a message to post must have a body; null is one")),
    }
}

fn check_metadata(metadata: Reader<'_>, rules: &Rules) -> Result<(), Refusal> {
    if let Some(most) = rules.max_queue_metadata
        && least_characters(&to_json(metadata.rest()).unwrap_or_default()) > most as usize
    {
        return Err(Refusal::too_large(format!("metadata must have at most {most} characters as JSON")));
    }
    metadata.entries().try_for_each(|(key, value)| check_setting(key_of(key), Reader::new(value), rules))
}

/// A JSON patch of the metadata.
fn check_changes(changes: Reader<'_>, rules: &Rules) -> Result<(), Refusal> {
    for change in changes.items() {
        let change = Reader::new(change);
        if let (Some(path), Some(value)) = (change.field("path").and_then(Reader::as_text), change.field("value")) {
            check_setting(path.strip_prefix("/metadata/").unwrap_or(path), value, rules)?;
        }
    }
    Ok(())
}

/// Keys of a queue's metadata that the server gives a meaning to. Any may be null, as REST shows those not set.
fn check_setting(key: &str, value: Reader<'_>, rules: &Rules) -> Result<(), Refusal> {
    let kind = match key {
        "_default_message_ttl" | "_dead_letter_queue_messages_ttl" => {
            Kind::Seconds(LEAST_TTL, judged_by_server(rules.max_message_ttl))
        }
        "_default_message_delay" => Kind::Seconds(0, judged_by_server(rules.max_message_delay)),
        "_max_messages_post_size" => Kind::Whole(1, judged_by_server(rules.max_messages_post_size)),
        "_max_claim_count" => Kind::Whole(0, u32::MAX),
        // The server makes it, so it is held to the rules of a new queue.
        "_dead_letter_queue" => Kind::NewQueue { allows_dots: rules.allows_dots },
        "_enable_encrypt_messages" => Kind::Boolean,
        "_retry_policy" => Kind::Object,
        _ => return Ok(()),
    };
    let is_null = value.clone().token() == Some(Token::Nil);
    check_kind("", key, value, Some(kind).filter(|_| !is_null))
}
