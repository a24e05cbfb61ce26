// axe-core in a page: with all its rules, those for best practices and the experimental ones included.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What axe finds wrong on the page, in words; nothing if all is well. `include` is a selector of what to look at. Of the rules that are off by default two kinds stay so: what only asks a person to look (`hidden-content`), and
 * what goes beyond AA.
 */
export async function axe(page, { include } = {}) {
  // By the debugger's protocol, which a content security policy does not keep out.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(source);
  return page.evaluate(async include => {
    const wanted = globalThis.axe.getRules().filter(({ ruleId, tags }) => ruleId !== 'hidden-content' && !tags.includes('wcag2aaa') && !tags.includes('wcag21aaa'));
    const options = { runOnly: wanted.map(({ ruleId }) => ruleId), resultTypes: ['violations'] };
    const { violations } = await globalThis.axe.run(include ?? document, options);
    return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, html, any, all, none }) => `${id}: ${help}: ${target} ${html.slice(0, 160)} ${[...any, ...all, ...none].map(({ message }) => message).join(' ')}`));
  }, include);
}

/**
 * Asserts that axe finds nothing in what is ours of a page of Horizon, without what is the theme's own: the colours of its links, buttons,
 * tabs and addons. What else has a class of ours has colours of ours.
 */
export async function isClean(where, page, include = '#zaqar-web') {
  const wrong = (await axe(page, { include })).filter(line => !line.startsWith('color-contrast') || /class="(?![^"]*btn-link)[^"]*zw-/.test(line));
  assert.deepEqual(wrong, [], where);
}
