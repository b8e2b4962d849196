/** One way from a schema to a verdict that names the field: what a border calls before it trusts a value. */
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { escapeToken } from './json-pointer.ts';
import { withoutNulls } from './schema-parts.ts';

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
  /** The value without its optional fields that are `null`: they are as if absent (contract §1). To be judged after, not before. */
  withoutNulls(value: unknown): unknown;
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
  const parts = new Map<TSchema, ReturnType<typeof Compile>>();
  const acceptsPart = (part: TSchema, value: unknown): boolean => {
    const compiledPart = parts.get(part) ?? (Compile(part) as ReturnType<typeof Compile>);
    parts.set(part, compiledPart);
    return compiledPart.Check(value);
  };
  const accepts = (value: unknown): value is Static<Schema> => validator().Check(value);
  return {
    schema,
    accepts,
    withoutNulls: (value) => withoutNulls(schema, value, acceptsPart),
    violations: (value) => (accepts(value) ? [] : readViolations(validator().Errors(value) as SchemaError[])),
  };
}

/** A validation error as JSON Schema validators report it (TypeBox and Ajv agree on these members). */
export interface SchemaError {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** Reduces a validator's errors to one violation a field. Of a failed union, those of the nearest alternatives. */
export function readViolations(errors: readonly SchemaError[]): readonly Violation[] {
  const byPointer = new Map<string, Violation>();
  for (const error of chooseAlternatives(errors)) {
    for (const violation of readError(error)) {
      if (!byPointer.has(violation.pointer)) byPointer.set(violation.pointer, violation);
    }
  }
  return [...byPointer.values()].slice(0, 8);
}

function chooseAlternatives(errors: readonly SchemaError[]): readonly SchemaError[] {
  const union = errors.filter(({ keyword }) => keyword === 'anyOf').toSorted(byDepth)[0];
  if (union === undefined) return errors;
  const within = `${union.schemaPath}/anyOf/`;
  const ofUnion = (error: SchemaError) =>
    error.schemaPath.startsWith(within) && `${error.instancePath}/`.startsWith(`${union.instancePath}/`);
  const position = ({ schemaPath }: SchemaError) => Number.parseInt(schemaPath.slice(within.length), 10);
  const faults = errors.filter(ofUnion);
  const alternatives = [...new Set(faults.map(position))].map((at) => {
    const ofOne = chooseAlternatives(faults.filter((error) => position(error) === at));
    return { ofOne, distance: distance(ofOne, union) };
  });
  const least = Math.min(...alternatives.map(({ distance }) => distance));
  const meant = alternatives.filter(({ distance }) => distance === least).flatMap(({ ofOne }) => ofOne);
  const rest = errors.filter((error) => error !== union && !ofUnion(error));
  return [...(meant.length === 0 ? [union] : meant), ...chooseAlternatives(rest)];
}

function byDepth(a: SchemaError, b: SchemaError): number {
  return a.schemaPath.length - b.schemaPath.length;
}

/** How far a value is from an alternative: a missing field is further than a faulty one, another type further than both. */
function distance(errors: readonly SchemaError[], { instancePath }: SchemaError): number {
  const otherType = errors.some((error) => error.keyword === 'type' && error.instancePath === instancePath);
  if (otherType) return Number.MAX_SAFE_INTEGER;
  const missing = errors.filter(({ keyword }) => keyword === 'required').flatMap(missingNames);
  const faulty = new Set(errors.filter(({ keyword }) => keyword !== 'required').map((error) => error.instancePath));
  return 2 * missing.length + faulty.size;
}

function readError(error: SchemaError): readonly Violation[] {
  if (error.keyword !== 'required')
    return [{ pointer: error.instancePath, kind: 'INVALID_FIELD', problem: words(error) }];
  return missingNames(error).map((name) => ({
    pointer: `${error.instancePath}/${escapeToken(name)}`,
    kind: 'MISSING_FIELD' as const,
    problem: 'is required',
  }));
}

/** TypeBox lists them, Ajv names one. */
function missingNames({ params }: SchemaError): readonly string[] {
  return (params.requiredProperties ?? [params.missingProperty]) as readonly string[];
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
