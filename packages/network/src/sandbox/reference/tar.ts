/** A gzipped tar archive of texts (POSIX.1-2017, pax, ustar Interchange Format). Every system has a program that unpacks it. */
import { gzipSync } from 'node:zlib';

const BLOCK = 512;

/** Puts each file below `folder`. The same files make the same archive. Throws for a path that the format cannot hold. */
export function buildTar(folder: string, files: ReadonlyMap<string, string>): Buffer {
  const entries = [...files].flatMap(([path, text]) => {
    const content = Buffer.from(text);
    const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
    return [buildHeader(`${folder}/${path}`, content.length), content, padding];
  });
  return gzipSync(Buffer.concat([...entries, Buffer.alloc(2 * BLOCK)]));
}

function buildHeader(name: string, size: number): Buffer {
  if (!/^[\x20-\x7e]{1,100}$/.test(name)) throw new Error(`"${name}" is not 1 to 100 printable ASCII characters.`);
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108); // user
  header.write(octal(0, 8), 116); // group
  header.write(octal(size, 12), 124);
  header.write(octal(0, 12), 136); // time of the change
  header.write(' '.repeat(8), 148); // the checksum counts itself as spaces
  header.write('0', 156); // a file
  header.write('ustar\x0000', 257);
  header.write(
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      7,
    )} `,
    148,
  );
  return header;
}
