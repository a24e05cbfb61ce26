//! The same requests as HTTP exchanges: method, path, document.

use super::json::{JsonWriter, to_json};
use super::opaque::Opaque;
use super::request::*;

/// An HTTP request, all but its origin and the headers that every request has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// `GET`, `PUT` …
    pub method: &'static str,
    /// From `/v2/` on, percent-encoded, with its query.
    pub path: String,
    /// The JSON document to send. None, too, where it would hold what JSON cannot have, which no encoder of ours makes: the server
    /// refuses it.
    pub document: Option<String>,
    /// The `Content-Type` of a document.
    pub content_type: &'static str,
}

const JSON: &str = "application/json";
const JSON_PATCH: &str = "application/openstack-messaging-v2.0-json-patch";

impl Request {
    /// The HTTP request that does what this does on the socket.
    ///
    /// ```
    /// use zaqar_web::protocol::request::{ClaimCreate, Request};
    ///
    /// let claim = Request::from(ClaimCreate { queue_name: "orders".into(), ttl: 60, grace: 90, limit: Some(5) });
    /// let exchange = claim.exchange();
    /// assert_eq!((exchange.method, &*exchange.path), ("POST", "/v2/queues/orders/claims?limit=5"));
    /// assert_eq!(exchange.document.unwrap(), r#"{"ttl":60,"grace":90}"#);
    /// ```
    pub fn exchange(&self) -> Exchange {
        use Request as R;
        match self {
            R::Ping(Ping {}) => get(&["ping"]),
            R::Health(Health {}) => get(&["health"]),

            R::QueueCreate(QueueCreate { queue_name, metadata }) => {
                put(&["queues", queue_name]).value(metadata.as_ref())
            }
            R::QueueList(QueueList { limit, marker, detailed }) => {
                get(&["queues"]).number("limit", *limit).text("marker", marker).flag("detailed", *detailed)
            }
            R::QueueGet(QueueGet { queue_name }) => get(&["queues", queue_name]),
            R::QueueUpdate(QueueUpdate { queue_name, changes }) => {
                Exchange { content_type: JSON_PATCH, ..patch(&["queues", queue_name]).value(Some(changes)) }
            }
            R::QueueGetStats(QueueGetStats { queue_name }) => get(&["queues", queue_name, "stats"]),
            R::QueueDelete(QueueDelete { queue_name }) => delete(&["queues", queue_name]),
            R::QueuePurge(QueuePurge { queue_name, resource_types }) => post(&["queues", queue_name, "purge"])
                .object(|json| json.field("resource_types", resource_types.as_deref(), JsonWriter::texts)),
            R::QueueShare(QueueShare { queue_name, paths, methods, expires }) => post(&["queues", queue_name, "share"])
                .object(|json| {
                    json.field("paths", paths.as_deref(), JsonWriter::texts);
                    json.field("methods", methods.as_deref(), JsonWriter::texts);
                    json.field("expires", expires.as_deref(), JsonWriter::text);
                }),

            R::MessagePost(MessagePost { queue_name, messages, .. }) => post(&["queues", queue_name, "messages"])
                .object(|json| json.field("messages", Some(messages.as_bytes()), JsonWriter::value)),
            R::MessageList(MessageList { queue_name, marker, limit, echo, include_claimed, include_delayed }) => {
                get(&["queues", queue_name, "messages"])
                    .text("marker", marker)
                    .number("limit", *limit)
                    .flag("echo", *echo)
                    .flag("include_claimed", *include_claimed)
                    .flag("include_delayed", *include_delayed)
            }
            R::MessageGet(MessageGet { queue_name, message_id }) => {
                get(&["queues", queue_name, "messages", message_id])
            }
            R::MessageGetMany(MessageGetMany { queue_name, message_ids }) => {
                get(&["queues", queue_name, "messages"]).ids(message_ids)
            }
            R::MessageDelete(MessageDelete { queue_name, message_id, claim_id }) => {
                delete(&["queues", queue_name, "messages", message_id]).text("claim_id", claim_id)
            }
            R::MessageDeleteMany(MessageDeleteMany { queue_name, message_ids, pop }) => {
                let messages = delete(&["queues", queue_name, "messages"]);
                match message_ids {
                    Some(ids) => messages.ids(ids),
                    None => messages,
                }
                .number("pop", *pop)
            }

            R::ClaimCreate(ClaimCreate { queue_name, ttl, grace, limit }) => {
                post(&["queues", queue_name, "claims"]).number("limit", *limit).lease(*ttl, *grace)
            }
            R::ClaimGet(ClaimGet { queue_name, claim_id }) => get(&["queues", queue_name, "claims", claim_id]),
            R::ClaimUpdate(ClaimUpdate { queue_name, claim_id, ttl, grace }) => {
                patch(&["queues", queue_name, "claims", claim_id]).lease(*ttl, *grace)
            }
            R::ClaimDelete(ClaimDelete { queue_name, claim_id }) => delete(&["queues", queue_name, "claims", claim_id]),

            R::SubscriptionCreate(SubscriptionCreate { queue_name, subscriber, ttl, options }) => {
                post(&["queues", queue_name, "subscriptions"]).subscription(subscriber, *ttl, options)
            }
            R::SubscriptionList(SubscriptionList { queue_name, limit, marker }) => {
                get(&["queues", queue_name, "subscriptions"]).number("limit", *limit).text("marker", marker)
            }
            R::SubscriptionGet(SubscriptionGet { queue_name, subscription_id }) => {
                get(&["queues", queue_name, "subscriptions", subscription_id])
            }
            R::SubscriptionUpdate(SubscriptionUpdate { queue_name, subscription_id, subscriber, ttl, options }) => {
                patch(&["queues", queue_name, "subscriptions", subscription_id]).subscription(subscriber, *ttl, options)
            }
            R::SubscriptionDelete(SubscriptionDelete { queue_name, subscription_id }) => {
                delete(&["queues", queue_name, "subscriptions", subscription_id])
            }

            R::PoolCreate(PoolCreate { pool_name, uri, weight, flavor, options }) => {
                put(&["pools", pool_name]).pool(Some(uri), Some(*weight), flavor, options)
            }
            R::PoolList(PoolList { limit, marker, detailed }) => {
                get(&["pools"]).number("limit", *limit).text("marker", marker).flag("detailed", *detailed)
            }
            R::PoolGet(PoolGet { pool_name, detailed }) => get(&["pools", pool_name]).flag("detailed", *detailed),
            R::PoolUpdate(PoolUpdate { pool_name, uri, weight, flavor, options }) => {
                patch(&["pools", pool_name]).pool(uri.as_deref(), *weight, flavor, options)
            }
            R::PoolDelete(PoolDelete { pool_name }) => delete(&["pools", pool_name]),

            R::FlavorCreate(FlavorCreate { flavor_name, pool_list, capabilities: _ }) => {
                put(&["flavors", flavor_name]).flavor(pool_list)
            }
            R::FlavorList(FlavorList { limit, marker, detailed }) => {
                get(&["flavors"]).number("limit", *limit).text("marker", marker).flag("detailed", *detailed)
            }
            R::FlavorGet(FlavorGet { flavor_name, detailed }) => {
                get(&["flavors", flavor_name]).flag("detailed", *detailed)
            }
            R::FlavorUpdate(FlavorUpdate { flavor_name, pool_list, capabilities: _ }) => {
                patch(&["flavors", flavor_name]).flavor(pool_list)
            }
            R::FlavorDelete(FlavorDelete { flavor_name }) => delete(&["flavors", flavor_name]),
        }
    }
}

