/** The card enrolment: from a card number to a saved card for payments with a passkey. */
import {
  buildBrowserCookie,
  type CallContext,
  describePending,
  newSecret,
  readReceivedCallback,
  type TraceContext,
  traceReturn,
} from '@payment-passkeys/kit';
import { compileSchema, InstrumentSessionInfo, localeField } from '@payment-passkeys/protocol';
import { MerchantError } from '../../errors.ts';
import type { CardStart, Return, StartedCardEnrolment } from '../calls.ts';
import { checkCardNumber } from '../check-card-number.ts';
import type { Dependencies } from '../dependencies.ts';
import { ignoredOutcome, refusedOutcome } from '../pending.ts';
import { describeCardNumber, readCardNumber } from '../saved-card.ts';
import { type CardOutcome, type CardToBind, decideCardReturn, enrolledOutcome } from './card-enrolment.ts';
import { type CardEvent, cardReturned } from './events.ts';
import type { CardEnrolmentStore } from './store.ts';

const instrumentInfo = compileSchema(InstrumentSessionInfo);

export function createCardEnrolments({
  network,
  store,
  callbacks,
  clock,
  tracing,
  emit,
  contextOf,
}: Dependencies<CardEnrolmentStore, CardEvent>) {
  /** Verifies the proof, checks that it belongs to this card enrolment, and binds it, in this order. */
  const bind = async ({ pending, proofOfAuthentication }: CardToBind, context: CallContext): Promise<CardOutcome> => {
    const read = await network.readProof(proofOfAuthentication, context);
    if (!read.ok) return refusedOutcome(read.refused);
    const { claims } = read;
    const isOfThisCard =
      claims.clientSessionId.toLowerCase() === pending.clientSessionId &&
      claims.authenticationReasons[0] === 'ENROL_FINANCIAL_INSTRUMENT';
    if (!isOfThisCard) return refusedOutcome({ proofRefusal: 'OTHER_SUBJECT' });
    const { authenticationSessionId, stateHash } = pending;
    const binding = await network.bind({ authenticationSessionId, proofOfAuthentication }, context);
    if (!binding.ok) return refusedOutcome({ proofRefusal: 'NETWORK' });
    const { credentialId, bindingId } = binding;
    const completion = await store.completeCardEnrolment({ stateHash, credentialId, bindingId, completedAt: clock() });
    return completion === undefined ? ignoredOutcome('UNKNOWN') : enrolledOutcome(pending, completion);
  };

  const begin = async (start: CardStart, trace: TraceContext | undefined): Promise<StartedCardEnrolment> => {
    const { card, shopperId, browser } = start;
    const state = newSecret();
    const info = buildInfo(start, callbacks.withState(start.callbackUri, state), clock());
    const session = await network.openCardEnrolment({ info, merchantId: start.merchant }, contextOf(trace));
    const cookie = buildBrowserCookie(browser);
    const pending = { ...describePending({ state, cookie, session, trace, now: clock() }), shopperId };
    await store.addCardEnrolment({ ...pending, ...describeCardNumber(card) });
    emit({ type: 'CARD_STARTED', at: clock() });
    const { clientSessionId, authenticationSessionId } = pending;
    return { redirect: session.uri, clientSessionId, authenticationSessionId, cookie };
  };

  return {
    start: (given: CardStart) =>
      tracing.span({ name: 'start card enrolment', parent: given.trace }, (trace) => begin(given, trace)),

    async complete({ url, browser, shopperId, trace }: Return): Promise<CardOutcome> {
      const callback = readReceivedCallback(url, 'ENROLLED');
      const stored = callback && (await store.findCardEnrolment({ stateHash: callback.stateHash }));
      const decide = async (own: TraceContext | undefined): Promise<CardOutcome> => {
        if (callback === undefined) return ignoredOutcome('MALFORMED');
        const { result } = callback;
        const decision = decideCardReturn({ stored, result, visitor: { browser, shopperId }, now: clock() });
        return decision.next === 'ANSWER' ? decision.outcome : bind(decision, contextOf(own));
      };
      const outcome = await traceReturn(tracing, { name: 'complete card enrolment', pending: stored, trace }, decide);
      emit(cardReturned({ outcome, stored, at: clock() }));
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
