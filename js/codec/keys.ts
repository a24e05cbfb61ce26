// The keys of objects that are encoded, as a trie of the orders in which they came: objects of one kind come with their keys
// in one order, so one comparison finds a key's bytes.

/** One key after the keys that came before it in an object, with its MessagePack. */
export interface KeyNode {
  /** The key that followed last time, and its node. */
  nextKey: string | undefined;
  next: KeyNode | undefined;
  children: Map<string, KeyNode> | undefined;
  /** Where the keys of an object that is this one's value begin: the root, but with a guess of its own at the first. */
  inside: KeyNode | undefined;
  readonly length: number;
  /** The first 16 bytes as words: four stores instead of a copy. */
  readonly first: Int32Array;
  readonly bytes: Uint8Array;
}

const MOST_NODES = 4096;
const LONGEST_KEY = 128;
let nodes = 0;

/** Before the first key. */
export const root = keyNode(new Uint8Array(0));
root.children = new Map();
/** Stands for all keys that are not remembered. */
export const elsewhere = keyNode(new Uint8Array(0));

/** The node of a key that is not the one that followed last time. */
export function follow(node: KeyNode, key: string, encodeKey: (key: string) => Uint8Array): KeyNode {
  if (node === elsewhere) return elsewhere;
  const children = (node.children ??= new Map());
  let child = children.get(key);
  if (!child) {
    if (nodes >= MOST_NODES || key.length > LONGEST_KEY) return elsewhere;
    child = keyNode(encodeKey(key));
    children.set(key, child);
    nodes++;
  }
  node.nextKey = key;
  node.next = child;
  return child;
}

/** Before the first key of an object that is the value of this key, or stands in an array that is. */
export function within(node: KeyNode): KeyNode {
  return (node.inside ??= { ...root });
}

function keyNode(bytes: Uint8Array): KeyNode {
  const first = new Uint8Array(16);
  first.set(bytes.subarray(0, 16));
  return {
    nextKey: undefined,
    next: undefined,
    children: undefined,
    inside: undefined,
    length: bytes.length,
    first: new Int32Array(first.buffer),
    bytes,
  };
}
