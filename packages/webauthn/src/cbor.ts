/**
 * A CBOR decoder for WebAuthn: the shortest forms of CTAP2's canonical CBOR (CTAP 2.2 §8, RFC 8949 §4.2.1), definite lengths, and integers,
 * strings, arrays, maps, false, true and null. Everything else is refused, so that a value has one encoding. Map keys may be in any order,
 * because some browsers send them unsorted.
 */

export type CborValue = number | string | boolean | null | Buffer | readonly CborValue[] | CborMap;
export type CborMap = ReadonlyMap<number | string, CborValue>;

/** CTAP2 allows four levels within a message; an attestation object adds its own. */
const MAX_DEPTH = 8;
const [UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE] = [0, 1, 2, 3, 4, 5, 6, 7];
const SIMPLE_VALUES: Readonly<Record<number, boolean | null>> = { 20: false, 21: true, 22: null };
/** By the additional information: how many bytes hold the argument, and the least argument that needs so many (RFC 8949 §3). */
const LONG_ARGUMENTS: Readonly<Record<number, { readonly bytes: number; readonly least: number }>> = {
  24: { bytes: 1, least: 24 },
  25: { bytes: 2, least: 0x100 },
  26: { bytes: 4, least: 0x10000 },
};
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

/** Decodes exactly one item. Throws a SyntaxError. Time and memory are linear in the length. */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const { value, end } = decodeCborItem(bytes, 0);
  if (end !== bytes.length) throw new SyntaxError('CBOR: bytes are left over.');
  return value;
}

/** Decodes the item at `start`; `end` is the offset after it. Byte strings are views of the input. Throws a SyntaxError. */
export function decodeCborItem(bytes: Uint8Array, start: number): { readonly value: CborValue; readonly end: number } {
  const cursor = { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: start };
  const value = readItem(cursor, MAX_DEPTH);
  return { value, end: cursor.at };
}

function readItem(cursor: Cursor, depth: number): CborValue {
  if (depth === 0) throw new SyntaxError('CBOR: nested too deeply.');
  const initial = readByte(cursor);
  const major = initial >> 5;
  const information = initial & 0x1f;
  if (major === SIMPLE) return readSimple(information);
  const argument = readArgument(cursor, information);
  switch (major) {
    case UNSIGNED:
      return argument;
    case NEGATIVE:
      return -1 - argument;
    case BYTES:
      return take(cursor, argument);
    case TEXT:
      return readText(take(cursor, argument));
    case ARRAY:
      return readArray(cursor, argument, depth - 1);
    case MAP:
      return readMap(cursor, argument, depth - 1);
    default:
      throw new SyntaxError(`CBOR: major type ${TAG} is not used by WebAuthn.`);
  }
}

/** RFC 8949 §3: below 24 the argument itself, else the number of bytes that hold it, which must be as small as possible. */
function readArgument(cursor: Cursor, information: number): number {
  if (information < 24) return information;
  const form = LONG_ARGUMENTS[information];
  if (form === undefined) throw new SyntaxError('CBOR: an argument of no supported form.');
  const argument = take(cursor, form.bytes).readUIntBE(0, form.bytes);
  if (argument < form.least) throw new SyntaxError('CBOR: an argument that is not in its shortest form.');
  return argument;
}

function readSimple(information: number): boolean | null {
  const value = SIMPLE_VALUES[information];
  if (value === undefined)
    throw new SyntaxError('CBOR: a simple or floating-point value that is not used by WebAuthn.');
  return value;
}

function readText(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new SyntaxError('CBOR: text that is not UTF-8.', { cause });
  }
}

/** Every member takes at least one byte, so a claimed length beyond the input is refused early. */
function readArray(cursor: Cursor, length: number, depth: number): readonly CborValue[] {
  const items: CborValue[] = [];
  while (items.length < length) items.push(readItem(cursor, depth));
  return items;
}

function readMap(cursor: Cursor, length: number, depth: number): CborMap {
  const map = new Map<number | string, CborValue>();
  for (let entry = 0; entry < length; entry++) {
    const key = readItem(cursor, depth);
    if (typeof key !== 'number' && typeof key !== 'string') throw new SyntaxError('CBOR: a map key of another kind.');
    if (map.has(key)) throw new SyntaxError('CBOR: a map key twice.');
    map.set(key, readItem(cursor, depth));
  }
  return map;
}

function readByte(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at];
  if (byte === undefined) throw new SyntaxError('CBOR: cut short.');
  cursor.at += 1;
  return byte;
}

function take(cursor: Cursor, length: number): Buffer {
  const end = cursor.at + length;
  if (end > cursor.bytes.length) throw new SyntaxError('CBOR: cut short.');
  const taken = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return taken;
}
