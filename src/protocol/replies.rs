//! What the result of each action must be before anyone reads it: a server, or what answers in its place, can send anything.
//!
//! A reply has what the engine reads. What only the application reads is checked to have the right form, and goes to it by
//! another way. Bodies of messages are never looked at.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use zaqar_codec::tape::Value;

use super::action::Action;

/// The body of an answer is not what Zaqar's is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotZaqars;

/// The result of an action.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply<'a> {
    /// Nothing that has a form: whatever the body is, it is right.
    Done,
    /// Messages, of `message_list`, `message_get_many` and `message_delete_many`.
    Page(Page<'a>),
    /// One message, of `message_get`.
    Message(Message<'a>),
    /// What is in a queue, of `queue_get_stats`.
    Stats(Stats<'a>),
    /// The ids of messages, of `message_post`.
    Posted(Posted<'a>),
    /// What was claimed, of `claim_create`.
    Claimed(Claimed<'a>),
    /// A claim, of `claim_get`.
    Claim(Claim<'a>),
    /// The subscription, of `subscription_create`.
    Subscribed(Subscribed<'a>),
    /// Queues, subscriptions, pools or flavors, by their names or ids.
    List(Vec<Text<'a>>),
    /// An object with keys of its own.
    Document,
}

impl<'a> Reply<'a> {
    /// The result in the body of a frame, `None` where there is no body.
    ///
    /// The pages of `message_list` are read by the engine alone, which makes do with what there is; so they are always right.
    ///
    /// ```
    /// use zaqar_codec::scan::Scanner;
    /// use zaqar_web::protocol::action::Action;
    /// use zaqar_web::protocol::replies::{NotZaqars, Reply};
    ///
    /// let mut scanner = Scanner::new();
    /// let bytes = b"\x81\xafsubscription_id\xa17";
    /// scanner.room(bytes.len()).copy_from_slice(bytes);
    /// scanner.scan_value().unwrap();
    ///
    /// let reply = Reply::of_frame(Action::SubscriptionCreate, Some(scanner.value()));
    /// assert!(matches!(reply, Ok(Reply::Subscribed(subscribed)) if &*subscribed.subscription_id == "7"));
    /// assert_eq!(Reply::of_frame(Action::MessagePost, Some(scanner.value())), Err(NotZaqars));
    /// ```
    pub fn of_frame(action: Action, body: Option<Value<'a>>) -> Result<Reply<'a>, NotZaqars> {
        let has_none = body.is_some_and(|body| !body.is_null() && !body.is_object());
        match action {
            Action::MessageList => Ok(Reply::Page(body.map(Page::lenient).unwrap_or_default())),
            // of a queue that does not exist, and where there is nothing to claim, no list is told
            Action::MessageGetMany | Action::MessageDeleteMany if has_none => Ok(Reply::Page(Page::default())),
            Action::MessageGetMany | Action::MessageDeleteMany => fitting(body).map(Reply::Page),
            Action::ClaimCreate if has_none => Ok(Reply::Claimed(Claimed::default())),
            Action::ClaimCreate => fitting(body).and_then(Claimed::checked).map(Reply::Claimed),
            Action::ClaimGet => fitting(body).map(Reply::Claim),
            Action::QueueGetStats => fitting(body).map(|InMessages { messages }| Reply::Stats(messages)),
            Action::MessageGet => fitting(body).map(|InMessages { messages }| Reply::Message(messages)),
            Action::MessagePost => fitting(body).map(Reply::Posted),
            action => Reply::read(action, body),
        }
    }

    /// Whether [`of_frame`](Reply::of_frame) gives a result, for those who do not read it: long lists are only walked over. Ids that
    /// are not UTF-8 go unnoticed.
    pub fn fits(action: Action, body: Option<Value<'a>>) -> bool {
        let Some(object) = body.filter(Value::is_object) else { return Reply::of_frame(action, body).is_ok() };
        let list = |name| object.field(name).filter(|list| !list.is_null());
        match action {
            Action::MessageList => true,
            Action::MessagePost => list("message_ids").is_some_and(|ids| is_list(ids, is_text)),
            Action::MessageGetMany | Action::MessageDeleteMany => {
                list("messages").is_none_or(|messages| is_list(messages, is_message))
            }
            Action::ClaimCreate => list("messages").is_none_or(|messages| {
                let is_claims = || messages.items().next().is_none() || object.field("claim_id").is_some_and(is_text);
                is_list(messages, is_message) && is_claims()
            }),
            action => Reply::of_frame(action, body).is_ok(),
        }
    }

    /// The result in a body of either transport, if it has no messages: those differ.
    pub(super) fn read<D: Deserializer<'a>>(action: Action, body: Option<D>) -> Result<Reply<'a>, NotZaqars> {
        match action {
            Action::Ping
            | Action::Authenticate
            | Action::QueueCreate
            | Action::QueueDelete
            | Action::QueuePurge
            | Action::MessageDelete
            | Action::ClaimUpdate
            | Action::ClaimDelete
            | Action::SubscriptionDelete
            | Action::SubscriptionUpdate
            | Action::PoolCreate
            | Action::PoolUpdate
            | Action::PoolDelete
            | Action::FlavorCreate
            | Action::FlavorUpdate
            | Action::FlavorDelete => Ok(Reply::Done),
            Action::QueueGet
            | Action::QueueUpdate
            | Action::QueueShare
            | Action::SubscriptionGet
            | Action::PoolGet
            | Action::FlavorGet
            | Action::Health => fitting(body).map(|Document {}| Reply::Document),
            Action::QueueList | Action::SubscriptionList | Action::PoolList | Action::FlavorList => {
                fitting(body).and_then(|lists: Lists| lists.of(action))
            }
            Action::SubscriptionCreate => fitting(body).map(Reply::Subscribed),
            Action::QueueGetStats
            | Action::MessageGet
            | Action::MessagePost
            | Action::MessageList
            | Action::MessageGetMany
            | Action::MessageDeleteMany
            | Action::ClaimCreate
            | Action::ClaimGet => Err(NotZaqars),
        }
    }
}

/// Messages of a queue. Of one that does not exist there are none.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Page<'a> {
    /// In the order of the answer. One that makes no sense has no id.
    #[serde(borrow, default, deserialize_with = "or_none")]
    pub messages: Vec<Message<'a>>,
}

impl<'a> Page<'a> {
    /// As much of a page as there is.
    fn lenient(body: Value<'a>) -> Page<'a> {
        let messages = body.field("messages").map(|messages| messages.items());
        let read = |message| fitting(Some(message)).unwrap_or_default();
        Page { messages: messages.into_iter().flatten().map(read).collect() }
    }
}

/// A message, as far as the engine reads it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Message<'a> {
    /// Its id.
    #[serde(borrow)]
    pub id: Text<'a>,
    /// Whole seconds since it was posted; 0 where the server tells nothing of the kind.
    #[serde(default, deserialize_with = "whole")]
    pub age: f64,
}

/// What is in a queue.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Stats<'a> {
    /// Messages that can be claimed.
    #[serde(default, deserialize_with = "number_if_any")]
    pub free: Option<f64>,
    /// Messages that are claimed.
    #[serde(default, deserialize_with = "number_if_any")]
    pub claimed: Option<f64>,
    /// All of them.
    #[serde(deserialize_with = "number")]
    pub total: f64,
    /// The first of them. None also where the store cannot tell.
    #[serde(borrow, default, deserialize_with = "if_fit")]
    pub oldest: Option<Message<'a>>,
    /// The last of them, likewise.
    #[serde(borrow, default, deserialize_with = "if_fit")]
    pub newest: Option<Message<'a>>,
}

/// The ids of the messages of a post, in its order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Posted<'a> {
    /// As many as there were messages.
    #[serde(borrow)]
    pub message_ids: Vec<Text<'a>>,
}

/// What was claimed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Claimed<'a> {
    /// The claim; none where there was nothing to claim, whatever the server calls that.
    #[serde(borrow, default, deserialize_with = "if_fit")]
    pub claim_id: Option<Text<'a>>,
    /// Its messages.
    #[serde(borrow, default, deserialize_with = "or_none")]
    pub messages: Vec<Message<'a>>,
}

impl<'a> Claimed<'a> {
    /// Messages are of a claim, and a claim has messages.
    pub(super) fn checked(self) -> Result<Claimed<'a>, NotZaqars> {
        match self.messages.is_empty() {
            true => Ok(Claimed::default()),
            false if self.claim_id.is_none() => Err(NotZaqars),
            false => Ok(self),
        }
    }
}

/// A claim that exists.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Claim<'a> {
    /// Seconds that it lasts from its last renewal.
    #[serde(deserialize_with = "number")]
    pub ttl: f64,
    /// Seconds since then.
    #[serde(deserialize_with = "number")]
    pub age: f64,
    /// Its messages that are left.
    #[serde(borrow)]
    pub messages: Vec<Message<'a>>,
}

/// A new subscription.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Subscribed<'a> {
    /// Its id.
    #[serde(borrow)]
    pub subscription_id: Text<'a>,
}

/// A text of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

fn is_list<'a>(list: Value<'a>, is_of_kind: fn(Value<'a>) -> bool) -> bool {
    list.is_array() && list.items().all(is_of_kind)
}

fn is_message(message: Value<'_>) -> bool {
    message.field("id").is_some_and(is_text)
}

fn is_text(value: Value<'_>) -> bool {
    value.as_text().is_some()
}

/// The body, if there is one and it fits.
pub(super) fn fitting<'a, T: Deserialize<'a>, D: Deserializer<'a>>(body: Option<D>) -> Result<T, NotZaqars> {
    T::deserialize(body.ok_or(NotZaqars)?).map_err(|_| NotZaqars)
}

