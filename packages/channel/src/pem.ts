/** PEM texts (RFC 7468) from files and settings: with text around the blocks, or on one line. */

export interface PemBlock {
  /** For example `PUBLIC KEY`. */
  readonly label: string;
  readonly der: Buffer;
}

const BLOCK = /-----BEGIN ([A-Z0-9]+(?: [A-Z0-9]+)*)-----([^-]*)-----END \1-----/g;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/**
 * The label of a private key, in a complete block or not, and the line before the private numbers in the output of `openssl pkey -text`.
 */
const PRIVATE_KEY = /-----BEGIN [^-\n]*PRIVATE KEY|^\s*privateExponent:/im;

/**
 * The blocks of a PEM text, in order. Text before, between and after them is ignored (RFC 7468 §2: `openssl x509 -text` and `openssl
 * pkcs12` write it). A literal `\n` is a line break, because one-line settings hold a PEM in that form. Leaves out a block with header
 * lines (RFC 1421, an encrypted key in the old form) or with anything else that is not base64. Never throws.
 */
export function readPemBlocks(text: string): readonly PemBlock[] {
  return [...withLineBreaks(text).matchAll(BLOCK)].flatMap(([, label = '', body = '']) => {
    const base64 = body.replace(/\s/g, '');
    return BASE64.test(base64) ? [{ label, der: Buffer.from(base64, 'base64') }] : [];
  });
}

/** Whether a text holds a private key or a part of one, even in an incomplete block. */
export function holdsPrivateKey(text: string): boolean {
  return PRIVATE_KEY.test(withLineBreaks(text));
}

/** Writes one block in the strict form of RFC 7468 §3: lines of 64 characters, nothing around them. */
export function writePem({ label, der }: PemBlock): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

function withLineBreaks(text: string): string {
  return text.replace(/\\r\\n|\\n/g, '\n');
}
