/** The base of `IssuerError` and `MerchantError`, and the conversion of this package's errors to them. */
import { KitError, type KitErrorCode, type KitErrorDetails, type NetworkRefusal } from './kit-error.ts';
import { findViolations, type Rules } from './options/rules.ts';

/** The base of a kit's only public error. Its message begins with the code and never holds a value of a cardholder. */
export abstract class PublicError<Code extends string> extends Error {
  readonly code: Code;
  /** With `NETWORK_REFUSED`: the network's answer. */
  readonly refusal: NetworkRefusal | undefined;
  /** With `NETWORK_UNREACHABLE`: seconds until another call may succeed, if the network gave them or the circuit is open. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: Code, message: string, { cause, refusal, retryAfterSeconds }: KitErrorDetails = {}) {
    super(`${code}: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.refusal = refusal;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The check of an argument of a public function. */
export interface Check<Code extends string> {
  /** The function's name, for the message. */
  readonly name: string;
  readonly fields: Rules;
  /** The code to throw; `INVALID_OPTIONS` by default. */
  readonly code?: Code;
}

export interface ErrorBoundary<Code extends string> {
  /** Throws the kit's error if a field of `given` is wrong, with one sentence for each: its name and what it must be, never its value. */
  checkGiven(given: unknown, check: Check<Code>): void;
  /** The result of `make`. A KitError that it throws is thrown as the kit's own error. */
  guard<Result>(make: () => Result): Result;
  /** The same for a promise. */
  guardAsync<Result>(make: () => Promise<Result>): Promise<Result>;
}

/** `build` makes the kit's own error. */
export function createErrorBoundary<Code extends string>(
  build: (code: Code | KitErrorCode, message: string, details?: KitErrorDetails) => Error,
): ErrorBoundary<Code> {
  const translate = (error: unknown): unknown =>
    error instanceof KitError ? build(error.code, error.message, error) : error;
  return {
    checkGiven(given, check) {
      const { name, fields } = check;
      const code: Code | KitErrorCode = check.code ?? 'INVALID_OPTIONS';
      const violations = findViolations(given, fields, name);
      if (violations.length > 0) throw build(code, violations.join('; '));
    },
    guard(make) {
      try {
        return make();
      } catch (error) {
        throw translate(error);
      }
    },
    async guardAsync(make) {
      try {
        return await make();
      } catch (error) {
        throw translate(error);
      }
    },
  };
}
