//! Random requests that the rules allow.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::request::Request;

use crate::read;
use crate::requests::all;

/// Any JSON: texts of all of Unicode, integers of 64 bits, floats.
pub fn any_body() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e300..1e300).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..20).prop_map(Value::from),
            vec((any::<String>(), inner), 0..20)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Any request with any of what may be left out.
pub fn some_request() -> impl Strategy<Value = Request> {
    let actions: Vec<Action> = all().iter().map(|(request, _)| request.action()).collect();
    (proptest::sample::select(actions), any::<u64>(), vec(value_seed(), 8)).prop_map(|(action, chosen, seeds)| {
        let mut body = Map::new();
        for (index, (key, is_needed)) in keys(action).into_iter().enumerate() {
            if is_needed || chosen >> index & 1 == 1 {
                body.insert(key.into(), value(key, &seeds[index]));
            }
        }
        read(action, &body.into()).unwrap()
    })
}

/// What a value is made of: a number, an id, any value.
type Seed = (u32, String, Value);

fn value_seed() -> impl Strategy<Value = Seed> {
    (any::<u32>(), "[^ /\\\\,\\p{Cc}]{3,40}", any_body())
}

/// The keys of an action, and which are needed.
fn keys(action: Action) -> Vec<(&'static str, bool)> {
    let name = action.name();
    let optional = |keys: &[&'static str]| keys.iter().map(|key| (*key, false)).collect::<Vec<_>>();
    let needed = |keys: &[&'static str]| keys.iter().map(|key| (*key, true)).collect::<Vec<_>>();
    let about = match name.split('_').next().unwrap() {
        "ping" | "health" => return vec![],
        _ if matches!(action, Action::QueueList | Action::PoolList | Action::FlavorList) => {
            return optional(&["limit", "marker", "detailed"]);
        }
        "pool" => "pool_name",
        "flavor" => "flavor_name",
        _ => "queue_name",
    };
    let others = match action {
        Action::QueueCreate => optional(&["metadata"]),
        Action::QueuePurge => optional(&["resource_types"]),
        Action::QueueUpdate => needed(&["changes"]),
        Action::QueueShare => optional(&["paths", "methods", "expires"]),
        Action::MessagePost => needed(&["messages"]),
        Action::MessageList => optional(&["marker", "limit", "echo", "include_claimed", "include_delayed"]),
        Action::MessageGet => needed(&["message_id"]),
        Action::MessageGetMany => needed(&["message_ids"]),
        Action::MessageDelete => [needed(&["message_id"]), optional(&["claim_id"])].concat(),
        Action::MessageDeleteMany => optional(&["message_ids", "pop"]),
        Action::ClaimCreate => [needed(&["ttl", "grace"]), optional(&["limit"])].concat(),
        Action::ClaimUpdate => needed(&["claim_id", "ttl", "grace"]),
        Action::ClaimGet | Action::ClaimDelete => needed(&["claim_id"]),
        Action::SubscriptionCreate => optional(&["subscriber", "ttl", "options"]),
        Action::SubscriptionList => optional(&["limit", "marker"]),
        Action::SubscriptionGet | Action::SubscriptionDelete => needed(&["subscription_id"]),
        Action::SubscriptionUpdate => {
            [needed(&["subscription_id", "ttl"]), optional(&["subscriber", "options"])].concat()
        }
        Action::PoolCreate => [needed(&["uri", "weight"]), optional(&["flavor", "options"])].concat(),
        Action::PoolUpdate => [needed(&["weight"]), optional(&["uri", "flavor", "options"])].concat(),
        Action::PoolGet | Action::FlavorGet => optional(&["detailed"]),
        Action::FlavorCreate | Action::FlavorUpdate => [needed(&["pool_list"]), optional(&["capabilities"])].concat(),
        _ => vec![],
    };
    [needed(&[about]), others].concat()
}

/// A value that the rules allow.
fn value(key: &str, (number, id, any): &Seed) -> Value {
    let up_to = |least: u32, most: u32| Value::from(least + number % (most - least + 1));
    match key {
        "limit" | "pop" => up_to(1, 20),
        "ttl" | "grace" => up_to(60, 43_200),
        "weight" => json!(number),
        "queue_name" => json!(format!("q-{number}")),
        "message_ids" | "pool_list" | "capabilities" => json!(vec![id; 1 + *number as usize % 20]),
        "marker" | "flavor" | "uri" => json!(id),
        "detailed" | "echo" | "include_claimed" | "include_delayed" => json!(number % 2 == 0),
        "metadata" | "options" => json!({ id.clone(): any }),
        "changes" => json!([{ "op": "add", "path": format!("/metadata/{number}"), "value": any }]),
        "messages" => json!([{ "body": any, "ttl": up_to(60, 1_209_600), "delay": up_to(0, 900) }, { "body": any }]),
        "resource_types" => json!(["subscriptions"]),
        "paths" => json!(["claims"]),
        "methods" => json!(["PATCH", "GET"]),
        "expires" => json!("2030-12-31T23:59:59"),
        "subscriber" => json!(format!("trust+https:{id}")),
        _ => json!(id),
    }
}
