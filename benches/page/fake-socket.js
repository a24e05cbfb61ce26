// A WebSocket class without a network: what is sent goes nowhere, what comes is what the benchmark delivers. Until then it
// answers as a Zaqar does, for a client wants to know whom it talks to.

/** The class of a socket whose frames `codec` reads and writes; its one instance is `.last`. */
export function fakeSocket(codec, answer) {
  return class FakeSocket {
    static CONNECTING = 0;
    static OPEN = 1;
    static CLOSING = 2;
    static CLOSED = 3;
    static last;
    readyState = 0;
    bufferedAmount = 0;
    binaryType = 'blob';
    /** Whether it answers by itself. */
    answers = true;
    sent = 0;
    bytes = 0;

    constructor(url) {
      this.url = url;
      FakeSocket.last = this;
      queueMicrotask(() => {
        this.readyState = 1;
        this.onopen?.({});
      });
    }

    send(data) {
      this.sent++;
      this.bytes += data.length;
      if (!this.answers) return;
      const reply = codec.write(answer(codec.read(data)));
      queueMicrotask(() => this.deliver(reply));
    }

    deliver(data) {
      this.onmessage({ data });
    }

    close() {
      this.readyState = 3;
    }
  };
}
