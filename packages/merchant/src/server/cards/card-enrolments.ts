/** From a card number to a saved card that is paid with by passkey. */
import { buildBrowserCookie, type CallContext, newSecret, type TraceContext } from '@payment-passkeys/kit';
import { compileSchema, InstrumentSessionInfo, localeField } from '@payment-passkeys/protocol';
import { MerchantError } from '../errors.ts';
import { cardReturned } from '../events.ts';
import type { CardStart, Return, StartedCardEnrolment } from '../merchant.ts';
import { ignoredOutcome, refusedOutcome } from '../payments/payment.ts';
import type { PendingParts } from '../payments/payments.ts';
import { describePending, readArrivedCallback } from '../pending.ts';
import { traceReturn } from '../return-trace.ts';
import { type CardOutcome, type CardToBind, decideCardReturn, enrolledOutcome } from './card-enrolment.ts';
import { checkCardNumber } from './check-card-number.ts';
import { describeCardNumber, readCardNumber } from './saved-card.ts';

const instrumentInfo = compileSchema(InstrumentSessionInfo);

export function createCardEnrolments({ network, store, callbacks, clock, tracing, tell, contextOf }: PendingParts) {
  /** Verified, held against the card that was added, and bound: in this order. */
  const bind = async ({ pending, proofOfAuthentication }: CardToBind, context: CallContext): Promise<CardOutcome> => {
    const read = await network.readProof(proofOfAuthentication, context);
    if ('refused' in read) return refusedOutcome(read.refused);
    const { claims } = read;
    const isOfThisCard =
      claims.clientSessionId.toLowerCase() === pending.clientSessionId &&
      claims.authenticationReasons[0] === 'ENROL_FINANCIAL_INSTRUMENT';
    if (!isOfThisCard) return refusedOutcome({ proofRefusal: 'OTHER_SUBJECT' });
    const { authenticationSessionId, stateHash } = pending;
    const binding = await network.bind({ authenticationSessionId, proofOfAuthentication }, context);
    if (binding === undefined) return refusedOutcome({ proofRefusal: 'NETWORK' });
    const completion = await store.completeCardEnrolment({ stateHash, ...binding, completedAt: clock() });
    return completion === undefined ? ignoredOutcome('UNKNOWN') : enrolledOutcome(pending, completion);
  };

  const begin = async (start: CardStart, trace: TraceContext | undefined): Promise<StartedCardEnrolment> => {
    const { card, shopperId, browser } = start;
    const state = newSecret();
    const info = buildInfo(start, callbacks.withState(start.callbackUri, state), clock());
    const session = await network.openCardEnrolment(info, contextOf(trace));
    const cookie = buildBrowserCookie(browser);
    const pending = describePending({ state, cookie, session, shopperId, trace, now: clock() });
    await store.addCardEnrolment({ ...pending, ...describeCardNumber(card) });
    tell({ type: 'CARD_STARTED', at: clock() });
    return { redirect: session.uri, clientSessionId: pending.clientSessionId, cookie };
  };

  return {
    start: (given: CardStart) =>
      tracing.span({ name: 'start card enrolment', parent: given.trace }, (trace) => begin(given, trace)),

    async complete({ url, browser, shopperId, trace }: Return): Promise<CardOutcome> {
      const arrived = readArrivedCallback(url, 'ENROLLED');
      const stored = arrived && (await store.findCardEnrolment(arrived));
      const decide = async (own: TraceContext | undefined): Promise<CardOutcome> => {
        if (arrived === undefined) return ignoredOutcome('MALFORMED');
        const { result } = arrived;
        const decision = decideCardReturn({ stored, result, visitor: { browser, shopperId }, now: clock() });
        return 'outcome' in decision ? decision.outcome : bind(decision, contextOf(own));
      };
      const outcome = await traceReturn(tracing, { name: 'complete card enrolment', pending: stored, trace }, decide);
      tell(cardReturned({ outcome, stored, at: clock() }));
      return outcome;
    },
  };
}

function buildInfo(start: CardStart, callbackUri: string, now: Date): InstrumentSessionInfo {
  const { card, emailAddress, mobileNumber, locale } = start;
  checkCardNumber(card, now);
  const info: InstrumentSessionInfo = {
    accountReferences: {
      cards: [readCardNumber(card)],
      ...(emailAddress !== undefined && { emailAddresses: [emailAddress] }),
      ...(mobileNumber !== undefined && { mobileNumbers: [mobileNumber] }),
    },
    callbackUri,
    ...localeField(locale),
  };
  const fields = instrumentInfo.violations(info).map(({ pointer, problem }) => `${pointer} ${problem}`);
  if (fields.length > 0) throw new MerchantError('INVALID_CARD', fields.join('; '));
  return info;
}
