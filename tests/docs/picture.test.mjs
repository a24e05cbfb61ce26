// The picture of the demo page in the README is of the page as it looks now.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { picture, source, sourceOf } from '../../scripts/picture.mjs';

test('the picture was taken of this page', async () => {
  assert.equal(await sourceOf(picture), await source(), 'www/index.html or www/css has changed since: run `npm run picture`, and look at docs/demo.png');
});
