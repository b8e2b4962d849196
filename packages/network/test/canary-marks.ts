/** Values that must never appear, and every encoding that they might appear in. */
import { createHash } from 'node:crypto';
import pg from 'pg';

export interface Sighting {
  readonly value: string;
  readonly disguise: string;
}

/** In lower case, because {@link findMarks} compares in lower case. */
function disguises(value: string): readonly (readonly [disguise: string, text: string])[] {
  const bytes = Buffer.from(value);
  // At each of its three alignments, without the characters that also depend on the neighbours.
  const base64 = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return encoded.slice(shift === 0 ? 0 : shift + 1, -4);
  });
  const digests = ['sha256', 'sha1', 'md5'].flatMap((algorithm) => {
    const digest = createHash(algorithm).update(value).digest();
    return [digest.toString('hex'), digest.toString('base64').replace(/=+$/, ''), digest.toString('base64url')];
  });
  return [
    ['in clear', value],
    ['percent-encoded', encodeURIComponent(value)],
    ['backwards', [...value].reverse().join('')],
    ['in groups', /^\d{16}$/.test(value) ? value.replace(/(\d{4})(?=\d)/g, '$1 ') : value],
    ['in hex', bytes.toString('hex')],
    ...base64.map((text) => ['in base64', text] as const),
    ...base64.map((text) => ['in base64url', text.replaceAll('+', '-').replaceAll('/', '_')] as const),
    ...digests.map((text) => ['hashed without a key', text] as const),
  ];
}

/** The places where `text` contains one of the values; empty when it contains none. */
export function findMarks(text: string, values: readonly string[]): readonly Sighting[] {
  const lower = text.toLowerCase();
  return values.flatMap((value) =>
    disguises(value).flatMap(([disguise, shown]) => (lower.includes(shown.toLowerCase()) ? [{ value, disguise }] : [])),
  );
}

/** Every row of every table of the database's own schema, read by COPY, as a backup would hold it; by the table's name. */
export async function copyTables(databaseUrl: string): Promise<ReadonlyMap<string, string>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
    );
    const tables = new Map<string, string>();
    for (const { name } of rows) tables.set(name, await copyOut(client, name));
    return tables;
  } finally {
    await client.end();
  }
}

/** pg calls these methods of a submitted object; its own Query does not support COPY TO STDOUT. */
function copyOut(client: pg.Client, table: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const copying = {
      submit: (connection: { query(text: string): void }) =>
        connection.query(`COPY ${pg.escapeIdentifier(table)} TO STDOUT`),
      handleCopyData: ({ chunk }: { readonly chunk: Buffer }) => void chunks.push(chunk),
      handleError: reject,
      handleReadyForQuery: () => resolve(Buffer.concat(chunks).toString('utf8')),
      handleCommandComplete: () => {},
      handleRowDescription: () => {},
    };
    client.query(copying as unknown as pg.Submittable); // its declaration lists only the members of this Query
  });
}