// ─────────────────────────────────────────────────────────────────────────────────────────────── documents

impl Exchange {
    /// With the object of the fields that are written within.
    fn object(self, fields: impl FnOnce(&mut JsonWriter)) -> Exchange {
        let mut json = JsonWriter::default();
        json.object(fields);
        Exchange { document: json.finish(), ..self }
    }

    /// With this value; with none for null.
    fn value(self, value: Option<&Opaque>) -> Exchange {
        let document = value.and_then(|value| to_json(value.as_bytes())).filter(|text| text != "null");
        Exchange { document, ..self }
    }

    fn lease(self, ttl: u32, grace: u32) -> Exchange {
        self.object(|json| {
            json.field("ttl", Some(ttl), JsonWriter::number);
            json.field("grace", Some(grace), JsonWriter::number);
        })
    }

    fn subscription(self, subscriber: &Option<String>, ttl: Option<u32>, options: &Option<Opaque>) -> Exchange {
        self.object(|json| {
            json.field("subscriber", subscriber.as_deref(), JsonWriter::text);
            json.field("ttl", ttl, JsonWriter::number);
            json.field("options", options.as_ref().map(Opaque::as_bytes), JsonWriter::value);
        })
    }

    fn pool(
        self,
        uri: Option<&str>,
        weight: Option<u32>,
        flavor: &Option<String>,
        options: &Option<Opaque>,
    ) -> Exchange {
        self.object(|json| {
            json.field("uri", uri, JsonWriter::text);
            json.field("weight", weight, JsonWriter::number);
            json.field("flavor", flavor.as_deref(), JsonWriter::text);
            json.field("options", options.as_ref().map(Opaque::as_bytes), JsonWriter::value);
        })
    }

