//! Requests about claims.

use serde::{Deserialize, Serialize};

/// Claims messages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimCreate {
    /// The queue.
    pub queue_name: String,
    /// Seconds until the claim ends.
    pub ttl: u32,
    /// Seconds that the messages live on after the claim, at least.
    pub grace: u32,
    /// At most how many messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Asks for a claim and its messages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimGet {
    /// The queue.
    pub queue_name: String,
    /// The claim.
    pub claim_id: String,
}

/// Renews a claim. Zaqar resets what is left out to its defaults, so nothing is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimUpdate {
    /// The queue.
    pub queue_name: String,
    /// The claim.
    pub claim_id: String,
    /// Seconds until it ends, from now on.
    pub ttl: u32,
    /// Seconds that the messages live on after the claim, at least.
    pub grace: u32,
}

/// Gives up a claim.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimDelete {
    /// The queue.
    pub queue_name: String,
    /// The claim.
    pub claim_id: String,
}
