// JSON without its losses: integers beyond 2^53 are bigint, -0 stays one, and the bare NaN and Infinity that Zaqar sends are read.

/** The value of a JSON text. Throws SyntaxError, which says nothing of what the text holds. */
export function parseJson(text: string): unknown {
  try {
    return isSuspect(text) ? JSON.parse(text.replace(TOKENS, tagged), untagged) : JSON.parse(text);
  } catch {
    // Its error quotes the text.
    throw new SyntaxError('no JSON');
  }
}

/** Whether a text may hold what JSON.parse loses or refuses. It may stand in a string; then only time is lost. */
function isSuspect(text: string): boolean {
  // Many floats have 16 digits in a fraction.
  return text.includes('NaN') || text.includes('Infinity') || /(?:^|[^.\d])\d{16}/.test(text);
}

/** Strings, numbers and words, with the colon behind keys. A string without an end goes to the text's. */
const TOKENS = /(?:"[^"\\]*(?:\\[^]?[^"\\]*)*"?|[-+.\w]+)(\s*:)?/g;

/** A number that JSON.parse would not give as it is becomes a text; all other texts get a space in front, to be told from it. */
function tagged(token: string, colon: string | undefined): string {
  if (colon) return token;
  if (token[0] === '"') return `" ${token.slice(1)}`;
  const isLost = /^(-?([1-9]\d{15,}|Infinity)|NaN)$/.test(token) && !Number.isSafeInteger(+token);
  return isLost ? `"${token}"` : token;
}

function untagged(_key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (value[0] === ' ') return value.slice(1);
  return /\d/.test(value) ? BigInt(value) : Number(value);
}
