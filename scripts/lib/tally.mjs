// Runs the steps of `npm test`: shows their output as it comes, counts tests in it, and sums up in a table.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { root } from './paths.mjs';
import { Problem } from './run.mjs';

export class Tally {
  #rows = [];

  /** Runs a step. `body` resolves to `{ passed, failed }`, or to nothing: then the step itself counts as one. */
  async step(name, body) {
    console.log(`\n── ${name} ${'─'.repeat(Math.max(0, 70 - name.length))}`);
    const start = performance.now();
    let result;
    try {
      result = (await body()) ?? { passed: 1, failed: 0 };
    } catch (error) {
      console.error(error instanceof Problem ? error.message : error);
      result = { passed: 0, failed: 1 };
    }
    this.#rows.push({ name, seconds: (performance.now() - start) / 1000, ...result });
    return result.failed === 0;
  }

  /** A step that cannot be run, because one that it needs has failed. */
  skip(name, reason) {
    this.#rows.push({ name: `${name} (not run: ${reason})`, seconds: 0, passed: 0, failed: 1 });
  }

  /** Prints the table and, as the last line, the sum; returns whether all went well. */
  report() {
    const width = Math.max(...this.#rows.map(row => row.name.length)) + 2;
    console.log(`\n${'step'.padEnd(width)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'seconds'.padStart(10)}`);
    for (const { name, passed, failed, seconds } of this.#rows) {
      console.log(`${name.padEnd(width)}${String(passed).padStart(8)}${String(failed).padStart(8)}${seconds.toFixed(1).padStart(10)}`);
    }
    const sum = key => this.#rows.reduce((total, row) => total + row[key], 0);
    console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`);
    return sum('failed') === 0;
  }
}

/** `cargo test` with these arguments; counts what each test binary reports. */
export async function cargoTest(...args) {
  const { code, output } = await show('cargo', ['test', '--no-fail-fast', ...args]);
  let passed = 0;
  let failed = 0;
  for (const [, ok, bad] of output.matchAll(/^test result: .*? (\d+) passed; (\d+) failed;/gm)) {
    passed += Number(ok);
    failed += Number(bad);
  }
  return { passed, failed: failed || (code === 0 ? 0 : 1) }; // what does not compile has no tests to count
}

/**
 * `node --test` over these files, `atOnce` at a time; counts what its TAP report sums up. With `again`, files in which a test has
 * failed are run once more, one by one, and what passes then counts as passed; the output names it. `env` is added to our own
 * environment.
 */
export async function nodeTest(files, { atOnce, again = false, env } = {}) {
  if (files.length === 0) return { passed: 0, failed: 0 };
  const folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-test-'));
  try {
    const tap = path.join(folder, 'tap');
    const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout', '--test-reporter=tap', `--test-reporter-destination=${tap}`];
    const concurrency = atOnce === undefined ? [] : [`--test-concurrency=${atOnce}`];
    // The limit is for a whole file: a test that hangs must not hang the run.
    const { code, output } = await show(process.execPath, ['--test', '--test-timeout=600000', ...concurrency, ...reporters, ...files], env);
    const report = await readFile(tap, 'utf8').catch(() => '');
    const count = key => Number(new RegExp(`^# ${key} (\\d+)$`, 'm').exec(report)?.[1] ?? 0);
    const first = { passed: count('pass'), failed: count('fail') + count('cancelled') || (code === 0 ? 0 : 1) };
    const shaky = files.filter(file => output.includes(`test at ${file}:`));
    if (!again || shaky.length === 0) return first;

    console.log(`\nOnce more, for tests in them have failed:\n  ${shaky.join('\n  ')}\n`);
    const { failed } = await nodeTest(shaky, { atOnce: 1, env });
    console.log(`\n${Math.max(0, first.failed - failed)} of ${first.failed} that had failed passed at the second attempt.`);
    return { passed: first.passed + Math.max(0, first.failed - failed), failed };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a command, shows what it prints and returns it, too. */
function show(command, args, env = {}) {
  const colour = process.stdout.isTTY ? { CARGO_TERM_COLOR: 'always', FORCE_COLOR: '1' } : {};
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...colour, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
    const endWithUs = () => child.kill();
    process.once('exit', endWithUs);
    const chunks = [];
    child.stdout.on('data', chunk => {
      chunks.push(chunk);
      process.stdout.write(chunk);
    });
    child.once('error', reject).once('close', code => {
      process.off('exit', endWithUs);
      // Colours would stand in the way of counting.
      resolve({ code, output: Buffer.concat(chunks).toString().replace(/\x1b\[[\d;]*m/g, '') });
    });
  });
}
