/** JSON as the contract takes it: UTF-8 without a fault, and nothing else. */
import { ServiceError } from './errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Undefined when the bytes are not JSON, or not UTF-8. */
export function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    return undefined; // what the parser says would quote the text
  }
}

/** Throws MALFORMED_JSON. */
export function readJsonBody(bytes: Uint8Array): unknown {
  const content = readJson(bytes);
  if (content === undefined) throw new ServiceError({ code: 'MALFORMED_JSON', sourceType: 'BODY' });
  return content;
}
