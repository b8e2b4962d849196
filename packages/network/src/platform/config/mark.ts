/** NETWORK_MARK: the network's logo, an SVG file without scripts and references. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SaxesParser } from 'saxes';
import { ConfigError } from './config-error.ts';

export interface Mark {
  readonly svg: string;
  /** The path where the network serves it. It changes with the content. */
  readonly path: string;
}

const MAX_BYTES = 16 * 1024;
export const MARK_PATH = '/auth/passkeys/mark';

/** Elements that can run, fetch, or embed a document. `a`, `animate` and similar elements can change an address later. */
const REFUSED_ELEMENTS = new Set(['script', 'foreignobject', 'iframe', 'image', 'a', 'set', 'handler', 'listener']);

/** Reads the file that NETWORK_MARK names. Throws {@link ConfigError}. */
export function readMark(file: string): Mark {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new ConfigError('NETWORK_MARK', `names a file that cannot be read (${code}): ${file}`);
  }
  if (bytes.length > MAX_BYTES) {
    throw new ConfigError(
      'NETWORK_MARK',
      `is ${bytes.length} bytes; at most ${MAX_BYTES} are taken, since every cardholder loads it.`,
    );
  }
  const svg = bytes.toString('utf8');
  const fault = findFault(svg);
  if (fault !== undefined)
    throw new ConfigError('NETWORK_MARK', `has to be an SVG drawing that stands for itself: ${fault}.`);
  const hash = createHash('sha256').update(svg).digest('base64url').slice(0, 8);
  return { svg, path: `${MARK_PATH}-${hash}.svg` };
}

/** Why an SVG cannot be used; undefined when it can. Exported for its tests. */
export function findFault(svg: string): string | undefined {
  const faults: string[] = [];
  const parser = new SaxesParser({ xmlns: true });
  let root: string | undefined;
  parser.on('error', (error) => faults.push(`it is not well-formed (${error.message.split('\n')[0]})`));
  parser.on('doctype', () => faults.push('it has a DOCTYPE, which SVG does not need'));
  parser.on('processinginstruction', ({ target }) => faults.push(`it has the instruction <?${target}?>`));
  parser.on('opentag', ({ local, uri, attributes }) => {
    root ??= `${uri} ${local}`;
    const name = local.toLowerCase();
    if (REFUSED_ELEMENTS.has(name) || name.startsWith('animate')) faults.push(`it has a <${local}> element`);
    for (const { name: attribute, local: localName, value } of Object.values(attributes)) {
      if (/^on/i.test(localName)) faults.push(`it has the script ${attribute}`);
      if (/^(href|src)$/i.test(localName) && !value.startsWith('#')) faults.push(`${attribute} leads elsewhere`);
      if (leadsElsewhere(value)) faults.push(`${attribute} has a url() that leads elsewhere`);
    }
  });
  parser.on('text', (text) => {
    if (leadsElsewhere(text) || /@import|\\/i.test(text)) faults.push('its style loads something');
  });
  parser.on('cdata', () => faults.push('it has a CDATA section'));
  parser.write(svg).close();
  if (faults.length === 0 && root !== 'http://www.w3.org/2000/svg svg') return 'its outermost element is not <svg>';
  return faults[0];
}

/** A CSS `url()` or `image-set()` that refers to anything outside the drawing. */
function leadsElsewhere(value: string): boolean {
  return (
    /image-set\(|\\/i.test(value) ||
    Array.from(value.matchAll(/url\(\s*["']?\s*(.?)/gi)).some(([, first]) => first !== '#')
  );
}
