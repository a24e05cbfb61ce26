//! Lists of queues, subscriptions, pools and flavors for JavaScript, page by page.

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use super::client::Values;
use super::connection::Connection;
use super::steps::Steps;
use super::types::RequestOptions;
use crate::engine::{ListId, Rows};
use crate::protocol::action::Action;

#[wasm_bindgen(typescript_custom_section)]
const TYPESCRIPT: &str = "
/** The new rows of a page, as the server has them. */
export interface ListPage {
  rows: Record<string, unknown>[];
  /** Whether another page may follow. */
  hasMore: boolean;
}
";

#[wasm_bindgen]
impl Connection {
    /// Prepares to list queues, subscriptions, pools or flavors; `body` is that of the request for the first page. Throws if the
    /// server would refuse it, or if the connection is closed.
    pub fn list(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Action")] action: &str,
        body: &[u8],
    ) -> Result<List, JsValue> {
        let first_page = self.read(Action::from_name(action).unwrap_or(Action::QueueList), body)?;
        let id = self.driver.ask(|engine, _| engine.list(first_page));
        Ok(List { connection: self.clone_handle(), id })
    }
}

/// A list, each row of it once.
#[wasm_bindgen]
pub struct List {
    connection: Connection,
    id: ListId,
}

#[wasm_bindgen]
impl List {
    /// Resolves to the next rows, at least one, or to undefined at the end. After a failure it can be called again.
    #[wasm_bindgen(unchecked_return_type = "Promise<ListPage | undefined>")]
    pub fn next(&self, options: Option<RequestOptions>) -> Promise {
        self.connection.step(Steps::List(self.id), options)
    }

    /// Forgets the list.
    pub fn close(&self) {
        self.connection.end_steps(Steps::List(self.id));
    }
}

/// The page that JavaScript gets of what has arrived: the body has one list, whatever its name.
pub fn page_of(values: &Values<'_>, rows: &Rows) -> Result<JsValue, JsValue> {
    let body = values.build()?;
    let lists = js_sys::Object::values(body.unchecked_ref());
    let all: Array = lists.iter().find_map(|value: JsValue| value.dyn_into().ok()).unwrap_or_default();
    let fresh: Array = rows.fresh.iter().map(|place| all.get(*place as u32)).collect();
    let page = js_sys::Object::new();
    Reflect::set(&page, &"rows".into(), &fresh)?;
    Reflect::set(&page, &"hasMore".into(), &rows.has_more.into())?;
    Ok(page.into())
}
