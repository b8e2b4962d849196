/** DER (X.690 §8, §10): a reader for the few structures of certificates that node:crypto does not show, and a writer for public keys. */

export interface DerElement {
  /** As in X.690 §8.1.2: 0 universal, 1 application, 2 context-specific, 3 private. */
  readonly tagClass: number;
  readonly constructed: boolean;
  readonly tag: number;
  readonly content: Buffer;
  /** Identifier, length and content. */
  readonly bytes: Buffer;
}

export const [BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OBJECT_IDENTIFIER, SEQUENCE, SET] = [1, 2, 3, 4, 6, 16, 17];
const [UNIVERSAL, CONTEXT] = [0, 2];
const [CLASS_SHIFT, CONSTRUCTED, TAG_MASK, MORE] = [6, 0x20, 0x1f, 0x80];

/** Reads exactly one element. Throws a SyntaxError. */
export function readDer(bytes: Buffer): DerElement {
  const element = readElement(bytes, 0);
  if (element.bytes.length !== bytes.length) throw new SyntaxError('DER: bytes are left over.');
  return element;
}

/** The elements of a universal SEQUENCE or SET. Throws a SyntaxError, also for any other element. */
export function membersOf(element: DerElement | undefined, tag: number = SEQUENCE): DerElement[] {
  if (!isUniversal(element, tag) || !element.constructed) throw new SyntaxError('DER: another element was expected.');
  return readAll(element.content);
}

/** The content of a universal, primitive element. Throws a SyntaxError for any other element. */
export function contentOf(element: DerElement | undefined, tag: number): Buffer {
  if (!isUniversal(element, tag) || element.constructed) throw new SyntaxError('DER: another element was expected.');
  return element.content;
}

/** The element in the first EXPLICIT context tag of this number; undefined if there is none. Throws a SyntaxError. */
export function findExplicit(elements: readonly DerElement[], tag: number): DerElement | undefined {
  const wrapper = elements.find((element) => element.tagClass === CONTEXT && element.tag === tag);
  return wrapper && readDer(wrapper.content);
}

export function isUniversal(element: DerElement | undefined, tag: number): element is DerElement {
  return element?.tagClass === UNIVERSAL && element.tag === tag;
}

/** Dotted decimal; arcs below 2⁵³ (X.690 §8.19). Throws a SyntaxError. */
export function readObjectIdentifier(element: DerElement | undefined): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of contentOf(element, OBJECT_IDENTIFIER)) {
    arc = arc * 128 + (byte & 0x7f);
    if (!Number.isSafeInteger(arc)) throw new SyntaxError('DER: an object identifier past its bounds.');
    if (byte & MORE) continue;
    if (arcs.length === 0) arcs.push(Math.min(Math.floor(arc / 40), 2), arc - 40 * Math.min(Math.floor(arc / 40), 2));
    else arcs.push(arc);
    arc = 0;
  }
  return arcs.join('.');
}

/** An INTEGER of at most six bytes that is not negative. Throws a SyntaxError. */
export function readSmallInteger(element: DerElement | undefined): number {
  const content = contentOf(element, INTEGER);
  const first = content[0] ?? MORE;
  if (first >= MORE || content.length > 6) throw new SyntaxError('DER: an integer past its bounds.');
  return content.readUIntBE(0, content.length);
}

/** Writes a universal SEQUENCE, or a primitive element, of at most 65,535 bytes of content. */
export function writeDer(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const { length } = body;
  const lengthBytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag === SEQUENCE ? SEQUENCE | CONSTRUCTED : tag, ...lengthBytes), body]);
}

/** Writes a positive INTEGER. `bytes` is big-endian, without leading zeros. */
export function writePositiveInteger(bytes: Buffer): Buffer {
  return (bytes[0] ?? 0) < 0x80 ? writeDer(INTEGER, bytes) : writeDer(INTEGER, Buffer.of(0), bytes);
}

function readAll(bytes: Buffer): DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length; ) {
    const element = readElement(bytes, at);
    elements.push(element);
    at += element.bytes.length;
  }
  return elements;
}

function readElement(bytes: Buffer, start: number): DerElement {
  const identifier = byteAt(bytes, start);
  const { value: tag, end: afterTag } = readTag(bytes, start);
  const { value: length, end: contentAt } = readLength(bytes, afterTag);
  const end = contentAt + length;
  if (end > bytes.length) throw new SyntaxError('DER: cut short.');
  return {
    tagClass: identifier >> CLASS_SHIFT,
    constructed: (identifier & CONSTRUCTED) !== 0,
    tag,
    content: bytes.subarray(contentAt, end),
    bytes: bytes.subarray(start, end),
  };
}

/** Tags from 31 on take further bytes of seven bits each (§8.1.2.4); Android's authorization lists have them, up to 724. */
function readTag(bytes: Buffer, start: number): { readonly value: number; readonly end: number } {
  const low = byteAt(bytes, start) & TAG_MASK;
  if (low !== TAG_MASK) return { value: low, end: start + 1 };
  const [high, next] = [byteAt(bytes, start + 1), byteAt(bytes, start + 2)];
  if (high < MORE) return { value: high, end: start + 2 };
  if (next >= MORE) throw new SyntaxError('DER: a tag past its bounds.');
  return { value: (high & 0x7f) * 128 + next, end: start + 3 };
}

/** In its shortest form (§10.1), below 2²⁴. */
function readLength(bytes: Buffer, start: number): { readonly value: number; readonly end: number } {
  const first = byteAt(bytes, start);
  if (first < MORE) return { value: first, end: start + 1 };
  const size = first & 0x7f;
  if (size === 0 || size > 3 || start + 1 + size > bytes.length)
    throw new SyntaxError('DER: a length of no definite form.');
  const value = bytes.readUIntBE(start + 1, size);
  const least = size === 1 ? 0x80 : 2 ** (8 * (size - 1));
  if (value < least) throw new SyntaxError('DER: a length that is not in its shortest form.');
  return { value, end: start + 1 + size };
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new SyntaxError('DER: cut short.');
  return byte;
}
