// A TCP proxy that misbehaves on demand, as firewalls, proxies and dying servers do. One stands in front of Zaqar's
// WebSocket port and one in front of its REST port; tests call it, and the demo's network panel does over HTTP.
//
//   const proxy = await startFaultProxy({ port: 9000 });            // in front of 127.0.0.1:9000
//   proxy.set({ mode: 'drop' });                                    // new connections are never answered …
//   proxy.set({ mode: 'status', status: 403 }, 'upgrade');          // … WebSocket handshakes get a 403
//   proxy.cut(); proxy.freeze(); proxy.stall(500);                  // what happens to the live ones, now
//   proxy.stats(); await proxy.stop();
//
// A connection's kind is read from its first request: `upgrade` for a WebSocket handshake, `http` for anything else.
//
// Settings, per kind, for connections made from then on; `set` replaces all of a kind's settings:
//   mode        'pass' (default)
//               'refuse'     RST at once, as a port on which nothing listens, nearly (the handshake of TCP succeeds)
//               'close'      FIN at once
//               'status'     answers the request with `status` (default 403) and closes; 200 is a proxy that strips Upgrade
//               'drop'       reads the request, never answers: the connection stays open
//               'blackhole'  as 'drop', and on the LIVE connections of that kind nothing moves either way while it lasts;
//                            what was held is delivered when it ends, as TCP's retransmissions would
//   delayMs     each chunk takes so long, in each direction
//   lifeMs      the connection is cut so long after it was made
//   maxBytes    the connection is cut once the server has sent so much
//   cut         how these two cut: 'reset' (RST, default) or 'fin'

import net from 'node:net';

const KINDS = ['upgrade', 'http'];
const MODES = ['pass', 'refuse', 'close', 'status', 'drop', 'blackhole'];
const SETTINGS = ['mode', 'status', 'delayMs', 'lifeMs', 'maxBytes', 'cut'];

/** Starts a proxy in front of `host:port`; it listens on `listen`, a free port if that is 0. */
export async function startFaultProxy({ port, host = '127.0.0.1', listen = 0 }) {
  const proxy = new FaultProxy(host, port);
  await proxy.listen(listen);
  return proxy;
}

class FaultProxy {
  #target;
  #server;
  #settings = { upgrade: { mode: 'pass' }, http: { mode: 'pass' } };
  #live = new Set();
  #counts = { connections: 0, upgrades: 0, http: 0, faults: 0, bytesUp: 0, bytesDown: 0 };

  constructor(host, port) {
    this.#target = { host, port };
    this.#server = net.createServer({ noDelay: true }, socket => this.#accept(socket));
  }

