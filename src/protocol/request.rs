//! What is asked of Zaqar: one struct for each [`Action`], with the names that the socket has.
//!
//! A request is made by hand, or [read](Request::read) from the map that JavaScript encodes. It is [written](Request::write) as
//! the body of a socket's frame, or becomes an [HTTP exchange](super::exchange).
//!
//! ```
//! use zaqar_web::protocol::action::Action;
//! use zaqar_web::protocol::limits::Rules;
//! use zaqar_web::protocol::request::{ClaimCreate, Request};
//!
//! let claim = Request::from(ClaimCreate { queue_name: "orders".into(), ttl: 60, grace: 60, limit: Some(1) });
//! assert_eq!(claim.action(), Action::ClaimCreate);
//!
//! let mut body = Vec::new();
//! claim.write(&mut body);
//! assert_eq!(body, b"\x84\xaaqueue_name\xa6orders\xa3ttl\x3c\xa5grace\x3c\xa5limit\x01");
//! assert_eq!(Request::read(Action::ClaimCreate, &body, &Rules::default()), Ok(claim));
//! ```

mod administration;
mod claims;
mod fields;
mod messages;
mod post;
mod queues;
mod subscriptions;

use serde::Serialize;
use zaqar_codec::msgpack::Reader;

use super::action::Action;
use super::limits::{Refusal, Rules, check};
use super::opaque::Opaque;

use fields::Body;
pub(super) use fields::Map;

pub use administration::{
    FlavorCreate, FlavorDelete, FlavorGet, FlavorList, FlavorUpdate, Health, Ping, PoolCreate, PoolDelete, PoolGet,
    PoolList, PoolUpdate,
};
pub use claims::{ClaimCreate, ClaimDelete, ClaimGet, ClaimUpdate};
pub use messages::{MessageDelete, MessageDeleteMany, MessageGet, MessageGetMany, MessageList};
pub use post::{MessagePost, NewMessage};
pub use queues::{QueueCreate, QueueDelete, QueueGet, QueueGetStats, QueueList, QueuePurge, QueueShare, QueueUpdate};
pub use subscriptions::{
    SubscriptionCreate, SubscriptionDelete, SubscriptionGet, SubscriptionList, SubscriptionUpdate,
};

/// Defines [`Request`] over the actions whose struct has the same name.
macro_rules! requests {
    ($($action:ident)*) => {
        /// Any request but `authenticate`, which is the engine's own.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Request {
            $(
                #[doc = concat!("See [`", stringify!($action), "`].")]
                $action($action),
            )*
        }

        impl Request {
            /// What it asks for.
            pub fn action(&self) -> Action {
                match self {
                    $(Request::$action(_) => Action::$action,)*
                }
            }

            /// From a map that was checked.
            fn take_from(map: &mut Map<'_>, action: Action) -> Option<Request> {
                Some(match action {
                    $(Action::$action => Request::$action($action::take_from(map)),)*
                    Action::Authenticate => return None,
                })
            }

            /// As a map, with nil in the place of what is opaque.
            fn write_map(&self, into: &mut Vec<u8>) {
                match self {
                    $(Request::$action(request) => write_named(request, into),)*
                }
            }
        }

        $(
            impl From<$action> for Request {
                fn from(request: $action) -> Request {
                    Request::$action(request)
                }
            }
        )*
    };
}

requests! {
    Ping
    QueueCreate QueueList QueueGet QueueGetStats QueueDelete QueuePurge QueueUpdate QueueShare
    MessagePost MessageList MessageGet MessageGetMany MessageDelete MessageDeleteMany
    ClaimCreate ClaimGet ClaimUpdate ClaimDelete
    SubscriptionCreate SubscriptionList SubscriptionGet SubscriptionUpdate SubscriptionDelete
    Health
    PoolCreate PoolList PoolGet PoolUpdate PoolDelete
    FlavorCreate FlavorList FlavorGet FlavorUpdate FlavorDelete
}

