// The examples in README.md, docs/ and the comments of js/api.d.ts: where each stands, what it is written in, and its code.

import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { at } from '../../scripts/lib/paths.mjs';

/** What an example may import the package as: by its name, or by an address where there is no bundler. */
const PACKAGE = /'(?:zaqar-web|[^'\n]*(?:zaqar-web|pkg)\/index\.js)'/;

/** `{ document, line, code, language }` of each example; `line` is where its code starts. */
export async function examples() {
  const found = [];
  for (const document of await documents()) found.push(...blocksOf(document, await readFile(at(document), 'utf8')));
  for (const file of ['js/api.d.ts', 'js/slim.api.d.ts']) found.push(...comments(file, await readFile(at(file), 'utf8')));
  return found;
}

export async function documents() {
  const found = await readdir(at('docs'), { recursive: true });
  return ['README.md', 'SECURITY.md', 'CHANGELOG.md', path.join('examples', 'README.md'), ...found.filter(name => name.endsWith('.md')).map(name => path.join('docs', name)).sort()];
}

/** Each `js`, `ts` and `html` block of a document; of HTML the modules in it, or, without one, all of it as `html`. */
export function blocksOf(document, text) {
  const blocks = [];
  for (const match of text.matchAll(/^( *)```(js|ts|html)\n([\s\S]*?)^ *```$/gm)) {
    const [whole, indent, language, inside] = match;
    const line = lineOf(text, match.index + whole.indexOf(inside));
    const lines = inside.split('\n').map(each => (each.startsWith(indent) ? each.slice(indent.length) : each)).join('\n');
    const modules = language === 'html' ? modulesOf(document, lines, line) : [];
    if (modules.length > 0) blocks.push(...modules);
    else blocks.push({ document, line, language, code: lines });
  }
  return blocks;
}

/** Its imports, in one line, and the rest, with empty lines where they stood. `from` is what the package is imported as. */
export function importsApart(code, from) {
  const imports = [];
  const rest = code.replace(/^import [^;]*;$/gm, statement => {
    imports.push(statement.replace(PACKAGE, `'${from}'`).replaceAll('\n', ' '));
    return statement.replace(/[^\n]/g, '');
  });
  return { imports, rest };
}

function modulesOf(document, html, first) {
  const scripts = [...html.matchAll(/<script type="module">\n([\s\S]*?)<\/script>/g)];
  return scripts.map(({ 1: code, index }) => ({ document, line: first + lineOf(html, index), language: 'js', code: code.replace(/^ {2}/gm, '') }));
}

/** The `@example` of each doc comment: it reaches to the end of the comment. */
function comments(document, text) {
  return [...text.matchAll(/^ *\* @example\n((?: *\* ?.*\n)*?) *\*\/$/gm)].map(match => ({
    document,
    line: lineOf(text, match.index) + 1,
    language: 'ts',
    code: match[1].replace(/^ *\* ?/gm, ''),
  }));
}

function lineOf(text, index) {
  return text.slice(0, index).split('\n').length;
}
