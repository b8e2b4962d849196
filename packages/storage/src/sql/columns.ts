/** The columns of a row: the name in code, the PostgreSQL type, and whether it may be null. */
import { identifier, joinSql, type Sql, sql } from './template.ts';

export interface Column<Value = unknown> {
  /** As PostgreSQL's format_type writes it. */
  readonly type: string;
  readonly nullable: boolean;
  /** The column's name in SQL, or an expression; undefined when the statement itself names the column. */
  readonly from: string | Sql<never> | undefined;
  /** The table's column may be null, but the statement's conditions exclude that. */
  readonly nullExcluded?: boolean;
  /** Exists only as a type. */
  readonly value?: Value;
}

/** By the field name in the row. */
export type Columns = { readonly [Field in string]: Column };

type ValueOf<C> = C extends Column<infer Value> ? Value : never;

/** The type of the rows that a statement with these columns returns. */
export type RowOf<C extends Columns> = { readonly [Field in keyof C]: ValueOf<C[Field]> };

type RequiredOf<C extends Columns> = { [Field in keyof C]: null extends ValueOf<C[Field]> ? never : Field }[keyof C];

/** The values of a new row; a column that may be null may be left out. */
export type NewRowOf<C extends Columns> = { readonly [Field in RequiredOf<C>]: ValueOf<C[Field]> } & {
  readonly [Field in Exclude<keyof C, RequiredOf<C>>]?: ValueOf<C[Field]> | undefined;
};

type From = Column['from'];
const make = <Value>(type: string, from: From): Column<Value> => ({ type, nullable: false, from });

/** One function per type in use, for a column that is never null. The type argument narrows a text or an object. */
export const column = {
  text: <Value extends string = string>(from?: From): Column<Value> => make('text', from),
  textArray: (from?: From): Column<readonly string[]> => make('text[]', from),
  boolean: (from?: From): Column<boolean> => make('boolean', from),
  integer: (from?: From): Column<number> => make('integer', from),
  integerArray: (from?: From): Column<readonly number[]> => make('integer[]', from),
  /** A value that a number cannot hold exactly fails the query. */
  bigint: (from?: From): Column<number> => make('bigint', from),
  bytea: (from?: From): Column<Buffer> => make('bytea', from),
  byteaArray: (from?: From): Column<readonly Buffer[]> => make('bytea[]', from),
  uuid: (from?: From): Column<string> => make('uuid', from),
  timestamptz: (from?: From): Column<Date> => make('timestamp with time zone', from),
  jsonb: <Value>(from?: From): Column<Value> => make('jsonb', from),
};

/** A column that may be null. */
export function nullable<Value>(of: Column<Value>): Column<Value | null> {
  return { ...of, nullable: true } as Column<Value | null>; // it only carries a type
}

/** A column that may be null in its table, but not in the statement's rows, because the statement's conditions exclude that. */
export function notNull<Value>(of: Column<Value>): Column<Value> {
  return { ...of, nullExcluded: true };
}

/** Columns of a part that may have no row, as on the right of LEFT JOIN: then all of them are null. */
export function outer<C extends Columns>(
  columns: C,
): { readonly [Field in keyof C]: Column<ValueOf<C[Field]> | null> } {
  const entries = Object.entries(columns).map(([field, of]) => [field, nullable(of)]);
  return Object.fromEntries(entries) as ReturnType<typeof outer<C>>; // fromEntries loses the key types
}

/** The list after SELECT or RETURNING: `session_id AS "sessionId", …`. */
export function selectList(columns: Columns): Sql<never> {
  return joinSql(
    Object.entries(columns).map(([field, { from }]) => {
      if (from === undefined) throw new RangeError(`It is not said what ${field} is read from.`);
      const expression = typeof from === 'string' ? identifier(from) : from;
      return { chunks: [...expression.chunks, ` AS "${field}"`] };
    }),
  );
}

/** The list after SELECT, for columns that the part `part` of a WITH has selected by {@link selectList}: `found."sessionId", …`. */
export function fieldsOf(part: string, columns: Columns): Sql<never> {
  return joinSql(Object.keys(columns).map((field) => ({ chunks: [...identifier(part).chunks, `."${field}"`] })));
}

/** The list after INSERT INTO. */
export function columnNames(columns: Columns): Sql<never> {
  return joinSql(Object.entries(columns).map(([field, of]) => nameOf(field, of)));
}

/** The list for SELECT or VALUES in an INSERT: each column's value by its field's name, with its type, or its expression in `computed`. */
export function newValues<C extends Columns>(
  columns: C,
  computed: { readonly [Field in keyof C]?: Sql<keyof C & string> } = {},
): Sql<keyof C & string> {
  const entries = Object.entries(columns) as [keyof C & string, Column][]; // Object.entries loses the key types
  const given = (field: keyof C & string, { type }: Column) =>
    sql`${field}::${{ chunks: [type] }}` as Sql<keyof C & string>;
  return joinSql(entries.map(([field, of]) => computed[field] ?? given(field, of)));
}

/** The values of a new row, with null for each one left out. */
export function rowValues<C extends Columns>(columns: C, row: NewRowOf<C>): { readonly [Field in keyof C]: unknown } {
  const given: Readonly<Record<string, unknown>> = row;
  const values: Partial<Record<keyof C, unknown>> = {};
  for (const field in columns) values[field] = given[field];
  return values as { readonly [Field in keyof C]: unknown }; // it has every field now
}

function nameOf(field: string, { from }: Column): Sql<never> {
  if (typeof from !== 'string') throw new RangeError(`${field} is no column of the table.`);
  return identifier(from);
}
