/** What the network records of a row: facts without any account, id, proof or token. */
import type { Reason } from '@payment-passkeys/protocol';
import type { Row } from './rows/index.ts';

type Scenario = NonNullable<Row['scenario']>;

export type Observation =
  /** The hosted page was opened, and offers these scenarios. */
  | { readonly kind: 'OPENED'; readonly scenarios: readonly string[] }
  /** The network has played the row. */
  | { readonly kind: 'PLAYED' }
  /** The row cannot be played any more. */
  | { readonly kind: 'NOT_PLAYED'; readonly because: keyof typeof NOT_PLAYED }
  /** The page was told to return with this result. `by`: a passkey was created or used, or a payment was approved. */
  | {
      readonly kind: 'RETURNED';
      readonly status: 'ENROLLED' | 'AUTHENTICATED' | 'CANCELLED' | 'ERROR';
      readonly reason?: Reason;
      readonly by?: Scenario;
    }
  /** An Authenticators call for the session. `delivered`: the whole answer was sent. */
  | { readonly kind: 'BINDING_CALL'; readonly at: number; readonly status: number; readonly delivered: boolean }
  /** A delivery to the client's webhook. `status`: the webhook's answer, or why there was none. */
  | { readonly kind: 'DELIVERY'; readonly status: number | string }
  /** The client's next payment. */
  | { readonly kind: 'NEXT_PAYMENT'; readonly order: 'SAME' | 'OTHER' }
  /** The client has asked for another payment of an approved order. */
  | { readonly kind: 'ORDER_AGAIN' };

export type BindingCall = Extract<Observation, { readonly kind: 'BINDING_CALL' }>;

/** Why a row could not be played. */
export const NOT_PLAYED = {
  MUST_CREATE: 'The cardholder did not create a passkey.',
  MUST_USE: 'The cardholder did not use a passkey of the device.',
  MUST_PAY: 'The cardholder did not use a passkey for the payment.',
  NO_WEBHOOK: 'The client has no webhook.',
  CALLBACK_UNREACHABLE: 'The network itself could not reach the callback.',
} as const;

export function bindingCalls(observed: readonly Observation[]): readonly BindingCall[] {
  return observed.filter((observation) => observation.kind === 'BINDING_CALL');
}
