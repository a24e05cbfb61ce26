// What the benchmarks ask of a socket beside the WebSocket API.

/** A WebSocket class that counts the frames that were sent; `.last` is its last instance. */
export function counting(Base) {
  return class CountingSocket extends Base {
    static last;
    sent = 0;
    #awaited = Infinity;
    #reached;

    constructor(...given) {
      super(...given);
      CountingSocket.last = this;
    }

    send(data) {
      super.send(data);
      this.sent++;
      if (this.sent >= this.#awaited) this.#reached();
    }

    /** Resolves when the number of frames that were sent is `count`. */
    hasSent(count) {
      if (this.sent >= count) return Promise.resolve();
      return new Promise(resolve => {
        this.#awaited = count;
        this.#reached = () => {
          this.#awaited = Infinity;
          resolve();
        };
      });
    }
  };
}

/** The browser's own sockets, in the form of `fakeNetwork`: the server delivers the frames, not the benchmark. */
export function realNetwork() {
  const Socket = counting(
    class extends WebSocket {
      deliver() {}
    },
  );
  return { Socket, frame: () => undefined, socket: () => Socket.last };
}
