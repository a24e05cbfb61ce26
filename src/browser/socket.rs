//! One WebSocket. Its frames do not pass through here: JavaScript copies them into the wasm memory itself.

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::{Closure, JsValue};
use wasm_bindgen::{JsCast, UnwrapThrowExt};
use web_sys::{BinaryType, CloseEvent, WebSocket};

/// A socket with its listeners; dropping it closes and frees all of them.
pub struct Socket {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Begins to open one by the class that was given. No subprotocol is offered: Zaqar selects none, and a browser that
    /// offered some would have to fail the connection. `Err` is what the constructor throws.
    pub fn open(
        class: &Function,
        url: &str,
        on_open: impl FnMut() + 'static,
        mut on_close: impl FnMut(u16) + 'static,
        on_message: &Function,
    ) -> Result<Socket, JsValue> {
        let socket: WebSocket = Reflect::construct(class, &Array::of1(&url.into()))?.unchecked_into();
        socket.set_binary_type(BinaryType::Arraybuffer);
        let on_open = Closure::new(on_open);
        let on_close = Closure::new(move |event: CloseEvent| on_close(event.code()));
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message));
        Ok(Socket { socket, _on_open: on_open, _on_close: on_close })
    }

    /// Sends a binary frame. What a closing socket does not take is as lost as what it took last: `close` follows.
    pub fn send(&self, frame: &[u8]) {
        let _ = self.socket.send_with_u8_array(frame);
    }

    /// Sends a text frame.
    pub fn send_text(&self, text: &str) {
        let _ = self.socket.send_with_str(text);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        self.socket.set_onmessage(None);
        self.socket.close_with_code(1000).unwrap_throw();
    }
}
