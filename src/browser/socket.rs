//! One WebSocket.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Reflect, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{MessageEvent, WebSocket};

use super::crash::OnCrash;

/// The status that a client closes with.
const NORMAL: u16 = 1000;
/// The close code of a socket that could not be opened, or ended without telling why.
pub const ABNORMAL: u16 = 1006;

thread_local! {
    /// Node's `ws` throws an error for which there is no listener. One may come after the socket was dropped, so a listener is
    /// there for good.
    static IGNORE: Closure<dyn Fn()> = Closure::new(|| {});
}

/// What a socket tells.
pub enum SocketEvent {
    Opened,
    /// With the code and the text of the close frame, or that of the error that came before.
    Closed(u16, String),
    Received(MessageEvent),
}

/// A frame to send. The socket gets bytes of its own: a class that passes a frame on later must not see the wasm's memory change.
pub enum ToSend {
    Bytes(Uint8Array),
    Text(String),
}

/// A socket that opens or is open. It is closed, and tells nothing more, when it is dropped.
pub struct Socket {
    socket: WebSocket,
    on_open: Closure<dyn Fn()>,
    on_close: Closure<dyn Fn(JsValue)>,
    on_message: Closure<dyn Fn(MessageEvent)>,
    on_error: Closure<dyn Fn(JsValue)>,
    _on_crash: OnCrash,
}

impl Socket {
    /// Opens a socket with the class given, or else the global one. Fails where there is no such class, or where the page's
    /// policy forbids the address.
    ///
    /// No subprotocol is offered: Zaqar selects none, and a browser that had offered some would have to fail the connection.
    pub fn open(
        url: &str,
        class: Option<&Function>,
        tell: impl Fn(SocketEvent) + Clone + 'static,
    ) -> Result<Socket, JsValue> {
        let socket = match class {
            None => WebSocket::new(url)?,
            Some(class) => Reflect::construct(class, &Array::of1(&url.into()))?.unchecked_into(),
        };
        let (opened, closed) = (tell.clone(), tell.clone());
        let error = Rc::new(RefCell::new(String::new()));
        let told = error.clone();
        let socket = Socket {
            on_open: Closure::new(move || opened(SocketEvent::Opened)),
            on_close: Closure::new(move |event| {
                let text = Some(text_of(&event, "reason")).filter(|text| !text.is_empty());
                closed(SocketEvent::Closed(code_of(&event), text.unwrap_or_else(|| told.take())));
            }),
            on_error: Closure::new(move |event| {
                error.replace(text_of(&event, "message"));
            }),
            on_message: Closure::new(move |event| tell(SocketEvent::Received(event))),
            _on_crash: OnCrash::call(closer(&socket)?),
            socket,
        };
        socket.set("binaryType", &"arraybuffer".into())?;
        socket.set("onopen", socket.on_open.as_ref())?;
        socket.set("onclose", socket.on_close.as_ref())?;
        socket.set("onmessage", socket.on_message.as_ref())?;
        socket.set("onerror", socket.on_error.as_ref())?;
        Ok(socket)
    }

    /// Sets a property; a class of the application's may throw.
    fn set(&self, name: &str, value: &JsValue) -> Result<bool, JsValue> {
        Reflect::set(&self.socket, &name.into(), value)
    }

    /// Sends a frame. A frame that a closing socket does not take is as lost as the one before it: `close` follows.
    pub fn send(&self, frame: &ToSend) {
        let _ = match frame {
            ToSend::Bytes(bytes) => self.socket.send_with_js_u8_array(bytes),
            ToSend::Text(text) => self.socket.send_with_str(text),
        };
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        for handler in ["onopen", "onclose", "onmessage"] {
            let _ = self.set(handler, &JsValue::NULL);
        }
        let _ = IGNORE.with(|ignore| self.set("onerror", ignore.as_ref()));
        let _ = self.socket.close_with_code(NORMAL);
    }
}

/// The close code of an event, which a class may have made of anything.
fn code_of(event: &JsValue) -> u16 {
    let code = Reflect::get(event, &"code".into()).ok().and_then(|code| code.as_f64());
    code.map_or(ABNORMAL, |code| code as u16)
}

/// A text in an event, likewise: what a close frame says, or the error before it, which Node tells and browsers do not.
fn text_of(event: &JsValue, name: &str) -> String {
    let text = Reflect::get(event, &name.into()).ok().and_then(|text| text.as_string());
    text.unwrap_or_default()
}

/// A JavaScript function that closes the socket, whatever it is called with.
fn closer(socket: &WebSocket) -> Result<Function, JsValue> {
    let close = Reflect::get(socket, &"close".into())?;
    let close: Function = close.dyn_into().map_err(|_| "the WebSocket class has no close()")?;
    Ok(close.bind2(socket, &NORMAL.into(), &"".into()).unchecked_into())
}