impl Request {
    /// From the map that JavaScript's encoder makes. Refuses what must not be sent, as [`check`](Request::check) does, and
    /// values of another type in the same words.
    ///
    /// ```
    /// use zaqar_web::protocol::action::Action;
    /// use zaqar_web::protocol::limits::Rules;
    /// use zaqar_web::protocol::request::Request;
    ///
    /// let page_of_none = Request::read(Action::QueueList, b"\x81\xa5limit\x00", &Rules::default());
    /// assert_eq!(page_of_none.unwrap_err().message, "limit must be a whole number from 1 to 4294967295");
    /// ```
    pub fn read(action: Action, body: &[u8], rules: &Rules) -> Result<Request, Refusal> {
        let mut map = check(action, Reader::new(body), rules)?;
        let request = Request::take_from(&mut map, action);
        map.finish()?;
        request.ok_or_else(Refusal::unreadable)
    }

    /// Refuses what a server would refuse, or worse: what makes it drop the connection or breaks what others have.
    ///
    /// The rules are those of the map, which this writes to look at it: so they hold for what JavaScript sends and for what Rust
    /// does, and stand once.
    pub fn check(&self, rules: &Rules) -> Result<(), Refusal> {
        let mut body = Vec::new();
        self.write(&mut body);
        check(self.action(), Reader::new(&body), rules).map(|_| ())
    }

    /// Appends the MessagePack map that the socket takes. What is opaque is copied.
    pub fn write(&self, into: &mut Vec<u8>) {
        if let Request::Ping(_) = self {
            // its action on the socket is `queue_list`
            return into.extend_from_slice(b"\x81\xa5limit\x01");
        }
        self.write_map(into);
        // serde has no way to pass bytes on as they are. So what is opaque is the last field, and nil, one byte, to serde.
        if let Some(opaque) = self.opaque() {
            into.pop();
            into.extend_from_slice(opaque.as_bytes());
        }
    }

    /// Whether it deletes a message that a claim holds: then some refusals say that the claim has ended.
    pub fn names_claim(&self) -> bool {
        matches!(self, Request::MessageDelete(MessageDelete { claim_id: Some(_), .. }))
    }

    /// Of a list: how many rows a page has at most, and the marker behind which it begins.
    pub fn page(&mut self) -> Option<(&mut Option<u32>, &mut Option<String>)> {
        match self {
            Request::QueueList(request) => Some((&mut request.limit, &mut request.marker)),
            Request::SubscriptionList(request) => Some((&mut request.limit, &mut request.marker)),
            Request::PoolList(request) => Some((&mut request.limit, &mut request.marker)),
            Request::FlavorList(request) => Some((&mut request.limit, &mut request.marker)),
            _ => None,
        }
    }

    /// Whether REST tells more than the socket: it alone fills in the reserved keys of metadata.
    pub fn is_fuller_over_rest(&self) -> bool {
        matches!(self, Request::QueueGet(_) | Request::QueueList(QueueList { detailed: Some(true), .. }))
    }

    /// What it has that is not looked into.
    fn opaque(&self) -> Option<&Opaque> {
        match self {
            Request::QueueCreate(request) => request.metadata.as_ref(),
            Request::QueueUpdate(request) => Some(&request.changes),
            Request::MessagePost(request) => Some(&request.messages),
            Request::SubscriptionCreate(request) => request.options.as_ref(),
            Request::SubscriptionUpdate(request) => request.options.as_ref(),
            Request::PoolCreate(request) => request.options.as_ref(),
            Request::PoolUpdate(request) => request.options.as_ref(),
            _ => None,
        }
    }
}

fn write_named(request: &impl Serialize, into: &mut Vec<u8>) {
    // a struct of texts and numbers can always be written to memory
    let written = rmp_serde::encode::write_named(into, request);
    debug_assert!(written.is_ok());
}

/// Text of a queue's name, an id or a marker. What is not UTF-8 is no such text, and travels with replacement characters.
pub fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}
