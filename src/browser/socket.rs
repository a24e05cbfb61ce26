//! One WebSocket.

use js_sys::{Array, Function, Reflect, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use super::crash::OnCrash;

/// The status that a client closes with.
const NORMAL: u16 = 1000;

thread_local! {
    /// `close` follows an error and says all there is to say; but Node's `ws` throws an error for which there is no listener. One
    /// may come after the socket was dropped, so the listener is there for good.
    static IGNORE: Closure<dyn Fn()> = Closure::new(|| {});
}

/// What a socket tells.
pub enum SocketEvent {
    Opened,
    /// With the close code.
    Closed(u16),
    Received(MessageEvent),
}

/// A frame to send.
pub enum ToSend {
    Bytes(Vec<u8>),
    Text(String),
}

/// A socket that opens or is open. It is closed, and tells nothing more, when it is dropped.
pub struct Socket {
    socket: WebSocket,
    _on_open: Closure<dyn Fn()>,
    _on_close: Closure<dyn Fn(CloseEvent)>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
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
        socket.set_binary_type(BinaryType::Arraybuffer);
        let (opened, closed) = (tell.clone(), tell.clone());
        let on_open = Closure::<dyn Fn()>::new(move || opened(SocketEvent::Opened));
        let on_close = Closure::<dyn Fn(CloseEvent)>::new(move |event: CloseEvent| {
            closed(SocketEvent::Closed(event.code()));
        });
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event| tell(SocketEvent::Received(event)));
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        IGNORE.with(|ignore| socket.set_onerror(Some(ignore.as_ref().unchecked_ref())));
        Ok(Socket {
            _on_open: on_open,
            _on_close: on_close,
            _on_message: on_message,
            _on_crash: OnCrash::call(closer(&socket)?),
            socket,
        })
    }

    /// Sends a frame. A frame that a closing socket does not take is as lost as the one before it: `close` follows.
    ///
    /// The socket gets a copy of its own: a class that passes a frame on later must not see the wasm's memory change.
    pub fn send(&self, frame: &ToSend) {
        let _ = match frame {
            ToSend::Bytes(bytes) => self.socket.send_with_js_u8_array(&copy_of(bytes)),
            ToSend::Text(text) => self.socket.send_with_str(text),
        };
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        self.socket.set_onmessage(None);
        let _ = self.socket.close_with_code(NORMAL);
    }
}

/// A copy in JavaScript's memory. Engines are twice as fast at this as at making an array of another.
fn copy_of(bytes: &[u8]) -> Uint8Array {
    let copy = Uint8Array::new_with_length(bytes.len() as u32);
    copy.copy_from(bytes);
    copy
}

/// A JavaScript function that closes the socket, whatever it is called with.
fn closer(socket: &WebSocket) -> Result<Function, JsValue> {
    let close: Function = Reflect::get(socket, &"close".into())?.unchecked_into();
    Ok(close.bind2(socket, &NORMAL.into(), &"".into()).unchecked_into())
}
