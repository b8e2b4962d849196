/** Checks values from outside against a schema, and names the field that is wrong. */
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { escapeToken } from './json-pointer.ts';
import { holdsNull, withoutNulls } from './schema-parts.ts';

/** A violation of a schema. It never has the field's value. */
export interface Violation {
  /** JSON pointer (RFC 6901) to the field; for a missing field, to where it should be. */
  readonly pointer: string;
  readonly kind: 'MISSING_FIELD' | 'INVALID_FIELD';
  /** What is wrong, for a developer: `must be string`. */
  readonly problem: string;
}

/** A schema and its checks. None of them throws. */
export interface CompiledSchema<Schema extends TSchema> {
  readonly schema: Schema;
  accepts(value: unknown): value is Static<Schema>;
  /** The value without its optional fields that are `null`: they count as absent (contract §1). Call this first, and check the result. */
  withoutNulls(value: unknown): unknown;
  /** Empty if the value is accepted. At most eight, at most one for each field. */
  violations(value: unknown): readonly Violation[];
}

/** Compiles the schema when it is first used, not when this is called. */
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
    withoutNulls: (value) => (holdsNull(value) ? withoutNulls(schema, value, acceptsPart) : value),
    violations: (value) => (accepts(value) ? [] : readViolations(validator().Errors(value) as SchemaError[])),
  };
}

/** An error of a JSON Schema validator, with the members that TypeBox and Ajv have in common. */
export interface SchemaError {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** At most eight violations from a validator's errors, one for each field. For a union, those of the alternative that fits best. */
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
  const ofAlternatives = errors.filter(ofUnion);
  const alternatives = [...new Set(ofAlternatives.map(position))].map((at) => {
    const ofOne = chooseAlternatives(ofAlternatives.filter((error) => position(error) === at));
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

/** How far a value is from an alternative of a union. A missing field counts two, an invalid field one, another type excludes the alternative. */
function distance(errors: readonly SchemaError[], { instancePath }: SchemaError): number {
  const otherType = errors.some((error) => error.keyword === 'type' && error.instancePath === instancePath);
  if (otherType) return Number.MAX_SAFE_INTEGER;
  const missing = errors.filter(({ keyword }) => keyword === 'required').flatMap(missingNames);
  const invalid = new Set(errors.filter(({ keyword }) => keyword !== 'required').map((error) => error.instancePath));
  return 2 * missing.length + invalid.size;
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

/** TypeBox lists all missing fields, Ajv names one. */
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
