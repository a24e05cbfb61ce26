// A WebSocket class without a network. A frame that is sent is copied, as a browser copies it, and goes nowhere. A frame that
// comes is one that the benchmark delivers. Until `answers` is false the socket answers as a Zaqar does, because a client waits
// for a first reply.

import { zaqar } from '../lib/zaqar.mjs';
import { counting } from './counting.js';

/** A browser copies frames into a pipe of a fixed size. This one is larger than any frame of the benchmarks. */
const pipe = new Uint8Array(1 << 20);
const textEncoder = new TextEncoder();

/**
 * What replaces the network for one client: `Socket`, the class; `socket()`, its last instance, which is silent from then on;
 * `frame(value)`, the event that brings a value in the encoding of `codec`.
 */
export function fakeNetwork({ read, write }, frames) {
  const answer = zaqar(frames);
  const frame = value => {
    const data = write(value);
    return messageOf(typeof data === 'string' ? data : data.slice().buffer);
  };
  const Socket = counting(fakeSocket(data => frame(answer(read(data)))));
  return {
    frame,
    Socket,
    socket() {
      Socket.last.answers = false;
      return Socket.last;
    },
  };
}

/** The event that brings data. It can be delivered again and again. */
export function messageOf(data) {
  return new MessageEvent('message', { data });
}

function fakeSocket(answerTo) {
  return class FakeSocket {
    static CONNECTING = 0;
    static OPEN = 1;
    static CLOSING = 2;
    static CLOSED = 3;
    readyState = FakeSocket.CONNECTING;
    bufferedAmount = 0;
    binaryType = 'blob';
    protocol = '';
    extensions = '';
    onopen = null;
    onmessage = null;
    onerror = null;
    onclose = null;
    /** Whether it answers by itself. */
    answers = true;
    #listeners = { open: [], message: [], error: [], close: [] };

    constructor(url) {
      this.url = url;
      queueMicrotask(() => {
        this.readyState = FakeSocket.OPEN;
        this.#tell(new Event('open'));
      });
    }

    send(data) {
      if (this.readyState === FakeSocket.CONNECTING) throw new DOMException('The socket is not open yet.', 'InvalidStateError');
      if (typeof data === 'string') textEncoder.encodeInto(data, pipe);
      else pipe.set(data instanceof ArrayBuffer ? new Uint8Array(data) : data);
      if (!this.answers) return;
      const reply = answerTo(data);
      queueMicrotask(() => this.deliver(reply));
    }

    /** Calls the handlers as an event does. Dispatching a real one costs 2 µs, more than a client takes for a small frame. */
    deliver(event) {
      this.onmessage?.(event);
      for (const listener of this.#listeners.message) listener.call(this, event);
    }

    close(code = 1005, reason = '') {
      if (this.readyState >= FakeSocket.CLOSING) return;
      this.readyState = FakeSocket.CLOSING;
      queueMicrotask(() => {
        this.readyState = FakeSocket.CLOSED;
        this.#tell(new CloseEvent('close', { code, reason, wasClean: true }));
      });
    }

    addEventListener(type, listener) {
      if (!this.#listeners[type].includes(listener)) this.#listeners[type].push(listener);
    }

    removeEventListener(type, listener) {
      this.#listeners[type] = this.#listeners[type].filter(other => other !== listener);
    }

    #tell(event) {
      this[`on${event.type}`]?.(event);
      for (const listener of this.#listeners[event.type]) listener.call(this, event);
    }
  };
}
