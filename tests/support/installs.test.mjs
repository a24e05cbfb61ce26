// What is installed to build and to test: each file by a hash that is committed, and nothing of it runs while it is installed.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { at } from '../../scripts/lib/paths.mjs';
import { read } from '../../scripts/lib/run.mjs';
import { installLocked, makeVenv } from '../../scripts/lib/venv.mjs';

const SETS = ['build-backend', 'zaqar', 'keystone', 'horizon', ...readdirSync(at('scripts', 'versions')).map(name => path.join('versions', name))];

let folder;
before(async () => (folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-installs-'))));
after(() => rm(folder, { recursive: true, force: true }));

for (const set of SETS) {
  test(`every requirement of ${set} is locked by hashes, and the lock is of the versions that are asked for`, async () => {
    const lines = async name => (await readFile(at('scripts', set, name), 'utf8')).replaceAll(/\\\n\s*/g, '').split('\n').filter(line => line && !line.startsWith('#'));
    const locked = await lines('requirements.txt');
    for (const line of locked) assert.match(line, /^[\w.-]+(\[\w+\])?==[\w.]+ .*--hash=sha256:[0-9a-f]{64}$/);
    for (const asked of await lines('requirements.in')) {
      const [name, version] = asked.replace(/\[.*\]/, '').split('==');
      assert.ok(locked.some(line => line.startsWith(`${name.toLowerCase()}==${version} `)), asked);
    }
  });
}

test('pip installs nothing that has no hash or another', { timeout: 60_000 }, async t => {
  const venv = path.join(folder, 'venv');
  await makeVenv(process.env.PYTHON ?? 'python3', venv);
  const python = path.join(venv, 'bin', 'python');
  const wheels = path.join(folder, 'wheels');
  const { stdout } = await read(python, ['-c', WHEEL, wheels]);
  const hash = stdout.trim();
  const install = async requirement => {
    const file = path.join(folder, 'requirements.txt');
    await writeFile(file, `--no-index\n--find-links ${wheels}\n${requirement}\n`);
    return installLocked(python, file);
  };
  const isInstalled = async () => (await read(python, ['-c', 'import parcel'])).code === 0;
  for (const refused of ['parcel==1.0', `parcel==1.0 --hash=sha256:${'0'.repeat(64)}`]) {
    await t.test(refused, async () => {
      await assert.rejects(install(refused), /pip install .* failed/);
      assert.equal(await isInstalled(), false);
    });
  }
  await install(`parcel==1.0 --hash=sha256:${hash}`);
  assert.equal(await isInstalled(), true);
});

/** Writes a wheel with one empty module into a folder and prints its hash. */
const WHEEL = `
import hashlib, os, sys, zipfile
os.makedirs(sys.argv[1])
name = os.path.join(sys.argv[1], 'parcel-1.0-py3-none-any.whl')
with zipfile.ZipFile(name, 'w') as wheel:
    wheel.writestr('parcel.py', '')
    wheel.writestr('parcel-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: parcel\\nVersion: 1.0\\n')
    wheel.writestr('parcel-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr('parcel-1.0.dist-info/RECORD', '')
print(hashlib.sha256(open(name, 'rb').read()).hexdigest())
`;

const npmFolders = execFileSync('git', ['ls-files', '*package-lock.json'], { cwd: at(), encoding: 'utf8' }).trim().split('\n').map(file => path.dirname(file));

for (const name of npmFolders) {
  test(`npm runs no script of what it installs in ${name}, and knows the hash of all of it`, async () => {
    const { stdout } = await read('npm', ['config', 'get', 'ignore-scripts'], { cwd: at(name) });
    assert.equal(stdout.trim(), 'true');
    const { packages } = JSON.parse(await readFile(at(name, 'package-lock.json'), 'utf8'));
    const fetched = Object.entries(packages).filter(([place, { link, inBundle }]) => place.includes('node_modules/') && !link && !inBundle);
    for (const [place, { integrity }] of fetched) assert.match(integrity ?? '', /^sha512-/, place);
  });
}

test('a dependency whose install script would run does not run it', { timeout: 60_000 }, async () => {
  const project = path.join(folder, 'project');
  await mkdir(path.join(folder, 'dependency'), { recursive: true });
  await mkdir(project);
  await writeFile(path.join(folder, 'dependency', 'package.json'), JSON.stringify({ name: 'dependency', version: '1.0.0', scripts: { postinstall: 'node -e "require(\'fs\').writeFileSync(\'ran\', \'\')"' } }));
  await writeFile(path.join(project, 'package.json'), '{"private": true}');
  await writeFile(path.join(project, '.npmrc'), await readFile(at('.npmrc')));
  const { code, stderr } = await read('npm', ['install', '--offline', '--no-audit', '--install-links', path.join(folder, 'dependency')], { cwd: project });
  assert.equal(code, 0, stderr);
  const installed = path.join(project, 'node_modules', 'dependency');
  await readFile(path.join(installed, 'package.json'));
  await assert.rejects(readFile(path.join(installed, 'ran')), { code: 'ENOENT' });
});

test('what is published has its provenance, from actions that are pinned, and no job that publishes runs what was installed', async () => {
  const workflow = await readFile(at('.github', 'workflows', 'release.yml'), 'utf8');
  for (const [, action, version] of workflow.matchAll(/uses: ([\w/-]+)@(\S+)/g)) assert.match(version, /^[0-9a-f]{40}$/, action);
  assert.match(workflow, /npm publish .*--provenance/);
  assert.match(workflow, /attestations: true/);
  const jobs = workflow.slice(workflow.indexOf('\njobs:')).split(/^ {2}(?=\w+:$)/m).slice(1);
  for (const job of jobs.filter(job => job.includes('id-token: write'))) assert.doesNotMatch(job, /npm (ci|install|run)|pip install|checkout/);
});
