/**
 * What a caller hands to a kit, checked where it is handed over: whoever calls without types reads which field is wrong, and what it has to
 * be. A sentence names the field and never its value. `null` is no value of any rule; a field that may be left out is undefined then.
 */

/** What is wrong with a value, in sentences that begin with its name; none where it is right. */
export type Rule = (value: unknown, name: string) => readonly string[];

export type Rules = Readonly<Record<string, Rule>>;

/** Text of 1 to `maxLength` characters. */
export const text = (maxLength = 4096): Rule =>
  rule(`must be text of 1 to ${maxLength} characters`, (value) => {
    return typeof value === 'string' && value !== '' && value.length <= maxLength;
  });

/** As the network knows a client by (RFC 5849 leaves the form open; the network and Mastercard use this one). */
export const aConsumerKey: Rule = rule('must be 1 to 128 printable ASCII characters without spaces', (value) => {
  return typeof value === 'string' && /^[\x21-\x7e]{1,128}$/.test(value);
});

/** Text, the empty one as well: for what comes from a browser, and is judged later. */
export const anyText: Rule = rule('must be text', (value) => typeof value === 'string');

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

/** An object whose own fields these rules are for; further ones are nobody's business. */
export const fields =
  (rules: Rules): Rule =>
  (value, name) =>
    isObject(value) ? checkFields(value, rules, `${name}.`) : [`${name} must be an object`];

/** May be left out. */
export const optional =
  (given: Rule): Rule =>
  (value, name) =>
    value === undefined ? [] : given(value, name);

/** Right by any of them; what is wrong is said in one sentence. */
export const either = (must: string, ...rules: readonly Rule[]): Rule =>
  rule(must, (value) => rules.some((each) => each(value, '').length === 0));

/** Whatever is wrong with what was given as `name`: with the thing itself, or with its fields. */
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
