/** Operators, the people who sign in at the console: what is known of one who is signed in, and the policy of their passkeys. */
import type { OperatorRole, SignInMethod } from '@payment-passkeys/protocol/console';
import { column, notNull, type RowOf, sql } from '@payment-passkeys/storage';
import { type CeremonyPolicy, PAYMENT_ALGORITHMS } from '@payment-passkeys/webauthn';
import type { ConsoleSettings } from '../../platform/config/console-settings.ts';

/** Columns of the table `operator`. */
export const OPERATOR = {
  operatorId: column.text('operator.operator_id'),
  name: column.text('operator.name'),
  role: notNull(column.text<OperatorRole>('operator.role')),
  signsInBy: column.text<SignInMethod>(sql`CASE WHEN operator.oidc_subject IS NULL THEN 'PASSKEY' ELSE 'OIDC' END`),
};

/** An operator who is signed in. */
export interface SignedInOperator extends RowOf<typeof OPERATOR> {
  /** When the console session ends at the latest. */
  readonly expiresAt: Date;
  /** Until when dangerous actions are accepted. */
  readonly confirmedUntil: Date;
}

/** Whether this operator may sign in. */
export const MAY_SIGN_IN = sql`operator.removed_at IS NULL AND operator.role IS NOT NULL`;

/** Any authenticator that verifies its user, on the console's own page only. */
export function buildOperatorPolicy({ url }: ConsoleSettings, networkName: string): CeremonyPolicy {
  return {
    rpId: new URL(url).hostname,
    rpName: `${networkName} console`,
    origins: [url],
    crossOrigin: 'refused',
    userVerification: 'required',
    attachment: 'any',
    residentKey: 'required',
    algorithms: PAYMENT_ALGORITHMS,
    attestation: 'none',
    attestationFormats: ['none', 'packed'],
    androidKeys: 'trusted-environment',
  };
}
