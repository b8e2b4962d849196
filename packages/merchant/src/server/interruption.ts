/** What the routes of a payment and of an added card have in common. */
import type { SignedInRequest, Stage } from '@payment-passkeys/kit';
import { MerchantError } from '../errors.ts';
import { adviceFor, type CardAdvice } from './advice.ts';

/** Why a route has no outcome of the payment or the card: nobody is signed in, or a call failed. */
export type Interruption =
  | { readonly status: 'SIGNED_OUT'; readonly stage: Stage; readonly advice: CardAdvice }
  /** `error` is for the shop's log; never show it to the shopper. */
  | {
      readonly status: 'UNFINISHED';
      readonly stage: Stage;
      readonly error: MerchantError;
      readonly advice: CardAdvice;
    };

/** The steps that end in an {@link Interruption}. */
export const INTERRUPTED = {
  signedOut: (stage: Stage): Interruption => ({ status: 'SIGNED_OUT', stage, advice: 'SIGN_IN' }),
  unfinished(error: unknown, stage: Stage): Interruption {
    if (!(error instanceof MerchantError)) throw error;
    return { status: 'UNFINISHED', stage, error, advice: adviceFor(error, stage) };
  },
};

/** The arguments that a call takes from the request of a signed-in shopper. */
export function callOf({ personId, browser, trace }: SignedInRequest) {
  return { shopperId: personId, browser, trace };
}
