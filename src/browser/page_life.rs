//! What the page tells of its life: whether it is visible, frozen, leaving or back, and whether there is a network.

use js_sys::Reflect;
use wasm_bindgen::JsCast;
use web_sys::{Document, EventTarget};

use super::listener::Listener;

/// A change in the life of the page.
#[derive(Clone, Copy)]
pub enum Life {
    /// The network is said to have changed, or the page has been resumed or shown: connections are checked at once.
    Awake,
    /// The page may go into the back/forward cache, which takes none with an open socket.
    Leaving,
    /// Whether the page is hidden.
    Hidden(bool),
}

/// Listens for as long as it lives. In workers and Node, events that do not exist there never come.
pub struct PageLife {
    _listeners: Vec<Listener>,
}

impl PageLife {
    pub fn watch(tell: impl Fn(Life) + Clone + 'static) -> PageLife {
        let mut listeners = Vec::new();
        let global = js_sys::global();
        // Node's global object takes no listeners.
        if Reflect::has(&global, &"addEventListener".into()).unwrap_or(false) {
            let global: &EventTarget = global.unchecked_ref();
            for (event, life) in [
                ("online", Life::Awake),
                ("offline", Life::Awake),
                ("pageshow", Life::Awake),
                ("pagehide", Life::Leaving),
            ] {
                let tell = tell.clone();
                listeners.extend(Listener::new(global, event, move || tell(life)));
            }
        }
        let document = Reflect::get(&global, &"document".into()).ok().and_then(|page| page.dyn_into::<Document>().ok());
        if let Some(page) = document {
            listeners.extend(watch_visibility(&page, tell));
        }
        PageLife { _listeners: listeners }
    }
}

fn watch_visibility(page: &Document, tell: impl Fn(Life) + Clone + 'static) -> impl Iterator<Item = Listener> {
    if page.hidden() {
        tell(Life::Hidden(true));
    }
    let (on_resume, watched) = (tell.clone(), page.clone());
    let on_change = move || {
        tell(Life::Hidden(watched.hidden()));
        if !watched.hidden() {
            tell(Life::Awake);
        }
    };
    let on_resume = Listener::new(page, "resume", move || on_resume(Life::Awake));
    [on_resume, Listener::new(page, "visibilitychange", on_change)].into_iter().flatten()
}
