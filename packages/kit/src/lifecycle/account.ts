/** An account in the argument of a call after the binding. */
import { AccountReference as AccountSchema, compileSchema, type MobileNumber } from '@payment-passkeys/protocol';
import { KitError } from '../kit-error.ts';
import { fitting, type Rule } from '../options/rules.ts';

/** One account. It is sent encrypted, and neither stored nor logged. */
export type AccountReference =
  | {
      /** 9 to 19 digits. */
      readonly primaryAccountNumber: string;
    }
  | { readonly emailAddress: string }
  | { readonly mobileNumber: MobileNumber };

/** The form only. {@link takeOne} checks that it is one account. */
export const anAccount: Rule = fitting(compileSchema(AccountSchema));

export const ACCOUNT_KINDS = ['primaryAccountNumber', 'emailAddress', 'mobileNumber'] as const;

/** Throws KitError `INVALID_OPTIONS` unless exactly one of the fields is given. `name` is the object's name, for the message. */
export function takeOne(given: object, fields: readonly string[], name: string): void {
  const taken = Object.entries(given).filter(([field, value]) => fields.includes(field) && value !== undefined);
  if (taken.length !== 1) throw new KitError('INVALID_OPTIONS', `${name} takes exactly one of ${fields.join(', ')}`);
}
