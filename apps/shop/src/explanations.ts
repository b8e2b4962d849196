/** In the shopper's words: why something did not come about, and what they can do. One text for each code of the closed sets (`texts/*.json`). */
import {
  type Advice,
  adviceFor,
  type CardAdvice,
  type IgnoredBecause,
  MerchantError,
  type MerchantErrorCode,
  type Reason,
  type Stage,
} from '@payment-passkeys/merchant/server';
import type { Language, TextName } from './language.ts';

/** What the network says of a card, which has words of its own. */
const CARD_REFUSALS = ['ACCOUNT_NOT_ELIGIBLE', 'BINDING_NOT_FOUND', 'CARD_EXPIRED'] as const;
type CardRefusal = (typeof CARD_REFUSALS)[number];

/** `REFUSED`: a confirmation that the network judged and found wrong. */
export type WhyCode = Reason | IgnoredBecause | MerchantErrorCode | CardRefusal | 'REFUSED';

/** An approval of the same order that may arrive or has arrived: its words say what to do as well. */
type WholeText = 'approvalAwaited' | 'alreadyApproved';

export interface ErrorExplanation {
  readonly status: 409 | 422 | 500 | 502 | 503;
  readonly why: WhyCode;
  readonly advice: CardAdvice;
  /** The most precise code that there is, for whoever helps. */
  readonly code: string;
  /** Instead of why and advice. */
  readonly whole?: { readonly text: WholeText; readonly minutes: number };
}

/** Throws what is not the kit's. */
export function explainError(error: unknown, stage: Stage): ErrorExplanation {
  if (!(error instanceof MerchantError)) throw error;
  const { code, refusal, earlierApproval, retryAfterSeconds = 0 } = error;
  const advice = adviceFor(error, stage);
  const ofCard = CARD_REFUSALS.find((reason) => code === 'NETWORK_REFUSED' && reason === refusal?.reason);
  const explanation = { why: ofCard ?? code, advice, code: refusal?.reason ?? code };
  if (earlierApproval !== undefined) {
    const text = earlierApproval === 'AWAITED' ? 'approvalAwaited' : 'alreadyApproved';
    return { ...explanation, status: 409, whole: { text, minutes: Math.ceil(retryAfterSeconds / 60) } };
  }
  return { ...explanation, status: statusOf(code, advice) };
}

function statusOf(code: MerchantErrorCode, advice: CardAdvice): ErrorExplanation['status'] {
  if (advice === 'CHECK_CARD' || advice === 'USE_ANOTHER_CARD') return 422;
  if (code === 'NETWORK_REFUSED') return 502;
  return advice === 'CONTACT_US' ? 500 : 503;
}

/** As sentences, for a page that has the form on it. `again` is what its button says. */
export function tellError(
  { why, advice, whole }: ErrorExplanation,
  { language, again }: { readonly language: Language; readonly again: string },
): string {
  if (whole) return language.say(whole.text, { when: language.inMinutes(whole.minutes) });
  return `${language.say(`why.${why}`)} ${tellAdvice(advice, { language, again, of: 'CARD' })}`;
}

/** `again` is what the button says that starts anew; `of` says what is being done. */
export function tellAdvice(
  advice: Advice,
  { language, again, of }: { readonly language: Language; readonly again: string; readonly of: 'PAYMENT' | 'CARD' },
): string {
  const name: TextName = advice === 'NONE' && of === 'CARD' ? 'advice.card.NONE' : `advice.${advice}`;
  return language.say(name, {
    again,
    useExisting: language.say('networkUseExisting'),
    otherWay: language.say('confirmOtherWay'),
  });
}