#[derive(Deserialize)]
struct InMessages<T> {
    messages: T,
}

#[derive(Deserialize)]
struct Document {}

/// The lists that an answer may have.
#[derive(Deserialize)]
struct Lists<'a> {
    #[serde(borrow, default)]
    queues: IfFit<Vec<Named<'a>>>,
    #[serde(borrow, default)]
    subscriptions: IfFit<Vec<Identified<'a>>>,
    #[serde(borrow, default)]
    pools: IfFit<Vec<Named<'a>>>,
    #[serde(borrow, default)]
    flavors: IfFit<Vec<Named<'a>>>,
}

impl<'a> Lists<'a> {
    /// The list of this action, if it is among them.
    fn of(self, action: Action) -> Result<Reply<'a>, NotZaqars> {
        let names = |rows: Option<Vec<Named<'a>>>| rows.map(|rows| rows.into_iter().map(|row| row.name).collect());
        let keys = match action {
            Action::QueueList => names(self.queues.0),
            Action::SubscriptionList => self.subscriptions.0.map(|rows| rows.into_iter().map(|row| row.id).collect()),
            Action::PoolList => names(self.pools.0),
            _ => names(self.flavors.0),
        };
        keys.map(Reply::List).ok_or(NotZaqars)
    }
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    name: Text<'a>,
}

