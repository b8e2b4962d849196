/**
 * Named statements whose columns PostgreSQL describes once for each connection. node-postgres asks for the description with every execution
 * and reads it anew, which took it a twentieth of the processor time of the network's enrolments (docs/decisions/0041).
 */
import type pg from 'pg';
import { prepareValue } from 'pg/lib/utils.js';

/** Has the statements of a new connection that are given as `{ name, text, values }` described once. Everything else goes as it did. */
export function describeOnce(client: pg.ClientBase, types: pg.CustomTypesConfig): void {
  const described: Descriptions = new Map();
  const query = client.query.bind(client) as (...given: unknown[]) => unknown; // its overloads are for those who call it
  const prepared = (statement: NamedStatement, done: Done) =>
    query(prepareQuery(statement, { described, types }), undefined, done);
  const querySome = (...given: unknown[]): unknown => {
    const [statement, , done] = given;
    if (!isNamed(statement)) return query(...given);
    if (done !== undefined) return prepared(statement, done as Done);
    return new Promise((resolve, reject) => {
      prepared(statement, (error, result) => (error ? reject(error) : resolve(result)));
    });
  };
  client.query = querySome as typeof client.query;
}

interface NamedStatement {
  readonly name: string;
  readonly text: string;
  readonly values?: readonly unknown[];
}

type Done = (error: unknown, result?: Result) => void;

/** Of the statements of one connection, by their names. */
type Descriptions = Map<string, readonly Column[]>;

interface Column {
  readonly name: string;
  readonly read: (text: string) => unknown;
}

const MEMBERS: readonly string[] = ['name', 'text', 'values'];

function isNamed(statement: unknown): statement is NamedStatement {
  if (typeof statement !== 'object' || statement === null || !('name' in statement)) return false;
  for (const member in statement) if (!MEMBERS.includes(member)) return false;
  return true;
}

/** What node-postgres answers with; the columns' descriptions are left out. */
interface Result {
  command: string;
  rowCount: number | null;
  readonly oid: number;
  readonly fields: [];
  readonly rows: Record<string, unknown>[];
}

/** What node-postgres hands to a query of another's making, as to those of pg-cursor and pg-query-stream. */
interface Connection {
  readonly parsedStatements: Readonly<Record<string, string>>;
  readonly stream: { cork(): void; uncork(): void };
  parse(statement: { readonly name: string; readonly text: string }): void;
  describe(described: { readonly type: 'S'; readonly name: string }): void;
  bind(bound: {
    readonly statement: string;
    readonly values: readonly unknown[];
    readonly valueMapper: (value: unknown) => unknown;
  }): void;
  execute(portal: object): void;
  sync(): void;
}

/** One execution, as node-postgres drives it. */
function prepareQuery(
  { name, text, values = [] }: NamedStatement,
  { described, types }: { readonly described: Descriptions; readonly types: pg.CustomTypesConfig },
) {
  const result: Result = { command: '', rowCount: null, oid: 0, fields: [], rows: [] };
  let columns = described.get(name);
  let unreadable: unknown;
  return {
    name,
    text,
    /** Set, and sometimes replaced, by node-postgres. */
    callback: undefined as Done | undefined,

    submit(connection: Connection): Error | null {
      const known = connection.parsedStatements[name];
      if (known !== undefined && known !== text) return new Error(`Two statements are named ${name}.`);
      connection.stream.cork();
      try {
        if (known === undefined) connection.parse({ name, text });
        if (columns === undefined) connection.describe({ type: 'S', name });
        connection.bind({ statement: name, values, valueMapper: prepareValue });
        connection.execute({});
        connection.sync();
      } finally {
        connection.stream.uncork();
      }
      return null;
    },

    handleRowDescription({ fields }: { readonly fields: readonly pg.FieldDef[] }): void {
      columns = fields.map((field) => ({ name: field.name, read: types.getTypeParser(field.dataTypeID, 'text') }));
      described.set(name, columns);
    },

    handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
      try {
        result.rows.push(readRow(fields, columns ?? []));
      } catch (error) {
        unreadable ??= error;
      }
    },

    handleCommandComplete({ text: tag }: { readonly text: string }): void {
      if (columns === undefined) described.set(name, []); // it answers with no rows
      const [command = '', ...counts] = tag.split(' ');
      result.command = command;
      const count = counts.at(-1);
      result.rowCount = count === undefined ? null : Number(count);
    },

    handleEmptyQuery(): void {},

    handleReadyForQuery(): void {
      if (unreadable === undefined) this.callback?.(null, result);
      else this.callback?.(unreadable);
    },

    handleError(error: unknown): void {
      this.callback?.(error);
    },
  };
}

function readRow(fields: readonly (string | null)[], columns: readonly Column[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (let position = 0; position < columns.length; position++) {
    const { name, read } = columns[position] as Column; // within bounds
    const text = fields[position] ?? null;
    row[name] = text === null ? null : read(text);
  }
  return row;
}
