/** The columns that PostgreSQL describes for a statement without executing it, compared with the columns that the statement declares. */
import type { Statement } from '@payment-passkeys/storage';
import type { Connection, FieldDef, Pool, Submittable } from 'pg';

/** Sends Describe of the extended protocol for an unnamed statement. */
class Description implements Submittable {
  fields: readonly FieldDef[] = [];
  readonly done: Promise<readonly FieldDef[]>;
  private settle: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
    this.done = new Promise<void>((resolve, reject) => {
      this.settle = { resolve, reject };
    }).then(() => this.fields);
  }

  submit(connection: Connection): void {
    connection.parse({ name: '', text: this.text, types: [] }, true);
    connection.describe({ type: 'S', name: '' }, true);
    connection.sync();
  }

  handleRowDescription({ fields }: { readonly fields: readonly FieldDef[] }): void {
    this.fields = fields;
  }

  handleError(error: Error): void {
    this.settle?.reject(error);
  }

  handleReadyForQuery(): void {
    this.settle?.resolve();
  }
}

/** The differences between the columns that a statement declares and those that PostgreSQL describes; or PostgreSQL's error. */
export async function findDifferences(pool: Pool, { text, columns }: Statement): Promise<readonly string[]> {
  const client = await pool.connect();
  try {
    const fields = await client.query(new Description(text)).done;
    const { rows } = await client.query<Described>(DESCRIBE, [
      fields.map(({ dataTypeID }) => dataTypeID),
      fields.map(({ tableID }) => tableID),
      fields.map(({ columnID }) => columnID),
    ]);
    const described = new Map(fields.map(({ name }, position) => [name, rows[position]]));
    const names = [...new Set([...Object.keys(columns), ...described.keys()])];
    return names.flatMap((name) => compare(name, columns[name], described.get(name), / LEFT JOIN /.test(text)));
  } catch (error) {
    return [String(error)];
  } finally {
    client.release();
  }
}

interface Described {
  readonly type: string;
  /** Whether the table's column may be null; null for an expression. */
  readonly never_null: boolean | null;
}

const DESCRIBE = `
  SELECT format_type(type, NULL) AS type, attnotnull AS never_null
  FROM unnest($1::oid[], $2::oid[], $3::smallint[]) WITH ORDINALITY AS field (type, relation, attribute, position)
  LEFT JOIN pg_attribute ON attrelid = relation AND attnum = attribute AND attnum > 0
  ORDER BY position`;

function compare(
  name: string,
  declared: Statement['columns'][string] | undefined,
  described: Described | undefined,
  mayHaveNoRow: boolean,
): string[] {
  if (declared === undefined) return [`${name} is returned and not declared`];
  if (described === undefined) return [`${name} is declared and not returned`];
  const { type, never_null } = described;
  const differences: string[] = [];
  if (type !== declared.type) differences.push(`${name} is ${type}, declared as ${declared.type}`);
  const declaredNull = declared.nullable || declared.nullExcluded === true;
  if (never_null === false && !declaredNull) differences.push(`${name} may be null, declared as never null`);
  if (never_null === true && declaredNull && !mayHaveNoRow)
    differences.push(`${name} is never null, declared as nullable`);
  return differences;
}
