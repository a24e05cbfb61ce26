// The client that one would write by hand for a page that needs no more: replies come in the order of the requests, an error
// status rejects, notifications go to the iterator of their queue. No timeouts, no signals, no checks, no fallback, no
// reconnection: it has all the speed that there is to have. Each codec gets a copy of its own, see touch.js.

export class ByHand {
  #socket;
  #codec;
  #headers;
  #pending = new Map();
  #asked = 0;
  #answered = 0;
  #feeds = new Map();

  /** Resolves when the server has answered. */
  static async connect({ codec, WebSocket, url, projectId, clientId }) {
    const client = new ByHand();
    client.#codec = codec;
    client.#headers = { 'Client-ID': clientId, 'X-Project-ID': projectId };
    const socket = (client.#socket = new WebSocket(url));
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => client.#receive(data);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    await client.#ask('queue_list', { limit: 1 });
    return client;
  }

  /** True if this call created it. */
  async create(queue) {
    const { headers } = await this.#ask('queue_create', { queue_name: queue });
    return headers.status === 201;
  }

  async messages(queue, limit) {
    const { body } = await this.#ask('message_list', { queue_name: queue, limit, echo: true });
    return body.messages;
  }

  async post(queue, messages) {
    const { body } = await this.#ask('message_post', { queue_name: queue, messages });
    return body.message_ids;
  }

  async subscribe(queue) {
    const feed = new Feed();
    this.#feeds.set(queue, feed);
    await this.#ask('subscription_create', { queue_name: queue, ttl: 3600 });
    return feed;
  }

  close() {
    this.#socket.close();
  }

  #ask(action, body) {
    return new Promise((resolve, reject) => {
      this.#pending.set(this.#asked++, { resolve, reject });
      this.#socket.send(this.#codec.write({ action, headers: this.#headers, body }));
    });
  }

  #receive(data) {
    const frame = this.#codec.read(data);
    if (frame.request === undefined) {
      this.#feeds.get(frame.queue_name)?.push(frame);
      return;
    }
    const { resolve, reject } = this.#pending.get(this.#answered);
    this.#pending.delete(this.#answered++);
    if (frame.headers.status < 300) resolve(frame);
    else reject(new Error(frame.body.error));
  }
}

/** An endless async iterator over what is pushed. */
class Feed {
  #items = [];
  #waiting = [];

  push({ body, ttl }) {
    const reader = this.#waiting.shift();
    if (reader === undefined) this.#items.push({ body, ttl });
    else reader({ value: { body, ttl }, done: false });
  }

  next() {
    if (this.#items.length > 0) return Promise.resolve({ value: this.#items.shift(), done: false });
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}
