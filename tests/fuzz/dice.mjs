// Chance from one seed, and the values that it makes.

/** Dice of a seed. Each `fork` has throws of its own, whatever the others do meanwhile. */
export class Dice {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** 0 to below 1: mulberry32. */
  fraction() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count) {
    return Math.floor(this.fraction() * count);
  }

  between(least, most) {
    return least + this.below(most - least + 1);
  }

  chance(part) {
    return this.fraction() < part;
  }

  one(things) {
    return things[this.below(things.length)];
  }

  fork() {
    return new Dice(this.below(2 ** 32));
  }
}

const TEXTS = ['', 'a', 'id', 'messages', '__proto__', 'constructor', '\u0000', '\ud83d\ude00', '\ud800', 'é'.repeat(40), 'x'.repeat(5_000), '404 Not Found', "'NoneType'"];
const NUMBERS = [0, -0, 1, -1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, 255, 65_536, 18_446_744_073_709_551_615n, -9_223_372_036_854_775_808n];

/** Anything that JSON or MessagePack can hold. */
export function anything(dice, depth = 0) {
  const kind = dice.below(depth > 4 ? 5 : 8);
  switch (kind) {
    case 0: return null;
    case 1: return dice.chance(0.5);
    case 2: return dice.one(NUMBERS);
    case 3: return dice.one(TEXTS);
    case 4: return dice.below(100_000);
    case 5: return Array.from({ length: dice.below(6) }, () => anything(dice, depth + 1));
    // What breaks whoever makes a text or a number of it.
    case 6: return { toString: anything(dice, depth + 1), valueOf: 1, href: anything(dice, depth + 1) };
    default: {
      const keys = ['id', 'body', 'age', 'ttl', 'name', 'messages', 'claim_id', 'href', 'links', 'error', 'queues', '__proto__'];
      return Object.fromEntries(Array.from({ length: dice.below(5) }, () => [dice.one(keys), anything(dice, depth + 1)]));
    }
  }
}

/** Another value at one place of a value. */
export function mutated(dice, value) {
  if (typeof value !== 'object' || value === null || dice.chance(0.2)) return anything(dice);
  const copy = Array.isArray(value) ? [...value] : { ...value };
  const keys = Object.keys(copy);
  if (keys.length === 0 || dice.chance(0.1)) return anything(dice);
  const key = dice.one(keys);
  if (dice.chance(0.2) && !Array.isArray(copy)) delete copy[key];
  else copy[key] = mutated(dice, copy[key]);
  return copy;
}
