// The packed package where code is tested, and where modules are of the old kind: Jest, Vitest, node:test, and bundles in CommonJS,
// each with a real Zaqar.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { read } from '../../scripts/lib/run.mjs';
import { startZaqar } from '../../scripts/zaqar.mjs';
import { openWorkshop } from './lib/workshop.mjs';

let workshop;
let zaqar;
before(async () => {
  workshop = await openWorkshop();
  zaqar = await startZaqar();
});
after(async () => {
  await zaqar?.stop();
  await workshop?.clear();
});

for (const environment of ['node', 'jsdom', './jsdom-with-fetch.cjs']) {
  test(`Jest, in its environment ${path.basename(environment)}`, { timeout: 120_000 }, async () => {
    const project = await workshop.project(`jest-${path.basename(environment)}`, ['runner', 'jest']);
    const { code, stderr } = await run(project, workshop.tool('jest', 'bin', 'jest.js'), '--env', environment);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^Tests: +3 passed, 3 total$/m);
    assert.doesNotMatch(stderr, /did not exit/);
  });
}

for (const environment of ['node', 'jsdom']) {
  test(`Vitest, in its environment ${environment}`, { timeout: 120_000 }, async () => {
    const project = await workshop.project(`vitest-${environment}`, ['runner', 'vitest']);
    const { code, stdout, stderr } = await run(project, workshop.tool('vitest', 'vitest.mjs'), 'run', '--environment', environment);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /Tests .*1 passed/);
  });
}

for (const file of ['import.test.mjs', 'require.test.cjs']) {
  test(`node:test, ${file}`, { timeout: 60_000 }, async () => {
    const project = await workshop.project(file, ['runner', 'node-test']);
    const { code, stdout, stderr } = await run(project, '--test', file);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^. pass 1$/m);
  });
}

for (const kind of ['import', 'require']) {
  test(`esbuild makes a bundle in CommonJS of what it is told to ${kind}, which needs no file beside it`, { timeout: 60_000 }, async () => {
    const project = await workshop.project(`commonjs-${kind}`, ['runner', 'commonjs']);
    const { build } = await import(pathToFileURL(workshop.tool('esbuild', 'lib', 'main.js')));
    const { warnings } = await build({
      absWorkingDir: project.folder, entryPoints: [`${kind}.js`], outfile: 'alone/bundle.cjs', bundle: true, format: 'cjs', platform: 'node', logLevel: 'silent',
    });
    assert.deepEqual(warnings, []);
    const { stdout, stderr } = await run(project, path.join('alone', 'bundle.cjs'));
    assert.equal(stdout, "[ 'websocket', true ] [ 'polling', true ]\n", stderr);
  });
}

/** Runs Node in the project; what runs there finds the servers' addresses in its environment. */
function run({ folder }, ...args) {
  const { NODE_TEST_CONTEXT, ...inherited } = process.env;
  const env = { ...inherited, NO_COLOR: '1', ZAQAR: JSON.stringify({ websocket: zaqar.websocket, rest: zaqar.rest }) };
  return read(process.execPath, args, { cwd: folder, env });
}
