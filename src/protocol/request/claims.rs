//! Requests about claims.

use super::fields::requests;

requests! {
    /// Claims messages.
    pub struct ClaimCreate {
        /// The queue.
        pub queue_name: String,
        /// Seconds until the claim ends.
        pub ttl: u32,
        /// Seconds that the messages live on after the claim, at least.
        pub grace: u32,
        /// At most how many messages.
        pub limit: Option<u32>,
    }

    /// Asks for a claim and its messages.
    pub struct ClaimGet {
        /// The queue.
        pub queue_name: String,
        /// The claim.
        pub claim_id: String,
    }

    /// Renews a claim. Zaqar resets what is left out to its defaults, so nothing is.
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
    pub struct ClaimDelete {
        /// The queue.
        pub queue_name: String,
        /// The claim.
        pub claim_id: String,
    }
}
