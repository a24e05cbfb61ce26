//! Pages of queues, subscriptions, pools and flavors, as JavaScript gets them.

use js_sys::{Array, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use super::client::Values;
use crate::engine::Rows;

#[wasm_bindgen(typescript_custom_section)]
const TYPESCRIPT: &str = "
/** The new rows of a page, as the server has them. */
export interface ListPage {
  rows: Record<string, unknown>[];
  /** Whether another page may follow. */
  hasMore: boolean;
}
";

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
