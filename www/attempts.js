// The sockets that the client opens, watched: what becomes of an attempt that fails the client keeps to itself, and goes on.

export class Attempts {
  /** Sockets that were opened and ended before they were open. */
  failed = 0;
  /** Sockets that are neither open nor ended. */
  pending = 0;

  /** What the client is to take for the browser's own class. */
  get WebSocket() {
    const attempts = this;
    return class extends WebSocket {
      constructor(...args) {
        super(...args);
        attempts.#watch(this);
      }
    };
  }

  #watch(socket) {
    this.pending += 1;
    const decided = ({ type }) => {
      this.pending -= 1;
      if (type === 'close') this.failed += 1;
      for (const each of ['open', 'close']) socket.removeEventListener(each, decided);
    };
    for (const each of ['open', 'close']) socket.addEventListener(each, decided);
  }
}
