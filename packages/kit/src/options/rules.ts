/**
 * Checks what a caller passes to a kit, so that a caller without types reads which field is wrong and what it must be. A sentence names the
 * field and never its value. No rule accepts `null`; an optional field is undefined if left out.
 */

import type { Violation } from '@payment-passkeys/protocol';

/** What is wrong with a value, in sentences that begin with its name; empty if nothing is. */
export type Rule = (value: unknown, name: string) => readonly string[];

export type Rules = Readonly<Record<string, Rule>>;

/** Text of 1 to `maxLength` characters. */
export const text = (maxLength = 4096): Rule =>
  rule(`must be text of 1 to ${maxLength} characters`, (value) => {
    return typeof value === 'string' && value !== '' && value.length <= maxLength;
  });

/** A consumer key. RFC 5849 leaves the form open; our network and Mastercard use this one. */
export const aConsumerKey: Rule = rule('must be 1 to 128 printable ASCII characters without spaces', (value) => {
  return typeof value === 'string' && /^[\x21-\x7e]{1,128}$/.test(value);
});

/** Any text, including the empty one: for browser input that is checked later. */
export const anyText: Rule = rule('must be text', (value) => typeof value === 'string');

/** An absolute address (WHATWG URL). */
export const anAddress: Rule = rule('must be an absolute address', (value) => {
  return typeof value === 'string' && URL.canParse(value);
});

/** A serialised web origin: `https://bank.example`. */
export const anOrigin: Rule = rule('must be a web origin, without a path', (value) => {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value;
});

export const aFunction: Rule = rule('must be a function', (value) => typeof value === 'function');

export const aDate: Rule = rule('must be a Date', (value) => value instanceof Date && !Number.isNaN(value.getTime()));

export const anObject: Rule = rule('must be an object', isObject);

export const oneOf = (values: readonly string[]): Rule =>
  rule(`must be one of ${values.join(', ')}`, (value) => typeof value === 'string' && values.includes(value));

/** An object with these functions, such as a store or a `pg` Pool. */
export const withMethods = (...methods: readonly string[]): Rule =>
  rule(`must be an object with ${methods.map((method) => `${method}()`).join(', ')}`, (value) => {
    return isObject(value) && methods.every((method) => typeof value[method] === 'function');
  });

export const listOf = (
  each: Rule,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: { readonly min?: number; readonly max?: number } = {},
): Rule => {
  const size = max === Number.MAX_SAFE_INTEGER ? (min > 0 ? ` of ${min} or more` : '') : ` of ${min} to ${max}`;
  return (value, name) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) return [`${name} must be a list${size}`];
    return value.flatMap((entry, at) => each(entry, `${name}[${at}]`));
  };
};

/** An object with fields for these rules; other fields are not checked. */
export const fields =
  (rules: Rules): Rule =>
  (value, name) =>
    isObject(value) ? checkFields(value, rules, `${name}.`) : [`${name} must be an object`];

/** A value that a compiled schema of `protocol` accepts. A sentence names the field inside it by its JSON pointer. */
export const fitting =
  (schema: { violations(value: unknown): readonly Violation[] }): Rule =>
  (value, name) =>
    schema.violations(value).map(({ pointer, problem }) => `${name}${pointer} ${problem}`);

/** A field that may be left out. */
export const optional =
  (given: Rule): Rule =>
  (value, name) =>
    value === undefined ? [] : given(value, name);

/** The trace of a call, in the headers of W3C Trace Context; it may be left out. */
export const aTrace: Rule = optional(fields({ traceparent: anyText, tracestate: optional(anyText) }));

/** Accepts a value that any of the rules accepts; otherwise one sentence says what it must be. */
export const either = (must: string, ...rules: readonly Rule[]): Rule =>
  rule(must, (value) => rules.some((each) => each(value, '').length === 0));

/** Everything that is wrong with the argument called `name`, or with its fields. */
export function findViolations(given: unknown, rules: Rules, name: string): readonly string[] {
  return isObject(given) ? checkFields(given, rules, '') : [`${name} must be given an object`];
}

function checkFields(given: Readonly<Record<string, unknown>>, rules: Rules, prefix: string): readonly string[] {
  return Object.entries(rules).flatMap(([field, each]) => each(given[field], prefix + field));
}

export function rule(must: string, holds: (value: unknown) => boolean): Rule {
  return (value, name) => (holds(value) ? [] : [`${name} ${must}`]);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
