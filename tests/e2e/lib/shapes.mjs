// Bodies of a quarter of a megabyte, as large as Zaqar takes them by default, each of a shape that is many times larger on a page.

const nested = (depth, core) => Array.from({ length: depth }).reduce(inner => [inner], core);

export const SHAPES = {
  wide: () => Array.from({ length: 80_000 }, () => []),
  deep: () => Array.from({ length: 1_200 }, () => nested(95, 0)),
  'wide and deep': () => Array.from({ length: 20 }, () => Array.from({ length: 20 }, () => Array.from({ length: 20 }, () => Array.from({ length: 9 }, () => [])))),
  keys: () => Object.fromEntries(Array.from({ length: 17_000 }, (_, i) => [`key-${i.toString(36)}`, i % 10])),
  'one long key': () => ({ ['k'.repeat(240_000)]: 1 }),
  'one long text': () => 'text '.repeat(48_000),
  texts: () => Array.from({ length: 480 }, () => 'text '.repeat(96)),
  numbers: () => Array.from({ length: 110_000 }, (_, i) => i % 10),
};
