//! Messages as REST has them, and what stands in their addresses.

use std::borrow::Cow;

use crate::protocol::replies::{Message, NotZaqars, Text};
use crate::protocol::spans::{Fields, Json};

/// A message as REST has it: the id in `href` at least, and there, unlike on the socket, also the claim of a message that is
/// only listed.
pub(super) struct Row<'a> {
    /// `None` where it is none or null; `Some(None)` where it is no text.
    id: Option<Option<Cow<'a, str>>>,
    href: Cow<'a, str>,
    claim_id: Option<Cow<'a, str>>,
    age: f64,
}

impl<'a> Row<'a> {
    pub fn of(fields: &Fields<'a>) -> Row<'a> {
        let text = |name| fields.get(name).and_then(Json::as_text);
        Row {
            id: fields.get("id").filter(|id| !id.is_null()).map(Json::as_text),
            href: text("href").unwrap_or_default(),
            claim_id: text("claim_id"),
            age: fields.get("age").and_then(Json::as_number).filter(|age| age.fract() == 0.0).unwrap_or(0.0),
        }
    }

    pub fn message(self) -> Result<Message<'a>, NotZaqars> {
        Ok(Message { id: self.id().ok_or(NotZaqars)?, age: self.age })
    }

    /// Its id; `None` where that is no text.
    pub fn id(&self) -> Option<Text<'a>> {
        match &self.id {
            Some(id) => id.clone().map(Text),
            None => Some(last_segment(self.href.clone())),
        }
    }

    pub fn claim_id(self) -> Option<Text<'a>> {
        self.claim_in_href().map(Cow::Owned).or(self.claim_id).map(Text)
    }

    pub fn claim_in_href(&self) -> Option<String> {
        query_value(&self.href, "claim_id")
    }
}

/// The value of a key in the query of an address.
pub(super) fn query_value(href: &str, key: &str) -> Option<String> {
    let query = href.split('?').nth(1)?;
    let (_, value) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == key)?;
    Some(value.into_owned())
}

/// The last segment of the path of an address.
pub(super) fn last_segment(href: Cow<'_, str>) -> Text<'_> {
    fn within(href: &str) -> &str {
        let path = href.find(['?', '#']).and_then(|end| href.get(..end)).unwrap_or(href);
        path.rsplit_once('/').map_or(path, |(_, last)| last)
    }
    Text(match href {
        Cow::Borrowed(href) => Cow::Borrowed(within(href)),
        Cow::Owned(href) => Cow::Owned(within(&href).to_owned()),
    })
}
