//! Everything that can be asked of Zaqar.
//!
//! A request is an [`Action`] and a body, a MessagePack map in the shape that the socket takes. What only REST can do
//! has a name and a body in the same manner.

use crate::named;

named! {
    /// One kind of request. The comment on each names the keys of its body.
    pub enum Action as "Action" {
        /// a cheap round trip: `queue_list` with limit 1 on the socket, `GET /v2/ping` on REST
        Ping = "ping",
        /// presents a Keystone token; socket only
        Authenticate = "authenticate",
        /// `{queue_name, metadata}`
        QueueCreate = "queue_create",
        /// `{limit, marker, detailed}`
        QueueList = "queue_list",
        /// `{queue_name}`: the metadata
        QueueGet = "queue_get",
        /// `{queue_name}`
        QueueGetStats = "queue_get_stats",
        /// `{queue_name}`
        QueueDelete = "queue_delete",
        /// `{queue_name, resource_types}`
        QueuePurge = "queue_purge",
        /// `{queue_name, messages: [{body, ttl, delay}]}`
        MessagePost = "message_post",
        /// `{queue_name, limit, marker, echo, include_claimed, include_delayed}`
        MessageList = "message_list",
        /// `{queue_name, message_id}`
        MessageGet = "message_get",
        /// `{queue_name, message_ids}`
        MessageGetMany = "message_get_many",
        /// `{queue_name, message_id, claim_id}`
        MessageDelete = "message_delete",
        /// `{queue_name, message_ids | pop}`
        MessageDeleteMany = "message_delete_many",
        /// `{queue_name, ttl, grace, limit}`
        ClaimCreate = "claim_create",
        /// `{queue_name, claim_id}`
        ClaimGet = "claim_get",
        /// `{queue_name, claim_id, ttl, grace}`
        ClaimUpdate = "claim_update",
        /// `{queue_name, claim_id}`
        ClaimDelete = "claim_delete",
        /// `{queue_name, subscriber, ttl, options}`; without `subscriber` it subscribes the socket itself
        SubscriptionCreate = "subscription_create",
        /// `{queue_name, limit, marker}`
        SubscriptionList = "subscription_list",
        /// `{queue_name, subscription_id}`
        SubscriptionGet = "subscription_get",
        /// `{queue_name, subscription_id}`
        SubscriptionDelete = "subscription_delete",
        /// `{queue_name, changes: [{op, path, value}]}`; REST only
        QueueUpdate = "queue_update",
        /// `{queue_name, paths, methods, expires}`; REST only
        QueueShare = "queue_share",
        /// `{queue_name, subscription_id, subscriber, ttl, options}`; REST only
        SubscriptionUpdate = "subscription_update",
        /// no body; REST only
        Health = "health",
        /// `{pool_name, uri, weight, flavor, options}`; REST only, as all of pools and flavors
        PoolCreate = "pool_create",
        /// `{limit, marker, detailed}`
        PoolList = "pool_list",
        /// `{pool_name, detailed}`
        PoolGet = "pool_get",
        /// `{pool_name, uri, weight, flavor, options}`
        PoolUpdate = "pool_update",
        /// `{pool_name}`
        PoolDelete = "pool_delete",
        /// `{flavor_name, pool_list, capabilities}`
        FlavorCreate = "flavor_create",
        /// `{limit, marker, detailed}`
        FlavorList = "flavor_list",
        /// `{flavor_name, detailed}`
        FlavorGet = "flavor_get",
        /// `{flavor_name, pool_list, capabilities}`
        FlavorUpdate = "flavor_update",
        /// `{flavor_name}`
        FlavorDelete = "flavor_delete",
    }
}

impl Action {
    /// What the socket calls it; `None` where only REST can do it. Zaqar drops the connection on some of those.
    pub fn on_socket(self) -> Option<&'static str> {
        match self {
            Action::Ping => Some(Action::QueueList.name()),
            Action::QueueUpdate
            | Action::QueueShare
            | Action::SubscriptionUpdate
            | Action::Health
            | Action::PoolCreate
            | Action::PoolList
            | Action::PoolGet
            | Action::PoolUpdate
            | Action::PoolDelete
            | Action::FlavorCreate
            | Action::FlavorList
            | Action::FlavorGet
            | Action::FlavorUpdate
            | Action::FlavorDelete => None,
            _ => Some(self.name()),
        }
    }

    /// Whether doing it twice is as good as doing it once, so that it may be repeated when its answer is lost.
    pub fn is_repeatable(self) -> bool {
        !matches!(
            self,
            Action::MessagePost
                | Action::MessageDeleteMany
                | Action::ClaimCreate
                | Action::SubscriptionCreate
                | Action::QueueUpdate
                | Action::PoolCreate
                | Action::FlavorCreate
        )
    }
}
