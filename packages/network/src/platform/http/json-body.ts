/** JSON as the contract demands it: valid UTF-8, and no name twice in one object. */
import { ServiceError } from '../errors/errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Undefined when the bytes are not JSON, not UTF-8, or have a name twice in one object (readers do not agree which of the two counts). */
export function readJson(bytes: Uint8Array): unknown {
  try {
    const text = utf8.decode(bytes);
    const value: unknown = JSON.parse(text);
    return hasNameTwice(text) ? undefined : value;
  } catch {
    return undefined; // the parser's message would quote the text
  }
}

/** Throws MALFORMED_JSON. */
export function readJsonBody(bytes: Uint8Array): unknown {
  const content = readJson(bytes);
  if (content === undefined) throw new ServiceError({ code: 'MALFORMED_JSON', sourceType: 'BODY' });
  return content;
}

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g;

/**
 * RFC 8259 §4 leaves open which of two equal names counts. `JSON.parse` drops the first, so a security code in it would not be seen. `text`
 * must be valid JSON. Uses a stack instead of recursion, because brackets can nest deeper than calls.
 */
function hasNameTwice(text: string): boolean {
  const objects: (Set<string> | undefined)[] = [];
  let lastString = '';
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{') objects.push(new Set());
    else if (token === '[') objects.push(undefined);
    else if (token === '}' || token === ']') objects.pop();
    else if (token !== ':') lastString = token;
    else {
      const names = objects.at(-1);
      const name = lastString.includes('\\') ? String(JSON.parse(lastString)) : lastString.slice(1, -1);
      if (names?.has(name)) return true;
      names?.add(name);
    }
  }
  return false;
}