    /// Its capabilities the server takes from its pools, and refuses a list of them.
    fn flavor(self, pool_list: &[String]) -> Exchange {
        self.object(|json| json.field("pool_list", Some(pool_list), JsonWriter::texts))
    }
}

// ────────────────────────────────────────────────────────────────────────────────────────── paths and queries

fn get(segments: &[&str]) -> Exchange {
    Exchange::new("GET", segments)
}

fn put(segments: &[&str]) -> Exchange {
    Exchange::new("PUT", segments)
}

fn post(segments: &[&str]) -> Exchange {
    Exchange::new("POST", segments)
}

fn patch(segments: &[&str]) -> Exchange {
    Exchange::new("PATCH", segments)
}

fn delete(segments: &[&str]) -> Exchange {
    Exchange::new("DELETE", segments)
}

impl Exchange {
    fn new(method: &'static str, segments: &[&str]) -> Exchange {
        let mut path = String::from("/v2");
        for segment in segments {
            path.push('/');
            push_encoded(&mut path, segment);
        }
        Exchange { method, path, document: None, content_type: JSON }
    }

    fn text(mut self, key: &str, value: &Option<String>) -> Exchange {
        if let Some(value) = value {
            self.push_key(key);
            push_encoded(&mut self.path, value);
        }
        self
    }

    fn number(self, key: &str, value: Option<u32>) -> Exchange {
        self.text(key, &value.map(|value| value.to_string()))
    }

    fn flag(self, key: &str, value: Option<bool>) -> Exchange {
        self.text(key, &value.map(|value| value.to_string()))
    }

    /// Commas between ids separate them, commas in them are encoded.
    fn ids(mut self, ids: &[String]) -> Exchange {
        self.push_key("ids");
        for (index, id) in ids.iter().enumerate() {
            if index > 0 {
                self.path.push(',');
            }
            push_encoded(&mut self.path, id);
        }
        self
    }

    fn push_key(&mut self, key: &str) {
        self.path.push(if self.path.contains('?') { '&' } else { '?' });
        self.path.push_str(key);
        self.path.push('=');
    }
}

/// As `encodeURIComponent` does.
fn push_encoded(path: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')' => {
                path.push(char::from(byte));
            }
            _ => {
                path.push('%');
                path.push(hex(byte >> 4));
                path.push(hex(byte & 15));
            }
        }
    }
}

fn hex(digit: u8) -> char {
    char::from(b"0123456789ABCDEF"[usize::from(digit)])
}