  listen(port) {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(port, '127.0.0.1', () => {
        this.port = this.#server.address().port;
        resolve();
      });
    });
  }

  /** Replaces the settings of one kind of connection, or of both. */
  set(settings, kind) {
    check(settings, kind);
    for (const each of kind ? [kind] : KINDS) {
      this.#settings[each] = { mode: 'pass', ...settings };
      for (const connection of this.#connections(each)) connection.setHeld(this.#settings[each].mode === 'blackhole');
    }
  }

  /** Ends live connections now: 'reset' (RST) or 'fin'. Returns how many there were. */
  cut(how = 'reset', kind) {
    return this.#each(kind, connection => connection.cut(how));
  }

  /** Nothing more moves on the live connections, ever; they stay open. */
  freeze(kind) {
    return this.#each(kind, connection => connection.freeze());
  }

  /** Nothing moves on the live connections for `ms`; then all of it does. */
  stall(ms, kind) {
    return this.#each(kind, connection => connection.stall(ms));
  }

  /** Counts since the start, and the connections open now: by kind, and `pending` whose first request is not read yet. */
  stats() {
    const open = { upgrade: 0, http: 0, pending: 0 };
    for (const connection of this.#live) if (connection.open) open[connection.kind ?? 'pending'] += 1;
    return { ...this.#counts, open };
  }

  /** The settings, as `set` takes them. */
  settings() {
    return structuredClone(this.#settings);
  }

  async stop() {
    const closed = new Promise(resolve => this.#server.close(resolve));
    this.cut('reset');
    await closed;
  }

  #connections(kind) {
    return [...this.#live].filter(connection => !kind || connection.kind === kind);
  }

  #each(kind, action) {
    check({}, kind);
    const connections = this.#connections(kind);
    const open = connections.filter(connection => connection.open).length;
    connections.forEach(action);
    return open;
  }

  #accept(socket) {
    this.#counts.connections += 1;
    const connection = new Connection(socket, () => this.#live.delete(connection));
    this.#live.add(connection);
    // If both kinds are turned away at the door, there is no reason to read what they want.
    const { upgrade, http } = this.#settings;
    if (upgrade.mode === http.mode && this.#turnAway(connection, upgrade)) return;
    connection.readHead(head => this.#admit(connection, head));
  }

  #admit(connection, head) {
    connection.kind = /^upgrade:\s*websocket/im.test(head.toString('latin1')) ? 'upgrade' : 'http';
    this.#counts[connection.kind === 'upgrade' ? 'upgrades' : 'http'] += 1;
    const settings = this.#settings[connection.kind];
    if (this.#turnAway(connection, settings)) return;
    switch (settings.mode) {
      case 'status':
        this.#counts.faults += 1;
        return connection.answer(settings.status ?? 403);
      case 'drop':
        this.#counts.faults += 1;
        return connection.freeze();
      default:
        connection.setHeld(settings.mode === 'blackhole');
        return connection.forward(this.#target, head, settings, this.#counts);
    }
  }

  #turnAway(connection, { mode }) {
    if (mode !== 'refuse' && mode !== 'close') return false;
    this.#counts.faults += 1;
    connection.cut(mode === 'refuse' ? 'reset' : 'fin');
    return true;
  }
}

/** A client's connection, and the one made to the server on its behalf. */
class Connection {
  kind;
  #client;
  #server;
  #up;
  #down;
  #reasons = new Set();
  #timers = new Set();
  #over;

  /** `over` is called when both ends are closed: in a black hole the server does not learn that the client has gone. */
  constructor(client, over) {
    this.#client = client;
    this.#over = () => {
      if (!client.closed || this.#server?.closed === false) return;
      for (const timer of this.#timers) clearTimeout(timer);
      over();
    };
    client.on('error', () => {}).once('close', this.#over);
  }

  /** Whether the client still has it open. */
  get open() {
    return !this.#client.destroyed;
  }

  /** Calls back with everything read so far once the head of the first request is complete. */
  readHead(callback) {
    let head = Buffer.alloc(0);
    const read = chunk => {
      head = Buffer.concat([head, chunk]);
      if (!head.includes('\r\n\r\n') && head.length < 65536) return;
      this.#client.off('data', read);
      callback(head);
    };
    this.#client.on('data', read);
  }

  forward(target, head, settings, counts) {
    const server = net.connect({ ...target, noDelay: true });
    this.#server = server;
    this.#up = new Pipe(server, settings.delayMs, () => this.#held());
    this.#down = new Pipe(this.#client, settings.delayMs, () => this.#held());
    this.#up.push(head);
    counts.bytesUp += head.length;
    this.#client.on('data', chunk => {
      counts.bytesUp += chunk.length;
      this.#up.push(chunk);
    });
    let sent = 0;
    server.on('data', chunk => {
      counts.bytesDown += chunk.length;
      sent += chunk.length;
      this.#down.push(chunk);
      if (sent >= (settings.maxBytes ?? Infinity)) this.cut(settings.cut);
    });
    let how = 'fin';
    server.once('error', () => (how = 'reset')).once('close', () => {
      this.#down.push(how);
      this.#over();
    });
    this.#client.once('close', () => this.#up.push('fin'));
    if (settings.lifeMs !== undefined) this.#later(settings.lifeMs, () => this.cut(settings.cut));
  }

  answer(status) {
    this.#client.end(`HTTP/1.1 ${status} Fault\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    this.#client.resume();
  }

  cut(how = 'reset') {
    end(this.#client, how);
    this.#server?.destroy();
  }

  freeze() {
    this.#hold('frozen');
    this.#client.resume(); // or its end would go unnoticed
  }

  stall(ms) {
    const reason = Symbol('stall');
    this.#hold(reason);
    this.#later(ms, () => this.#release(reason));
  }

  setHeld(held) {
    if (held) this.#hold('blackhole');
    else this.#release('blackhole');
  }

  #held() {
    return this.#reasons.size > 0;
  }

  #hold(reason) {
    this.#reasons.add(reason);
  }

  #release(reason) {
    this.#reasons.delete(reason);
    this.#up?.flush();
    this.#down?.flush();
  }

  #later(ms, action) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }
}

/** One direction of a connection: chunks and its end, in order, each after its delay, none while it is held. */
class Pipe {
  #to;
  #delayMs;
  #isHeld;
  #waiting = [];

  constructor(to, delayMs = 0, isHeld) {
    this.#to = to;
    this.#delayMs = delayMs;
    this.#isHeld = isHeld;
  }

  push(item) {
    this.#waiting.push({ item, due: performance.now() + this.#delayMs });
    if (this.#delayMs > 0) setTimeout(() => this.flush(), this.#delayMs + 1);
    else this.flush();
  }

  flush() {
    while (this.#waiting.length > 0 && !this.#isHeld() && this.#waiting[0].due <= performance.now()) {
      const { item } = this.#waiting.shift();
      if (typeof item === 'string') end(this.#to, item);
      else if (this.#to.writable) this.#to.write(item);
    }
  }
}

function end(socket, how) {
  if (how === 'fin') {
    socket.end();
    socket.resume(); // a socket with unread bytes never closes
  } else if (socket.writableEnded) {
    socket.destroy(); // the reset of one that is being shut down leaves Node with a handle for which it waits for ever
  } else {
    socket.resetAndDestroy();
  }
}

function check(settings, kind) {
  if (kind !== undefined && !KINDS.includes(kind)) throw new TypeError(`a connection is 'upgrade' or 'http', not ${kind}`);
  for (const key of Object.keys(settings)) if (!SETTINGS.includes(key)) throw new TypeError(`there is no setting ${key}`);
  if (settings.mode !== undefined && !MODES.includes(settings.mode)) throw new TypeError(`there is no mode ${settings.mode}`);
  for (const key of ['status', 'delayMs', 'lifeMs', 'maxBytes']) {
    if (settings[key] !== undefined && !(Number.isFinite(settings[key]) && settings[key] >= 0)) throw new TypeError(`${key} is a number`);
  }
}
