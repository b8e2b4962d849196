/** One way from a schema to a verdict that names the field: what a border calls before it trusts a value. */
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/** One thing that is wrong. Names the field, never its value. */
export interface Violation {
  /** JSON pointer (RFC 6901) to the field at fault; for a missing field, to where it should be. */
  readonly pointer: string;
  readonly kind: 'MISSING_FIELD' | 'INVALID_FIELD';
  /** What the field must be, in words, without its value. */
  readonly problem: string;
}

export interface CompiledSchema<Schema extends TSchema> {
  readonly schema: Schema;
  accepts(value: unknown): value is Static<Schema>;
  /** Empty when the value is accepted. At most eight, outermost first. */
  violations(value: unknown): readonly Violation[];
}

/** Compiles at first use, so that importing a schema costs nothing. */
export function compileSchema<const Schema extends TSchema>(schema: Schema): CompiledSchema<Schema> {
  let compiled: ReturnType<typeof Compile> | undefined;
  const validator = () => {
    compiled ??= Compile(schema) as ReturnType<typeof Compile>;
    return compiled;
  };
  const accepts = (value: unknown): value is Static<Schema> => validator().Check(value);
  return {
    schema,
    accepts,
    violations: (value) => (accepts(value) ? [] : readViolations(validator().Errors(value) as SchemaError[])),
  };
}

/** A validation error as JSON Schema validators report it (TypeBox and Ajv agree on these members). */
export interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** Reduces a validator's errors to one violation a field. Branches of a failed union are folded into the field itself. */
export function readViolations(errors: readonly SchemaError[]): readonly Violation[] {
  const byPointer = new Map<string, Violation>();
  for (const error of errors) {
    for (const violation of readError(error)) {
      if (!byPointer.has(violation.pointer)) byPointer.set(violation.pointer, violation);
    }
  }
  return [...byPointer.values()].slice(0, 8);
}

function readError(error: SchemaError): readonly Violation[] {
  if (error.keyword !== 'required')
    return [{ pointer: error.instancePath, kind: 'INVALID_FIELD', problem: words(error) }];
  const names = (error.params.requiredProperties ?? [error.params.missingProperty]) as readonly string[];
  return names.map((name) => ({
    pointer: `${error.instancePath}/${name}`,
    kind: 'MISSING_FIELD' as const,
    problem: 'is required',
  }));
}

function words({ keyword, params, message }: SchemaError): string {
  switch (keyword) {
    case 'const':
    case 'enum':
    case 'anyOf':
      return 'is not one of the allowed values';
    case 'pattern':
      return 'does not have the expected form';
    case 'format':
      return `is not a valid ${String(params.format)}`;
    default:
      return message ?? 'is not valid';
  }
}
