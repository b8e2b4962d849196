/** A CBOR encoder (RFC 8949) in CTAP2's canonical form, independent of the decoder under test. Map keys keep the caller's order. */

export type CborValue =
  | number
  | string
  | boolean
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<number | string, CborValue>;

export function encodeCbor(value: CborValue): Buffer {
  if (typeof value === 'number') return value >= 0 ? encodeHead(0, value) : encodeHead(1, -1 - value);
  if (typeof value === 'boolean') return Buffer.of(value ? 0xf5 : 0xf4);
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([encodeHead(3, text.length), text]);
  }
  if (value instanceof Uint8Array) return Buffer.concat([encodeHead(2, value.length), value]);
  if (value instanceof Map) {
    const entries = [...value].flatMap(([key, item]) => [encodeCbor(key), encodeCbor(item)]);
    return Buffer.concat([encodeHead(5, value.size), ...entries]);
  }
  const items = value as readonly CborValue[];
  return Buffer.concat([encodeHead(4, items.length), ...items.map(encodeCbor)]);
}

/** Major type and argument, in the shortest of its forms; arguments below 2³². */
function encodeHead(major: number, argument: number): Buffer {
  const type = major << 5;
  if (argument < 24) return Buffer.of(type | argument);
  if (argument < 0x100) return Buffer.of(type | 24, argument);
  if (argument < 0x10000) return Buffer.of(type | 25, argument >> 8, argument & 0xff);
  const head = Buffer.alloc(5);
  head[0] = type | 26;
  head.writeUInt32BE(argument, 1);
  return head;
}
