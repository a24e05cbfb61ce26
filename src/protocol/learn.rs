//! The limits of a server, as its refusals name them.

use super::action::Action;
use super::limits::Rules;

/// A limit that a refusal names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The server's: it is among the rules.
    OfServer,
    /// Characters that one queue takes of a post; its metadata say so, and may say otherwise at any time.
    OfQueue(u32),
}

impl Rules {
    /// Keeps the limit that the sentence of a refusal names, if it names one.
    ///
    /// ```
    /// use zaqar_web::protocol::action::Action;
    /// use zaqar_web::protocol::limits::Rules;
    ///
    /// let mut rules = Rules::default();
    /// rules.learn(Action::MessageList, "Limit must be at least 1 and may not be greater than 5.");
    /// assert_eq!(rules.max_messages_per_page, Some(5));
    /// ```
    pub fn learn(&mut self, action: Action, sentence: &str) -> Option<Named> {
        if let Some(of_queue) = number_behind(sentence, SIZE_OF_QUEUE) {
            if let Some(of_server) = number_behind(sentence, SIZE_BESIDE) {
                self.max_messages_post_size = Some(of_server);
            }
            return Some(Named::OfQueue(of_queue));
        }
        let (limit, number) =
            SENTENCES.iter().find_map(|(before, limit)| Some((limit, number_behind(sentence, before)?)))?;
        *limit(self, action)? = Some(number);
        Some(Named::OfServer)
    }
}

/// Where a limit stands among the rules. Several sentences say the same of different requests.
type Limit = fn(&mut Rules, Action) -> Option<&mut Option<u32>>;

/// What stands before the number in each sentence of Zaqar's `transport/validation.py`.
const SENTENCES: [(&str, Limit); 13] = [
    ("Limit must be at least 1 and may not be greater than ", |rules, action| at_once(rules, action)),
    ("Limit must be at least 1 and no greater than ", |rules, action| at_once(rules, action)),
    ("ids parameter should have at least 1 and not greater than ", |rules, _| Some(&mut rules.max_messages_per_page)),
    ("Pop value must be at least 1 and may not be greater than ", |rules, _| {
        Some(&mut rules.max_messages_per_claim_or_pop)
    }),
    ("The TTL for a message may not exceed ", |rules, _| Some(&mut rules.max_message_ttl)),
    ("_default_message_ttl can not exceed ", |rules, _| Some(&mut rules.max_message_ttl)),
    ("The Delay TTL for a message may not exceed ", |rules, _| Some(&mut rules.max_message_delay)),
    // of `_default_message_delay`
    ("The TTL can not exceed ", |rules, _| Some(&mut rules.max_message_delay)),
    ("The TTL for a claim may not exceed ", |rules, _| Some(&mut rules.max_claim_ttl)),
    ("The grace for a claim may not exceed ", |rules, _| Some(&mut rules.max_claim_grace)),
    ("Queue metadata is too large. Max size: ", |rules, _| Some(&mut rules.max_queue_metadata)),
    ("Message collection size is too large. Max size ", |rules, _| Some(&mut rules.max_messages_post_size)),
    ("_max_messages_post_size can not exceed ", |rules, _| Some(&mut rules.max_messages_post_size)),
];

const SIZE_OF_QUEUE: &str = "Message collection size is too large. The max size for current queue is ";
const SIZE_BESIDE: &str = "max_messages_post_size_config: ";

fn at_once(rules: &mut Rules, action: Action) -> Option<&mut Option<u32>> {
    match action {
        Action::ClaimCreate => Some(&mut rules.max_messages_per_claim_or_pop),
        Action::MessageList | Action::MessageGetMany => Some(&mut rules.max_messages_per_page),
        Action::QueueList => Some(&mut rules.max_queues_per_page),
        Action::SubscriptionList => Some(&mut rules.max_subscriptions_per_page),
        Action::PoolList => Some(&mut rules.max_pools_per_page),
        Action::FlavorList => Some(&mut rules.max_flavors_per_page),
        _ => None,
    }
}

/// A limit of zero would allow nothing: it is not believed.
fn number_behind(sentence: &str, before: &str) -> Option<u32> {
    let (_, rest) = sentence.split_once(before)?;
    let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok().filter(|number| *number > 0)
}
