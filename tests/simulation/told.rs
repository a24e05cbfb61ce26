//! What the application can read of an answer, from either transport.

use std::borrow::Cow;

use zaqar_codec::tape::Value;
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::http::HttpReply;
use zaqar_web::protocol::replies::{Message, NotZaqars, Posted, Reply};

/// The result in an answer.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    Frame(Option<Value<'a>>),
    Http(&'a HttpReply<'a>),
}

/// A message, as it was told: its id, and its age in milliseconds.
pub type Told = (String, f64);

impl Body<'_> {
    /// The messages that it has.
    pub fn messages(&self) -> Vec<Told> {
        let told = |message: &Message<'_>| (message.id.to_string(), message.age * 1_000.0);
        match self {
            Body::Frame(body) => {
                let list = body.and_then(|body| body.field("messages"));
                list.iter().flat_map(Value::items).map(of_tape).collect()
            }
            Body::Http(answer) => match &answer.reply {
                Ok(Reply::Page(page)) => page.messages.iter().map(told).collect(),
                Ok(Reply::Claimed(claimed)) => claimed.messages.iter().map(told).collect(),
                Ok(Reply::Claim(claim)) => claim.messages.iter().map(told).collect(),
                _ => Vec::new(),
            },
        }
    }

    /// Those messages of a page whose bits are set.
    pub fn chosen(&self, mask: u128) -> Vec<Told> {
        let all = self.messages().into_iter().enumerate();
        let chosen: Vec<Told> = all.filter(|(place, _)| mask & 1 << place != 0).map(|(_, told)| told).collect();
        if let Body::Http(answer) = self
            && matches!(answer.reply, Ok(Reply::Page(_)))
        {
            let json: serde_json::Value = serde_json::from_str(&answer.messages_json(mask)).expect("JSON");
            let ids = json.as_array().into_iter().flatten().map(|message| message["id"].as_str());
            assert!(ids.eq(chosen.iter().map(|(id, _)| Some(&**id))), "the application gets what is meant for it");
        }
        chosen
    }

    /// The one message of `message_get`.
    pub fn message(&self) -> Option<String> {
        match self {
            Body::Frame(body) => {
                let id = body.and_then(|body| body.field("messages"))?.field("id")?;
                text(id).map(str::to_owned)
            }
            Body::Http(answer) => match &answer.reply {
                Ok(Reply::Message(message)) => Some(message.id.to_string()),
                _ => None,
            },
        }
    }

    /// The ids of messages that were posted.
    pub fn posted(&self) -> Vec<String> {
        let owned = |posted: &Posted<'_>| posted.message_ids.iter().map(|id| id.to_string()).collect();
        match self {
            Body::Frame(body) => match Reply::of_frame(Action::MessagePost, *body) {
                Ok(Reply::Posted(posted)) => owned(&posted),
                other => panic!("{other:?} is given for the reply to a post"),
            },
            Body::Http(answer) => match &answer.reply {
                Ok(Reply::Posted(posted)) => owned(posted),
                other => panic!("{other:?} is given for the reply to a post"),
            },
        }
    }

    /// How many messages statistics tell of.
    pub fn total(&self) -> f64 {
        let reply = match self {
            Body::Frame(body) => Reply::of_frame(Action::QueueGetStats, *body).map(Cow::Owned),
            Body::Http(answer) => answer.reply.as_ref().map(Cow::Borrowed).map_err(|NotZaqars| NotZaqars),
        };
        match reply.as_deref() {
            Ok(Reply::Stats(stats)) => stats.total,
            other => panic!("{other:?} is given for statistics"),
        }
    }

    /// A text in the result.
    pub fn text(&self, key: &str) -> Option<String> {
        match self {
            Body::Frame(body) => body.and_then(|body| text(body.field(key)?)).map(str::to_owned),
            Body::Http(answer) => {
                let json: serde_json::Value = serde_json::from_str(&answer.json()?).expect("JSON");
                json[key].as_str().map(str::to_owned)
            }
        }
    }
}

fn of_tape(message: Value<'_>) -> Told {
    let age = message.field("age").and_then(|age| age.as_integer()).expect("an age");
    (message.field("id").and_then(text).expect("an id").to_owned(), age as f64 * 1_000.0)
}

fn text(value: Value<'_>) -> Option<&str> {
    std::str::from_utf8(value.as_text()?).ok()
}

/// The messages of a page in one line: the ends of their ids.
pub struct Ids<'a>(pub Body<'a>);

impl std::fmt::Display for Ids<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (id, _) in self.0.messages() {
            let place = id.get(24..).and_then(|digits| usize::from_str_radix(digits, 16).ok());
            write!(out, "{place:?} ")?;
        }
        Ok(())
    }
}
