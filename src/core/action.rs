//! Everything that can be asked of Zaqar.
//!
//! A request is an [`Action`] and a body, a MessagePack map in the shape that the socket takes. What only REST can do
//! has a name and a body in the same manner. Both sides of the wasm boundary name actions by number: the order here is
//! the order of `EXCHANGES` in `js/actions.ts`, which a test compares.

/// One kind of request. The comment on each names the keys of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Action {
    /// a cheap round trip: `queue_list` with limit 1 on the socket, `GET /v2/ping` on REST
    Ping,
    /// presents a Keystone token; socket only
    Authenticate,
    /// `{queue_name, metadata}`
    QueueCreate,
    /// `{limit, marker, detailed}`
    QueueList,
    /// `{queue_name}`: the metadata
    QueueGet,
    /// `{queue_name}`
    QueueGetStats,
    /// `{queue_name}`
    QueueDelete,
    /// `{queue_name, resource_types}`
    QueuePurge,
    /// `{queue_name, messages: [{body, ttl, delay}]}`
    MessagePost,
    /// `{queue_name, limit, marker, echo, include_claimed, include_delayed}`
    MessageList,
    /// `{queue_name, message_id}`
    MessageGet,
    /// `{queue_name, message_ids}`
    MessageGetMany,
    /// `{queue_name, message_id, claim_id}`
    MessageDelete,
    /// `{queue_name, message_ids | pop}`
    MessageDeleteMany,
    /// `{queue_name, ttl, grace, limit}`
    ClaimCreate,
    /// `{queue_name, claim_id}`
    ClaimGet,
    /// `{queue_name, claim_id, ttl, grace}`
    ClaimUpdate,
    /// `{queue_name, claim_id}`
    ClaimDelete,
    /// `{queue_name, subscriber, ttl, options}`; without `subscriber` it subscribes the socket itself
    SubscriptionCreate,
    /// `{queue_name, limit, marker}`
    SubscriptionList,
    /// `{queue_name, subscription_id}`
    SubscriptionGet,
    /// `{queue_name, subscription_id}`
    SubscriptionDelete,
    /// `{queue_name, changes: [{op, path, value}]}`; REST only
    QueueUpdate,
    /// `{queue_name, paths, methods, expires}`; REST only
    QueueShare,
    /// `{queue_name, subscription_id, subscriber, ttl, options}`; REST only
    SubscriptionUpdate,
    /// no body; REST only
    Health,
    /// `{pool_name, uri, weight, flavor, options}`; REST only, as all of pools and flavors
    PoolCreate,
    /// `{limit, marker, detailed}`
    PoolList,
    /// `{pool_name, detailed}`
    PoolGet,
    /// `{pool_name, uri, weight, flavor, options}`
    PoolUpdate,
    /// `{pool_name}`
    PoolDelete,
    /// `{flavor_name, pool_list, capabilities}`
    FlavorCreate,
    /// `{limit, marker, detailed}`
    FlavorList,
    /// `{flavor_name, detailed}`
    FlavorGet,
    /// `{flavor_name, pool_list, capabilities}`
    FlavorUpdate,
    /// `{flavor_name}`
    FlavorDelete,
}

impl Action {
    /// Every action, in the order of its number.
    pub const ALL: [Action; 36] = [
        Action::Ping,
        Action::Authenticate,
        Action::QueueCreate,
        Action::QueueList,
        Action::QueueGet,
        Action::QueueGetStats,
        Action::QueueDelete,
        Action::QueuePurge,
        Action::MessagePost,
        Action::MessageList,
        Action::MessageGet,
        Action::MessageGetMany,
        Action::MessageDelete,
        Action::MessageDeleteMany,
        Action::ClaimCreate,
        Action::ClaimGet,
        Action::ClaimUpdate,
        Action::ClaimDelete,
        Action::SubscriptionCreate,
        Action::SubscriptionList,
        Action::SubscriptionGet,
        Action::SubscriptionDelete,
        Action::QueueUpdate,
        Action::QueueShare,
        Action::SubscriptionUpdate,
        Action::Health,
        Action::PoolCreate,
        Action::PoolList,
        Action::PoolGet,
        Action::PoolUpdate,
        Action::PoolDelete,
        Action::FlavorCreate,
        Action::FlavorList,
        Action::FlavorGet,
        Action::FlavorUpdate,
        Action::FlavorDelete,
    ];

    /// The action with this number.
    pub fn from_number(number: u32) -> Option<Action> {
        Action::ALL.get(number as usize).copied()
    }

    /// Its name: the socket's where the socket has it.
    pub fn name(self) -> &'static str {
        match self {
            Action::Ping => "ping",
            Action::Authenticate => "authenticate",
            Action::QueueCreate => "queue_create",
            Action::QueueList => "queue_list",
            Action::QueueGet => "queue_get",
            Action::QueueGetStats => "queue_get_stats",
            Action::QueueDelete => "queue_delete",
            Action::QueuePurge => "queue_purge",
            Action::MessagePost => "message_post",
            Action::MessageList => "message_list",
            Action::MessageGet => "message_get",
            Action::MessageGetMany => "message_get_many",
            Action::MessageDelete => "message_delete",
            Action::MessageDeleteMany => "message_delete_many",
            Action::ClaimCreate => "claim_create",
            Action::ClaimGet => "claim_get",
            Action::ClaimUpdate => "claim_update",
            Action::ClaimDelete => "claim_delete",
            Action::SubscriptionCreate => "subscription_create",
            Action::SubscriptionList => "subscription_list",
            Action::SubscriptionGet => "subscription_get",
            Action::SubscriptionDelete => "subscription_delete",
            Action::QueueUpdate => "queue_update",
            Action::QueueShare => "queue_share",
            Action::SubscriptionUpdate => "subscription_update",
            Action::Health => "health",
            Action::PoolCreate => "pool_create",
            Action::PoolList => "pool_list",
            Action::PoolGet => "pool_get",
            Action::PoolUpdate => "pool_update",
            Action::PoolDelete => "pool_delete",
            Action::FlavorCreate => "flavor_create",
            Action::FlavorList => "flavor_list",
            Action::FlavorGet => "flavor_get",
            Action::FlavorUpdate => "flavor_update",
            Action::FlavorDelete => "flavor_delete",
        }
    }

    /// What the socket calls it; `None` where only REST can do it. Zaqar drops the connection on some of those.
    pub fn on_socket(self) -> Option<&'static str> {
        match self {
            Action::Ping => Some(Action::QueueList.name()),
            _ if self as u8 <= Action::SubscriptionDelete as u8 => Some(self.name()),
            _ => None,
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
