/** A card that its issuer replaces by another (contract §15). */
import {
  ACCOUNT_REPLACEMENTS_PATH,
  compileSchema,
  ReplacementAnswer,
  ReplacementInfo,
} from '@payment-passkeys/protocol';
import { invalidAnswer } from '../network/network-caller.ts';
import { aTrace, fitting } from '../options/rules.ts';
import type { TraceContext } from '../tracing/trace-context.ts';
import type { LifecycleParts } from './parts.ts';

const replacementAnswer = compileSchema(ReplacementAnswer);

/** The old and the new card. Both are sent encrypted, and neither stored nor logged. */
export interface CardReplacement {
  readonly from: {
    /** 9 to 19 digits. */
    readonly primaryAccountNumber: string;
  };
  readonly to: {
    /** 9 to 19 digits. */
    readonly primaryAccountNumber: string;
    /** `MM`. */
    readonly panExpirationMonth: string;
    /** `YYYY`. */
    readonly panExpirationYear: string;
  };
  /** The trace of the request, if it is not the active one of OpenTelemetry's API. */
  readonly trace?: TraceContext | undefined;
}

/** An issuer's calls for accounts. */
export interface Accounts {
  /**
   * Moves every binding of the old card to the new card, also the bindings that shops hold: nobody needs a new passkey. Sessions under way
   * with the old card end. Returns how many bindings were moved; the same call again returns the same number. Throws `INVALID_OPTIONS`,
   * which names the field; `NETWORK_REFUSED`, for example with `ACCOUNT_NOT_ELIGIBLE` if a card is not in this issuer's ranges, or
   * `CARD_EXPIRED`; `NETWORK_…`; `SIGNER_UNAVAILABLE`.
   */
  replace(replacement: CardReplacement): Promise<{ readonly bindings: number }>;
}

const REPLACEMENT = {
  from: fitting(compileSchema(ReplacementInfo.properties.from)),
  to: fitting(compileSchema(ReplacementInfo.properties.to)),
  trace: aTrace,
};

export function createAccounts({ caller, contextOf, checkGiven, guardAsync }: LifecycleParts): Accounts {
  return {
    replace: (given) =>
      guardAsync(async () => {
        checkGiven(given, { name: 'accounts.replace', fields: REPLACEMENT });
        const { from, to, trace } = given;
        const { primaryAccountNumber, panExpirationMonth, panExpirationYear } = to;
        const call = {
          path: ACCOUNT_REPLACEMENTS_PATH,
          payload: {
            from: { primaryAccountNumber: from.primaryAccountNumber },
            to: { primaryAccountNumber, panExpirationMonth, panExpirationYear },
          },
          buildBody: (encryptedData: string) => ({ encryptedData }),
        };
        const answer = await caller.postEncrypted(call, contextOf(trace));
        if (!replacementAnswer.accepts(answer)) throw invalidAnswer('the answer to a replacement cannot be read');
        return { bindings: answer.bindings };
      }),
  };
}
