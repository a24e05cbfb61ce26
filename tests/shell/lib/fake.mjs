// A server without a network, for tests of what the client does with strange sockets and functions: a WebSocket class and a
// `fetch` that answer as a Zaqar does.

import { decode, encode } from '@msgpack/msgpack';

/** The answer to an action, as the socket has it. */
export function answerTo({ action }) {
  switch (action) {
    case 'authenticate': return { status: 200, body: { message: 'Authentified.' } };
    case 'queue_create': return { status: 201, body: {} };
    case 'queue_list': return { status: 200, body: { queues: [] } };
    case 'queue_get_stats': return { status: 200, body: { messages: { claimed: 0, free: 0, total: 0 } } };
    case 'message_list': return { status: 200, body: { messages: [] } };
    case 'queue_get': return { status: 200, body: {} };
    case 'subscription_list': return { status: 200, body: { subscriptions: [] } };
    case 'message_delete_many': return { status: 200, body: { messages: [] } };
    case 'message_post': return { status: 201, body: { message_ids: ['5a3b2e523d1c4f3c9d0a6f6c'] } };
    case 'subscription_create': return { status: 201, body: { subscription_id: '5a3b2e52-3d1c-4f3c-9d0a-6f6c0d4c1f10' } };
    default: return { status: 204, body: '' };
  }
}

/** A frame with the answer to that one. */
export function replyTo(frame, answer = answerTo) {
  const request = decode(frame);
  const { status, body } = answer(request);
  return encode({ request: { ...request, body: {} }, headers: { status }, body }).slice().buffer;
}

/** A socket whose every step a subclass may change: `opened`, `answer`, `deliver`. */
export class FakeSocket {
  static opened = [];
  static sent = [];
  onopen = null;
  onmessage = null;
  onclose = null;
  onerror = null;
  binaryType = 'blob';
  isClosed = false;

  constructor(url) {
    this.url = url;
    this.constructor.opened.push(this);
    queueMicrotask(() => this.open());
  }

  open() {
    this.onopen?.({ type: 'open' });
  }

  send(frame) {
    this.constructor.sent.push(frame);
    queueMicrotask(() => this.answer(frame));
  }

  answer(frame) {
    this.deliver(replyTo(frame));
  }

  deliver(data) {
    if (!this.isClosed) this.onmessage?.({ type: 'message', data });
  }

  close(code = 1005) {
    if (this.isClosed) return;
    this.isClosed = true;
    queueMicrotask(() => this.onclose?.({ type: 'close', code, wasClean: true }));
  }
}

/** A class of its own, so that tests do not see each other's sockets. */
export function socketClass(changes = () => ({})) {
  return class extends FakeSocket {
    static opened = [];
    static sent = [];
    constructor(url) {
      super(url);
      Object.assign(this, changes(this));
    }
  };
}

/** Where the documents of REST are not those of the socket. */
const REST = {
  message_post: { status: 201, body: { resources: ['/v2/queues/q/messages/5a3b2e523d1c4f3c9d0a6f6c'] } },
};

/** A `fetch` that answers; it keeps what it was asked in `asked`. */
export function fakeFetch(answer = answerTo) {
  const asked = [];
  const fetch = async (url, init) => {
    asked.push({ url, init });
    const { pathname } = new URL(url);
    const action = actionOf(init.method, pathname);
    const { status, body } = REST[action] ?? answer({ action, init });
    return new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });
  };
  return Object.assign(fetch, { asked });
}

function actionOf(method, pathname) {
  if (pathname.endsWith('/ping')) return 'ping';
  if (pathname.endsWith('/stats')) return 'queue_get_stats';
  if (pathname.endsWith('/messages')) return method === 'POST' ? 'message_post' : 'message_list';
  return method === 'PUT' ? 'queue_create' : 'queue_list';
}
