// The client's state and transport as they are shown: a socket that is replaced within a blink is not told as an outage.
// The log tells it all the same.

const BLINK_MS = 250;

export class Steady extends EventTarget {
  state;
  transport;
  since = Date.now();
  /** The error that made the state what it is, if one did. */
  reason = null;

  #client;
  #lostAt = null;
  #timer = null;

  constructor(client) {
    super();
    this.#client = client;
    this.state = client.state;
    this.transport = client.transport;
    client.addEventListener('transportchange', () => this.#look());
    client.addEventListener('statechange', ({ detail }) => {
      this.reason = detail.reason ?? null;
      this.#look();
    });
  }

  #look() {
    const { state, transport } = this.#client;
    if (this.state === 'connected' && state !== 'closed' && transport === null) {
      this.#lostAt ??= Date.now();
      this.#timer ??= setTimeout(() => this.#show(), BLINK_MS);
    } else {
      this.#show();
    }
  }

  #show() {
    clearTimeout(this.#timer);
    const { state, transport } = this.#client;
    if (state !== this.state) this.since = this.#lostAt ?? Date.now();
    this.#timer = null;
    this.#lostAt = null;
    this.state = state;
    this.transport = transport;
    this.dispatchEvent(new Event('change'));
  }
}
