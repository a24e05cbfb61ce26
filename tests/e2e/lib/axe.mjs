// axe-core in a page: with all its rules, those for best practices and the experimental ones included.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What axe finds wrong on the page, in words; nothing if all is well. `include` is a selector of what to look at, `but` are rules
 * to leave out. Of the rules that are off by default two kinds stay so: what only asks a person to look (`hidden-content`), and
 * what goes beyond AA.
 */
export async function axe(page, { include, but = [] } = {}) {
  // By the debugger's protocol, which a content security policy does not keep out.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(source);
  return page.evaluate(async ({ include, but }) => {
    const wanted = globalThis.axe.getRules().filter(({ ruleId, tags }) => ruleId !== 'hidden-content' && !tags.includes('wcag2aaa') && !tags.includes('wcag21aaa') && !but.includes(ruleId));
    const options = { runOnly: wanted.map(({ ruleId }) => ruleId), resultTypes: ['violations'] };
    const { violations } = await globalThis.axe.run(include ?? document, options);
    return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, html, any, all, none }) => `${id}: ${help}: ${target} ${html.slice(0, 160)} ${[...any, ...all, ...none].map(({ message }) => message).join(' ')}`));
  }, { include, but });
}
