/** Keys with the options of node:crypto's calls: padding, hash, form of a signature. */
import type { KeyObject } from 'node:crypto';

/**
 * Makes a function that answers a copy of a key with the options as its own members; each key has one copy. Node also reads options from an object
 * around the key, but in each call it throws and catches two exceptions to find that such an object is no key itself. They cost as much as an
 * encryption or a verification.
 */
export function withOptions<Options extends object>(options: Options): (key: KeyObject) => KeyObject & Options {
  const copies = new WeakMap<KeyObject, KeyObject & Options>();
  return (key) => {
    const copy = copies.get(key) ?? Object.assign(structuredClone(key), options);
    copies.set(key, copy);
    return copy;
  };
}
