// When a release may go on: one version in all manifests, and a changelog that begins with it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreed } from '../../scripts/release.mjs';

const manifests = { 'package.json': '1.2.3', 'Cargo.toml': '1.2.3' };
const OLDER = '## [1.2.2] - 2026-01-01\n\n- older\n';
const changelog = (heading, body = '- new\n') => `# Changelog\n\nWords.\n\n## ${heading}\n\n${body}\n${OLDER}`;

test('a dated section is ready', () => {
  assert.deepEqual(agreed({ manifests, changelog: changelog('[1.2.3] - 2026-02-01') }), { version: '1.2.3', isDated: true });
});

test('what is not released yet may say which version it will be', () => {
  assert.deepEqual(agreed({ manifests, changelog: changelog('[Unreleased]', 'This will be 1.2.3.\n\n- new\n') }), { version: '1.2.3', isDated: false });
});

test('a changelog that begins with another version, or with none, stops it', () => {
  for (const heading of ['[1.2.2] - 2026-02-01', '[Unreleased]', '[1.2.3]']) {
    assert.throws(() => agreed({ manifests, changelog: changelog(heading) }), /which is not about 1\.2\.3/);
  }
});

test('an empty section stops it', () => {
  assert.throws(() => agreed({ manifests, changelog: changelog('[1.2.3] - 2026-02-01', '') }), /says nothing/);
});

test('manifests of different versions stop it', () => {
  assert.throws(() => agreed({ manifests: { ...manifests, 'Cargo.toml': '1.2.4' }, changelog: OLDER }), /Cargo\.toml is 1\.2\.4/);
});
