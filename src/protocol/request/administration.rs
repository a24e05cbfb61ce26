//! Requests about the server, its pools and flavors. All but the first are REST only.

use super::fields::requests;
use crate::protocol::opaque::Opaque;

requests! {
    /// A cheap round trip: `queue_list` with limit 1 on the socket, `GET /v2/ping` over REST.
    pub struct Ping {}

    /// Asks how the server is.
    pub struct Health {}

    /// Registers a pool.
    pub struct PoolCreate {
        /// The pool.
        pub pool_name: String,
        /// Where its store is.
        pub uri: String,
        /// How likely it is chosen.
        pub weight: u32,
        /// The flavor that it is of.
        pub flavor: Option<String>,
        /// An object of the store's options.
        pub options: Option<Opaque>,
    }

    /// Lists pools.
    pub struct PoolList {
        /// At most how many pools.
        pub limit: Option<u32>,
        /// The pool behind which the page begins.
        pub marker: Option<String>,
        /// Whether their options are told, too.
        pub detailed: Option<bool>,
    }

    /// Asks for one pool.
    pub struct PoolGet {
        /// The pool.
        pub pool_name: String,
        /// Whether its options are told, too.
        pub detailed: Option<bool>,
    }

    /// Changes a pool.
    pub struct PoolUpdate {
        /// The pool.
        pub pool_name: String,
        /// Where its store is.
        pub uri: Option<String>,
        /// How likely it is chosen.
        pub weight: Option<u32>,
        /// The flavor that it is of.
        pub flavor: Option<String>,
        /// An object of the store's options.
        pub options: Option<Opaque>,
    }

    /// Removes a pool.
    pub struct PoolDelete {
        /// The pool.
        pub pool_name: String,
    }

    /// Makes a flavor.
    pub struct FlavorCreate {
        /// The flavor.
        pub flavor_name: String,
        /// Its pools.
        pub pool_list: Vec<String>,
        /// What they can do. Not sent: the server takes it from the pools, and refuses a list of it.
        pub capabilities: Option<Vec<String>>,
    }

    /// Lists flavors.
    pub struct FlavorList {
        /// At most how many flavors.
        pub limit: Option<u32>,
        /// The flavor behind which the page begins.
        pub marker: Option<String>,
        /// Whether their capabilities are told, too.
        pub detailed: Option<bool>,
    }

    /// Asks for one flavor.
    pub struct FlavorGet {
        /// The flavor.
        pub flavor_name: String,
        /// Whether its capabilities are told, too.
        pub detailed: Option<bool>,
    }

    /// Changes a flavor.
    pub struct FlavorUpdate {
        /// The flavor.
        pub flavor_name: String,
        /// Its pools.
        pub pool_list: Vec<String>,
        /// What they can do; not sent.
        pub capabilities: Option<Vec<String>>,
    }

    /// Removes a flavor.
    pub struct FlavorDelete {
        /// The flavor.
        pub flavor_name: String,
    }
}