#[derive(Deserialize)]
struct Identified<'a> {
    #[serde(borrow)]
    id: Text<'a>,
}

/// A value that is done without if it does not fit.
pub(super) struct IfFit<T>(pub Option<T>);

impl<T> Default for IfFit<T> {
    fn default() -> IfFit<T> {
        IfFit(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for IfFit<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<IfFit<T>, D::Error> {
        if_fit(deserializer).map(IfFit)
    }
}

fn if_fit<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(T::deserialize(deserializer).ok())
}

/// A list, or null for an empty one.
fn or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Message<'de>>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let told: Option<Number> = if_fit(deserializer)?;
    Ok(told.map_or(0.0, |Number(number)| if number.fract() == 0.0 { number } else { 0.0 }))
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Number::deserialize(deserializer).map(|Number(number)| number)
}

/// What is there must be a number.
fn number_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    number(deserializer).map(Some)
}

/// What is a number in JavaScript: an integer beyond ±2^53 is none.
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Number, D::Error> {
        deserializer.deserialize_f64(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number")
    }

    fn visit_i64<E: Error>(self, integer: i64) -> Result<Number, E> {
        const SAFE: u64 = 1 << 53;
        match integer.unsigned_abs() <= SAFE {
            true => Ok(Number(integer as f64)),
            false => Err(E::custom("a bigint")),
        }
    }

    fn visit_f64<E>(self, number: f64) -> Result<Number, E> {
        Ok(Number(number))
    }
}
