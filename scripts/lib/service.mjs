// A server in a process of its own, that can be ended and started again.

import { spawn } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from './run.mjs';

export class Service {
  #name;
  #command;
  #child;
  #ended;
  #output = [];

  /** `name` is what a person is told of it. `env` is added to our own environment. */
  constructor(name, command, args, env = {}) {
    this.#name = name;
    this.#command = [command, args.map(String), { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } }];
  }

  /** Starts it unless it runs, and resolves when `ready` does to true. */
  async start(ready) {
    if (!this.#child) this.#spawn();
    const child = this.#child;
    for (let waited = 0; !(await ready()); waited += 20) {
      if (this.#child !== child) throw new Problem(`${this.#name} ended while it started:\n${this.log()}`);
      if (waited > 60_000) throw new Problem(`${this.#name} does not answer:\n${this.log()}`);
      await sleep(20);
    }
  }

  async end(signal) {
    this.#child?.kill(signal);
    await this.#ended;
  }

  /** Sends a signal that does not end it. */
  signal(name) {
    this.#child?.kill(name);
  }

  log() {
    return this.#output.join('');
  }

  #spawn() {
    const child = spawn(...this.#command);
    const keep = chunk => {
      this.#output.push(chunk.toString());
      if (this.#output.length > 400) this.#output.splice(0, 200);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.#child = child;
    this.#ended = new Promise(resolve => {
      const over = () => {
        if (this.#child === child) this.#child = undefined;
        resolve();
      };
      child.once('error', over).once('exit', over);
    });
  }
}

/** Whether an HTTP server answers there without a server error. Zaqar's WebSocket server has a status page, too. */
export function answers(port, path, headers) {
  return new Promise(resolve => {
    const request = http.get({ host: '127.0.0.1', port, path, headers, agent: false, timeout: 2000 }, response => {
      response.resume();
      resolve(response.statusCode < 500);
    });
    request.once('timeout', () => request.destroy()).once('error', () => resolve(false));
  });
}

export function listens(port) {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(true) || socket.destroy()).once('error', () => resolve(false));
  });
}
