/** JSON as the contract demands it: valid UTF-8, and no name twice in one object. */
import { ServiceError } from '../errors/errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Undefined when the bytes are not JSON, not UTF-8, or have a name twice in one object (readers do not agree which of the two counts). */
export function readJson(bytes: Uint8Array): unknown {
  try {
    const text = utf8.decode(bytes);
    const value: unknown = JSON.parse(text);
    return hasNameTwice(text, value) ? undefined : value;
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

const STRINGS = /"[^"\\]*(?:\\.[^"\\]*)*"/g;

/**
 * RFC 8259 §4 leaves open which of two equal names counts. `JSON.parse` drops the first, so a security code in it would not be seen. `text`
 * must be valid JSON, and `value` what it parses to: outside of strings, a text has one colon for each name.
 */
function hasNameTwice(text: string, value: unknown): boolean {
  const names = countNames(value);
  // Few texts have a colon within a string. Without one, the strings need not be removed.
  return countColons(text) !== names && countColons(text.replace(STRINGS, '')) !== names;
}

function countColons(text: string): number {
  return text.split(':').length - 1;
}

/** Counts the names in all objects. Uses a stack instead of recursion, because brackets can nest deeper than calls. */
function countNames(value: unknown): number {
  let count = 0;
  const left = [value];
  for (let current = left.pop(); current !== undefined; current = left.pop()) {
    if (typeof current !== 'object' || current === null) continue;
    const members: unknown[] = Array.isArray(current) ? current : Object.values(current);
    if (members !== current) count += members.length;
    for (const member of members) if (typeof member === 'object') left.push(member);
  }
  return count;
}
