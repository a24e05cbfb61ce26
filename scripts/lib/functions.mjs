// Which functions make the wasm as large as it is: reads the code and name sections of a wasm file.

/** Every function's `{ name, bytes }`, largest first. Imported functions have no code and are left out. */
export function functionSizes(wasm) {
  const reader = new Reader(wasm, 8);
  let imported = 0;
  let sizes = [];
  let names = new Map();
  while (!reader.done) {
    const id = reader.byte();
    const section = reader.slice(reader.number());
    if (id === 2) imported = countImportedFunctions(section);
    if (id === 10) sizes = section.list(() => section.skip(section.number()));
    if (id === 0 && section.text() === 'name') names = functionNames(section);
  }
  return sizes
    .map((bytes, index) => ({ name: names.get(imported + index) ?? `function ${imported + index}`, bytes }))
    .sort((a, b) => b.bytes - a.bytes);
}

function countImportedFunctions(section) {
  const kinds = section.list(() => {
    section.text();
    section.text();
    const kind = section.byte();
    if (kind === 0 || kind === 4) section.number(); // a function's type; a tag's, after its attribute
    if (kind === 4) section.number();
    if (kind === 1 || kind === 3) section.byte();
    if (kind === 1 || kind === 2) section.limits();
    if (kind === 3) section.byte();
    return kind;
  });
  return kinds.filter(kind => kind === 0).length;
}

function functionNames(section) {
  while (!section.done) {
    const id = section.byte();
    const part = section.slice(section.number());
    if (id === 1) return new Map(part.list(() => [part.number(), tidy(part.text())]));
  }
  return new Map();
}

/** Without the hashes that tell instances of a generic function apart. */
function tidy(name) {
  return name.replace(/::h[0-9a-f]{16}$/, '').replace(/\[[0-9a-f]{16}\]/g, '');
}

class Reader {
  #bytes;
  #at;
  #end;

  constructor(bytes, at, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  get done() {
    return this.#at >= this.#end;
  }

  byte() {
    return this.#bytes[this.#at++];
  }

  /** An unsigned LEB128 number. */
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  text() {
    const length = this.number();
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }

  limits() {
    const flags = this.byte();
    this.number();
    if (flags & 1) this.number();
  }

  list(item) {
    return Array.from({ length: this.number() }, item);
  }

  /** Steps over so many bytes and returns how many they were. */
  skip(count) {
    this.#at += count;
    return count;
  }

  /** A reader of the next so many bytes, which this one steps over. */
  slice(count) {
    const start = this.#at;
    this.skip(count);
    return new Reader(this.#bytes, start, start + count);
  }
}
