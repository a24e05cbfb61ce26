// Writes js/codec/makers.generated.ts: sixteen textual copies of one function.
//
// V8 keeps the inline caches of a function with its text, so closures of one text share them, and objects of different
// shapes made by one text make its stores slow. With a copy of its own a hot shape is built up to twice as fast. Copies made
// at run time would need `new Function`, which a Content-Security-Policy may forbid; hence copies in the source.

import { mkdir, readFile, writeFile } from 'node:fs/promises';

const COPIES = 16;
const FIELDS = 'abcdefghijkl'.split('');

const target = new URL('../js/codec/makers.generated.ts', import.meta.url);

const steps = FIELDS.flatMap((field, index) => [
  `    object[${field}!] = value();`,
  `    if (count === ${index + 1}) return object;`,
]);

const maker = [
  `  ([${FIELDS.join(', ')}], count) => () => {`,
  `    const object: Record<string, unknown> = {};`,
  // The last field is followed by `return` whatever the count.
  ...steps.slice(0, -1),
  `    return object;`,
  `  },`,
].join('\n');

const source = `// Written by scripts/generate-makers.mjs, which says why.
import { value } from './decode.js';

export type Maker = (keys: readonly string[], count: number) => () => Record<string, unknown>;

/** The most keys a maker takes. */
export const MOST_KEYS = ${FIELDS.length};

/** Each makes objects of the keys it is given, at least one, from the next values of the tape. */
export const makers: Maker[] = [
${Array(COPIES).fill(maker).join('\n')}
];
`;

await mkdir(new URL('.', target), { recursive: true });
const before = await readFile(target, 'utf8').catch(() => '');
if (before !== source) await writeFile(target, source);
