/** A DER writer (X.690 §8) for test certificates, independent of the reader under test. */

export type Name = readonly (readonly [oid: string, text: string])[];

/** Tag, length in its shortest form, contents. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : length < 0x10000
          ? [0x82, length >> 8, length & 0xff]
          : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
  // Tags from 31 on take two bytes more (§8.1.2.4): the number in groups of seven bits, after an identifier of all ones.
  const identifier = tag < 0x100 ? [tag] : [0xbf, 0x80 | (tag >> 7), tag & 0x7f];
  return Buffer.concat([Buffer.of(...identifier, ...head), content]);
}

export function sequence(...members: readonly Uint8Array[]): Buffer {
  return der(0x30, ...members);
}

export function octets(bytes: Uint8Array): Buffer {
  return der(0x04, bytes);
}

/** 0 to 2³¹ - 1. */
export function integer(value: number): Buffer {
  const bytes = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest & 0xff);
  return der(0x02, Buffer.of(...((bytes[0] ?? 0x80) >= 0x80 ? [0] : []), ...bytes));
}

/** From dotted decimal. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(inSevens)));
}

/** RFC 5280 §4.1.2.4. The country is a PrintableString, all else UTF-8. */
export function name(attributes: Name): Buffer {
  return sequence(
    ...attributes.map(([oid, text]) =>
      der(0x31, sequence(objectIdentifier(oid), der(oid === '2.5.4.6' ? 0x13 : 0x0c, Buffer.from(text)))),
    ),
  );
}

/** A whole number of bytes. */
export function bitString(bytes: Uint8Array): Buffer {
  return der(0x03, Buffer.of(0), bytes);
}

/** RFC 5280 §4.1.2.5: UTCTime until 2049, then GeneralizedTime. */
export function time(date: Date): Buffer {
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}

/** Base 128, all but the last with the high bit. */
function inSevens(arc: number): number[] {
  const sevens = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) sevens.unshift(0x80 | (rest % 128));
  return sevens;
}
