/** Executes a statement by name, and asks PostgreSQL for its columns only once for each connection (decision 124). */
import type { Connection, CustomTypesConfig, FieldDef, QueryConfig, Submittable } from 'pg';
import { prepareValue } from 'pg/lib/utils.js';
import { serialize } from 'pg-protocol';

type Columns = readonly { readonly name: string; readonly read: (text: string) => unknown }[];
type Values = readonly (string | null)[];

/** The columns of each statement that is prepared on a connection. */
const prepared = new WeakMap<Connection, Map<string, Columns>>();

/**
 * A query of pg ({@link Submittable}) for `pool.query`, which answers rows and their number and nothing else. pg's own query describes the
 * columns at each execution. After an error the pool drops the connection, so no statement is prepared on it twice.
 */
export class KnownQuery implements Submittable {
  readonly name: string;
  readonly text: string;
  rows: readonly Record<string, unknown>[] = [];
  rowCount = 0;
  /** Set by pg. */
  callback: ((error: unknown, result?: KnownQuery) => void) | undefined;
  readonly #values: (Buffer | string | null)[];
  readonly #types: CustomTypesConfig;
  readonly #read: Values[] = [];
  #columns: Columns | undefined;
  #milliseconds: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor({ name, text, values = [] }: QueryConfig & { readonly name: string }, types: CustomTypesConfig) {
    this.name = name;
    this.text = text;
    this.#values = values.map((value) => prepareValue(value));
    this.#types = types;
  }

  /**
   * Fails when PostgreSQL has not answered in time. pg's own `query_timeout` assigns a function to each query; V8 takes that for a method, places it
   * among old objects, and so keeps the query and its rows until the next full collection (decision 124).
   */
  within(milliseconds: number): this {
    this.#milliseconds = milliseconds;
    return this;
  }

  submit(connection: Connection): void {
    const { name, text } = this;
    if (this.#milliseconds !== undefined) {
      this.#timer = setTimeout(() => this.handleError(new Error('Query read timeout')), this.#milliseconds);
    }
    this.#columns = prepared.get(connection)?.get(name);
    const isKnown = this.#columns !== undefined;
    const messages = [
      ...(isKnown || isParsed(connection, name) ? [] : [serialize.parse({ name, text })]),
      serialize.bind({ statement: name, values: this.#values }),
      ...(isKnown ? [] : [serialize.describe({ type: 'P' })]),
      serialize.execute(),
      serialize.sync(),
    ];
    // One chunk for the socket; pg writes each message alone.
    if (connection.stream.writable) connection.stream.write(Buffer.concat(messages));
  }

  handleRowDescription({ fields }: { readonly fields: readonly FieldDef[] }): void {
    this.#columns = fields.map(({ name, dataTypeID }) => ({
      name,
      read: this.#types.getTypeParser(dataTypeID, 'text'),
    }));
  }

  handleDataRow({ fields }: { readonly fields: Values }): void {
    this.#read.push(fields);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.rowCount = Number(/\d+$/.exec(text)?.[0] ?? 0);
  }

  handleReadyForQuery(connection: Connection): void {
    const columns = this.#columns ?? [];
    try {
      this.rows = this.#read.map((values) => buildRow(columns, values));
    } catch (error) {
      this.handleError(error);
      return;
    }
    const known = prepared.get(connection) ?? new Map<string, Columns>();
    prepared.set(connection, known.set(this.name, columns));
    this.#end(null, this);
  }

  handleError(error: unknown): void {
    this.#end(error);
  }

  /** What comes after the time limit is ignored. */
  #end(error: unknown, result?: KnownQuery): void {
    const { callback } = this;
    clearTimeout(this.#timer);
    this.callback = undefined;
    callback?.(error, result);
  }
}

/** Whether a transaction has prepared the statement on this connection, by pg's own query. pg notes it, without a type declaration. */
function isParsed(connection: Connection, name: string): boolean {
  const { parsedStatements } = connection as { readonly parsedStatements?: Readonly<Record<string, unknown>> };
  return parsedStatements?.[name] !== undefined;
}

function buildRow(columns: Columns, values: Values): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  columns.forEach(({ name, read }, position) => {
    const text = values[position];
    row[name] = typeof text === 'string' ? read(text) : null;
  });
  return row;
}
