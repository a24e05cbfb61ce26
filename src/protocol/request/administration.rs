//! Requests about the server, its pools and flavors. All but the first are REST only.

use serde::{Deserialize, Serialize};

use crate::protocol::opaque::{Opaque, leave_room};

/// A cheap round trip: `queue_list` with limit 1 on the socket, `GET /v2/ping` over REST.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ping {}

/// Asks how the server is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Health {}

/// Registers a pool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolCreate {
    /// The pool.
    pub pool_name: String,
    /// Where its store is.
    pub uri: String,
    /// How likely it is chosen.
    pub weight: u32,
    /// The flavor that it is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flavor: Option<String>,
    /// An object of the store's options.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "leave_room")]
    pub options: Option<Opaque>,
}

/// Lists pools.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolList {
    /// At most how many pools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The pool behind which the page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// Whether their options are told, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detailed: Option<bool>,
}

/// Asks for one pool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolGet {
    /// The pool.
    pub pool_name: String,
    /// Whether its options are told, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detailed: Option<bool>,
}

/// Changes a pool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolUpdate {
    /// The pool.
    pub pool_name: String,
    /// Where its store is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// How likely it is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// The flavor that it is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flavor: Option<String>,
    /// An object of the store's options.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "leave_room")]
    pub options: Option<Opaque>,
}

/// Removes a pool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolDelete {
    /// The pool.
    pub pool_name: String,
}

/// Makes a flavor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlavorCreate {
    /// The flavor.
    pub flavor_name: String,
    /// Its pools.
    pub pool_list: Vec<String>,
    /// What they can do. Not sent: the server takes it from the pools, and refuses a list of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<String>>,
}

/// Lists flavors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlavorList {
    /// At most how many flavors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The flavor behind which the page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// Whether their capabilities are told, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detailed: Option<bool>,
}

/// Asks for one flavor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlavorGet {
    /// The flavor.
    pub flavor_name: String,
    /// Whether its capabilities are told, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detailed: Option<bool>,
}

/// Changes a flavor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlavorUpdate {
    /// The flavor.
    pub flavor_name: String,
    /// Its pools.
    pub pool_list: Vec<String>,
    /// What they can do; not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<String>>,
}

/// Removes a flavor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlavorDelete {
    /// The flavor.
    pub flavor_name: String,
}
