/** The part of PostgreSQL's wire protocol that shows which statement passes (PostgreSQL documentation, chapter 54.7). */

export interface WireMessage {
  /** The message's type byte as a character; '' for the opening message, which has none. */
  readonly type: string;
  /** The message with its header, to be forwarded unchanged. */
  readonly bytes: Buffer;
}

const LENGTH_BYTES = 4;

/** Cuts a stream of bytes into messages. A frontend's first message has no type. */
export function createMessageReader({ opens }: { readonly opens: boolean }): (chunk: Buffer) => readonly WireMessage[] {
  let rest = Buffer.alloc(0);
  let opening = opens;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const messages: WireMessage[] = [];
    for (;;) {
      const typeBytes = opening ? 0 : 1;
      if (rest.length < typeBytes + LENGTH_BYTES) return messages;
      const end = typeBytes + rest.readUInt32BE(typeBytes);
      if (rest.length < end) return messages;
      messages.push({ type: rest.toString('latin1', 0, typeBytes), bytes: rest.subarray(0, end) });
      rest = rest.subarray(end);
      opening = false;
    }
  };
}

/** Reads Parse: the statement's name ('' for an unnamed one) and its text. */
export function readParse({ bytes }: WireMessage): { readonly name: string; readonly text: string } {
  const [name = '', text = ''] = readTexts(bytes, 2);
  return { name, text };
}

/** Reads Bind: the statement's name, which follows the portal's name. */
export function readBind({ bytes }: WireMessage): string {
  return readTexts(bytes, 2)[1] ?? '';
}

/** Reads Query: the text. A Query has no name. */
export function readQuery({ bytes }: WireMessage): string {
  return readTexts(bytes, 1)[0] ?? '';
}

/** The first `count` texts of a message; each ends with a zero byte. */
function readTexts(bytes: Buffer, count: number): readonly string[] {
  const texts: string[] = [];
  for (let start = 1 + LENGTH_BYTES; texts.length < count; ) {
    const end = bytes.indexOf(0, start);
    texts.push(bytes.toString('utf8', start, end));
    start = end + 1;
  }
  return texts;
}
