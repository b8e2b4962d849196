/** What a caller without types may hand to a public function: each field left out, of another type, and null. */

/** A public function, and an argument that it accepts. */
export interface GivenRow {
  readonly call: (given: never) => unknown;
  readonly valid: object;
  /** Paths of fields that must be there: `order.amount`, `accounts.0`. */
  readonly required: readonly string[];
  /** Paths of fields that may be left out, but not be of another type or null. */
  readonly optional?: readonly string[];
  /** The error's code; INVALID_OPTIONS by default. */
  readonly code?: string;
  /** `call` takes the object apart for a function of several arguments. */
  readonly takenApart?: true;
}

/** A field's path, how it is wrong (for a test's title), and the wrong value. */
export type GivenCase = readonly [path: string, how: string, value: unknown];

const LEFT_OUT = [['left out', undefined]] as const;
const WRONG = [['of another type', 5.5] as const, ['null', null] as const];

/** Every wrong value of every field of the row. */
export function buildGivenCases({ required, optional = [] }: GivenRow): readonly GivenCase[] {
  return [
    ...required.flatMap((path) => [...LEFT_OUT, ...WRONG].map(([how, value]) => [path, how, value] as const)),
    ...optional.flatMap((path) => WRONG.map(([how, value]) => [path, how, value] as const)),
  ];
}

/** A copy of `valid` in which the field at `path` is replaced. */
export function changeField(valid: object, path: string, value: unknown): object {
  const [name = '', ...rest] = path.split('.');
  const own = (valid as Readonly<Record<string, unknown>>)[name];
  const changed = rest.length === 0 ? value : changeField(own as object, rest.join('.'), value);
  return Array.isArray(valid) ? Object.assign([...valid], { [name]: changed }) : { ...valid, [name]: changed };
}

/** What the call throws or rejects with; else its result. */
export async function catchError(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error;
  }
}
