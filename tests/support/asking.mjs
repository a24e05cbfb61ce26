// Values on the way between a page and its server, as Playwright gives them: JSON, with what JSON has not.

const MARK = '\0';

export function encode(value) {
  return JSON.stringify(value, (key, item) => marked(item)) ?? JSON.stringify(marked(undefined));
}

export function decode(text) {
  return plain(JSON.parse(text));
}

function marked(item) {
  if (item === undefined) return { [MARK]: 'undefined' };
  if (typeof item === 'bigint') return { [MARK]: 'bigint', of: String(item) };
  if (typeof item === 'number' && (!Number.isFinite(item) || Object.is(item, -0))) return { [MARK]: 'number', of: Object.is(item, -0) ? '-0' : String(item) };
  if (typeof item === 'function' || typeof item === 'symbol') return { [MARK]: 'undefined' };
  return item;
}

/** JSON's own reviver drops what becomes undefined. */
function plain(item) {
  if (typeof item !== 'object' || item === null) return item;
  if (Array.isArray(item)) return item.map(plain);
  switch (item[MARK]) {
    case undefined:
      return Object.fromEntries(Object.entries(item).map(([key, value]) => [key, plain(value)]));
    case 'undefined':
      return undefined;
    case 'bigint':
      return BigInt(item.of);
    default:
      return Number(item.of);
  }
}
