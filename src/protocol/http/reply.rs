//! What an answer means, and the JSON that JavaScript gets of it: spans of the answer's text in the socket's shape.

use std::borrow::Cow;

use super::row::Row;
use crate::protocol::json::JsonWriter;
use crate::protocol::replies::{NotZaqars, Reply, Text};
use crate::protocol::spans::{Fields, Json};

/// What an answer means.
#[derive(Clone, Debug)]
pub struct HttpReply<'a> {
    /// HTTP's status, or what the socket would have said; [`NOT_ZAQARS`](super::NOT_ZAQARS).
    pub status: u16,
    /// The result. There is none in a refusal and in what is not Zaqar's; nor if something in the document has the wrong form,
    /// which the status does not tell.
    pub reply: Result<Reply<'a>, NotZaqars>,
    /// The server's sentence about a refusal, if it has one.
    pub sentence: Option<Cow<'a, str>>,
    /// Whether it is a 401 or 403 of a proxy before Zaqar, as one has it that wants a login.
    pub wants_login: bool,
    /// Where the next page starts: only REST tells, and on MongoDB it is the only way to page.
    pub next_marker: Option<String>,
    /// The answer's text, and what was read in its place.
    text: &'a str,
    readable: &'a str,
    shape: Shape<'a>,
}

/// What the result is made of in the answer's text.
#[derive(Clone, Debug)]
pub(super) enum Shape<'a> {
    Nothing,
    Whole(Json<'a>),
    /// A list, under its name.
    List(&'static str, Option<Json<'a>>),
    Posted(Vec<Text<'a>>),
    Messages(Vec<Fields<'a>>),
    Message(Fields<'a>),
    Claimed(Option<Text<'a>>, Vec<Fields<'a>>),
    /// The document, and the messages in it.
    Claim(Fields<'a>, Vec<Fields<'a>>),
    Stats(Fields<'a>),
}

impl<'a> HttpReply<'a> {
    pub(super) fn new(
        status: u16,
        reply: Result<Reply<'a>, NotZaqars>,
        text: &'a str,
        readable: &'a str,
        shape: Shape<'a>,
    ) -> HttpReply<'a> {
        HttpReply { status, reply, sentence: None, wants_login: false, next_marker: None, text, readable, shape }
    }

    /// Bytes of the answer's text.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The result in the socket's shape, as JSON text, for the application; `None` where there is none. As in the server's text
    /// there may be `NaN` and `Infinity` in it.
    pub fn json(&self) -> Option<String> {
        let mut json = JsonWriter::default();
        match &self.shape {
            Shape::Nothing => return None,
            Shape::Whole(body) => json.raw(self.original(*body)),
            Shape::List(name, rows) => json.object(|json| {
                json.key(name);
                json.raw(rows.map_or("[]", |rows| self.original(rows)));
            }),
            Shape::Posted(ids) => json.object(|json| {
                json.key("message_ids");
                json.list(ids, |json, id| json.text(id));
            }),
            Shape::Messages(rows) => json.object(|json| self.messages(json, rows)),
            Shape::Message(row) => json.object(|json| {
                json.key("messages");
                self.message(json, row);
            }),
            Shape::Claimed(claim_id, rows) => json.object(|json| {
                json.key("claim_id");
                json.text_or_null(claim_id.as_deref());
                self.messages(json, rows);
            }),
            Shape::Claim(fields, rows) => json.object(|json| {
                self.fields(json, fields, &["messages"]);
                self.messages(json, rows);
            }),
            Shape::Stats(counts) => json.object(|json| {
                json.key("messages");
                json.object(|json| self.counts(json, counts));
            }),
        }
        json.finish()
    }

    /// Those messages of a page, or of what was claimed, whose bit is set, as a JSON list.
    pub fn messages_json(&self, chosen: u128) -> String {
        let rows = match &self.shape {
            Shape::Messages(rows) | Shape::Claimed(_, rows) => &rows[..],
            _ => &[],
        };
        let bits = (0..u128::BITS).map(|place| chosen >> place & 1 == 1);
        let mut json = JsonWriter::default();
        json.list(rows.iter().zip(bits).filter(|(_, is_chosen)| *is_chosen), |json, (row, _)| self.message(json, row));
        json.finish().unwrap_or_default()
    }

    fn messages(&self, json: &mut JsonWriter, rows: &[Fields<'_>]) {
        json.key("messages");
        json.list(rows, |json, row| self.message(json, row));
    }

    /// A message, with `id` and `claim_id` where the socket has them.
    fn message(&self, json: &mut JsonWriter, fields: &Fields<'_>) {
        let row = Row::of(fields);
        let told = |name| fields.get(name).filter(|value| !value.is_null()).map(|value| self.original(value));
        json.object(|json| {
            self.fields(json, fields, &["href", "id", "claim_id"]);
            json.key("id");
            match told("id") {
                Some(id) => json.raw(id),
                None => json.text(&row.id().unwrap_or_default()),
            }
            json.key("claim_id");
            match (row.claim_in_href(), told("claim_id")) {
                (None, Some(claim_id)) => json.raw(claim_id),
                (claim_id, _) => json.text_or_null(claim_id.as_deref()),
            }
        });
    }

    fn counts(&self, json: &mut JsonWriter, counts: &Fields<'_>) {
        self.fields(json, counts, &["oldest", "newest"]);
        for name in ["oldest", "newest"] {
            if let Some(message) = counts.get(name).filter(|message| message.is_object()) {
                json.key(name);
                self.message(json, &message.fields());
            }
        }
    }

    /// The fields of an object but some.
    fn fields(&self, json: &mut JsonWriter, fields: &Fields<'_>, without: &[&str]) {
        for (key, value) in &fields.0 {
            if !without.iter().any(|name| key.is(name)) {
                json.raw_key(self.original(*key));
                json.raw(self.original(*value));
            }
        }
    }

    /// The span in the text that came.
    fn original<'b>(&'b self, value: Json<'b>) -> &'b str {
        let (span, start) = (value.text(), self.readable.as_ptr() as usize);
        let offset = (span.as_ptr() as usize).checked_sub(start);
        // what is no span of it is a constant
        offset.and_then(|offset| self.text.get(offset..)?.get(..span.len())).unwrap_or(span)
    }
}
