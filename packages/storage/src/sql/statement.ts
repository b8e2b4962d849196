/** Statements: created once, when their file is loaded, and executed with named values. */
import pg, { type QueryConfig, type QueryResult, type QueryResultRow } from 'pg';
import type { Columns, RowOf } from './columns.ts';
import { KnownQuery } from './known-query.ts';
import { numberValues, type Sql } from './template.ts';

export interface Statement<Name extends string = string, C extends Columns = Columns> {
  /** The name of a prepared statement. Undefined when PostgreSQL parses and plans the text at each use. */
  readonly name: string | undefined;
  readonly text: string;
  /** The names of `$1`, `$2`, … */
  readonly values: readonly Name[];
  /** The columns of its rows, in any order. */
  readonly columns: C;
}

/**
 * Makes a statement, once: its text never changes, as PostgreSQL requires of a prepared one. A variant with another text needs another
 * name. The rows have the columns of `returns`; a test must compare these with a database, because this package does not.
 */
export function statement<Name extends string, C extends Columns = Record<never, never>>(options: {
  /** Prepared under this name, once per connection. */
  readonly name?: string;
  readonly text: Sql<Name>;
  /** The columns of the rows; none by default. */
  readonly returns?: C;
}): Statement<Name, C> {
  const { text, names } = numberValues(options.text);
  const columns = options.returns ?? ({} as C); // without `returns`, C is the empty record
  return { name: options.name, text, values: names, columns };
}

/** A value for each name; undefined is stored as null. */
export type Values<Name extends string> = { readonly [Key in Name]: unknown };

/** A pool, or the connection of a transaction. */
export interface Queryable {
  query<Row extends QueryResultRow>(config: QueryConfig): Promise<QueryResult<Row>>;
}

/** Executes a statement; answers its rows. */
export async function query<Name extends string, C extends Columns>(
  database: Queryable,
  statement: Statement<Name, C>,
  values: NoInfer<Values<Name>>,
): Promise<readonly RowOf<C>[]> {
  return (await database.query<RowOf<C>>(prepare(database, bind(statement, values)))).rows;
}

/** Executes a statement; answers how many rows it changed or returned. */
export async function execute<Name extends string>(
  database: Queryable,
  statement: Statement<Name>,
  values: NoInfer<Values<Name>>,
): Promise<number> {
  return (await database.query(prepare(database, bind(statement, values)))).rowCount ?? 0;
}

/** Only a pool answers a promise for a {@link KnownQuery}; on a connection pg's own query is used. */
function prepare(database: Queryable, config: QueryConfig): QueryConfig {
  const { name } = config;
  if (name === undefined || !(database instanceof pg.Pool)) return config;
  return new KnownQuery({ ...config, name }, database.options.types ?? pg.types);
}

/** The query for `pg`. Throws RangeError when a value is missing. */
export function bind<Name extends string>({ name, text, values }: Statement<Name>, given: Values<Name>): QueryConfig {
  const ordered = values.map((name) => {
    const value = given[name];
    if (value === undefined && !(name in given)) throw new RangeError(`The statement has no value for ${name}.`);
    return value;
  });
  return { ...(name !== undefined && { name }), text, values: ordered };
}
