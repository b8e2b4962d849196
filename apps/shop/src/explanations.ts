/**
 * Why a payment or a new card failed, and what the shopper can do, in plain words (`texts/*.json`). A code without its own sentence is explained by
 * its advice alone.
 */
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

/** Refusals of a card by the network, which have their own texts. */
const CARD_REFUSALS = ['ACCOUNT_NOT_ELIGIBLE', 'BINDING_NOT_FOUND', 'CARD_EXPIRED'] as const;
type CardRefusal = (typeof CARD_REFUSALS)[number];

/** `REFUSED`: the network checked a confirmation and refused it. */
export type WhyCode = Reason | IgnoredBecause | MerchantErrorCode | CardRefusal | 'REFUSED';

/** Texts for an order whose payment was approved, or may still be approved. They also say what to do. */
type WholeText = 'approvalAwaited' | 'alreadyApproved';

export interface ErrorExplanation {
  readonly status: 409 | 422 | 500 | 502 | 503;
  readonly why: WhyCode;
  readonly advice: CardAdvice;
  /** The most precise code, for the support. */
  readonly code: string;
  /** Replaces why and advice. */
  readonly whole?: { readonly text: WholeText; readonly minutes: number };
}

/** Throws an error that is not the kit's. */
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

/** The explanation as sentences above a form. `again` is the text of the form's button. */
export function tellError(
  { why, advice, whole }: ErrorExplanation,
  { language, again }: { readonly language: Language; readonly again: string },
): string {
  if (whole) return language.text(whole.text, { when: language.inMinutes(whole.minutes) });
  return [tellWhy(why, language) ?? [], tellAdvice(advice, { language, again, of: 'CARD' })].flat().join(' ');
}

/** The shop's own sentence for the code; undefined if it has none. */
export function tellWhy(why: WhyCode, language: Language): string | undefined {
  const name = `why.${why}` as string; // the texts need not have every code
  return language.has(name) ? language.text(name) : undefined;
}

/** `again` is the text of the button that starts again. */
export function tellAdvice(
  advice: Advice,
  { language, again, of }: { readonly language: Language; readonly again: string; readonly of: 'PAYMENT' | 'CARD' },
): string {
  const name: TextName = advice === 'NONE' && of === 'CARD' ? 'advice.card.NONE' : `advice.${advice}`;
  return language.text(name, {
    again,
    useExisting: language.text('networkUseExisting'),
    otherWay: language.text('confirmOtherWay'),
  });
}
