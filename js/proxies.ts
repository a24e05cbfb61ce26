/*
 * Applications keep public objects in their state, and frameworks wrap state in Proxies. A method is then called with the Proxy as
 * `this`, which has no private fields, and which an EventTarget refuses. But a Proxy has the prototype of its target. So an object
 * that hides something gets a prototype of its own, and the object is found by that prototype. It needs no key for this, which
 * serialisers and debuggers would show.
 *
 * A prototype takes about a microsecond, too long for what is made with every request: the messages of a queue share a class that
 * knows the queue (`message.ts`), and pages have functions of their own (`pages.ts`).
 */

/** Each object by the prototype that it alone has. */
const originals = new WeakMap<object, object>();

/** The prototypes with redirected methods, by the prototype of the class whose methods they are. */
const layers = new WeakMap<object, object>();

/**
 * Makes the methods and getters of an object work on a Proxy of it, inherited ones too. To be called at the end of a constructor:
 * fields that are added later take longer.
 */
export function passProxies(object: object): void {
  const own = Object.create(layerOver(Object.getPrototypeOf(object))) as object;
  originals.set(own, object);
  Object.setPrototypeOf(object, own);
}

/**
 * Vue makes no Proxy of what inherits this mark, nor does Alpine, which uses Vue's code. MobX, Immer and Svelte need none: they
 * leave every instance of a class as it is.
 */
export function leaveAlone(prototype: object): void {
  Object.defineProperty(prototype, '__v_skip', { value: true });
}

function layerOver(prototype: object): object {
  const known = layers.get(prototype);
  if (known) return known;
  const layer = Object.create(prototype) as object;
  leaveAlone(layer);
  for (const from of chain(prototype)) {
    for (const key of Reflect.ownKeys(from)) {
      const property = Object.getOwnPropertyDescriptor(from, key)!;
      if (key !== 'constructor' && !Object.hasOwn(layer, key)) Object.defineProperty(layer, key, redirected(property));
    }
  }
  layers.set(prototype, layer);
  return layer;
}

/** The prototype and those that it inherits from, without the root. jsdom's EventTarget has a root of another realm. */
function* chain(prototype: object): Generator<object, void, undefined> {
  for (let next; (next = Object.getPrototypeOf(prototype)); prototype = next) yield prototype;
}

/** The property with its function running on the object itself, whichever Proxy it is called on. */
function redirected(property: PropertyDescriptor): PropertyDescriptor {
  const kind = property.get ? 'get' : 'value';
  const method = property[kind];
  if (typeof method !== 'function') return property;
  const redirect = function (this: unknown, ...given: unknown[]): unknown {
    return method.apply(original(this), given);
  };
  return { ...property, [kind]: redirect };
}

/** The object itself for a Proxy of it, and for anything else what it is; `undefined` is the `this` of a method without an object. */
function original(object: unknown): unknown {
  return originals.get(Object.getPrototypeOf(Object(object))) ?? object;
}
