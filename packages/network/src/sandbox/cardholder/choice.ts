/** How the cardholder's action chooses among the offers of the page. */
import type { Alternative, CreateOffer, EndReason, OpenAnswer, PayOffer, UseOffer } from '@payment-passkeys/protocol';
import type { CardholderAction } from '@payment-passkeys/protocol/sandbox';
import type { Fault } from '../../platform/errors/errors.ts';

export type Choice =
  /** Closes the page without an answer. */
  | { readonly kind: 'LEAVE' }
  | { readonly kind: 'END'; readonly reason: EndReason }
  /** Agrees to the terms, and goes to the card's issuer. */
  | { readonly kind: 'AGREE' }
  | { readonly kind: 'CREATE'; readonly offer: CreateOffer }
  | { readonly kind: 'USE'; readonly offer: UseOffer | PayOffer }
  | { readonly kind: 'REFUSED'; readonly fault: Fault };

export interface Situation {
  readonly action: CardholderAction;
  readonly opened: OpenAnswer;
  /** Whether the device has a name, so that a later call finds it again. */
  readonly named: boolean;
  /** Whether the device holds one of these passkeys. */
  readonly holds: (ids: readonly string[]) => boolean;
}

/** Pure. */
export function choose(situation: Situation): Choice {
  const { action, opened } = situation;
  const ofPayment = opened.display.payment !== undefined;
  switch (action) {
    case 'CLOSE':
      return { kind: 'LEAVE' };
    case 'NOT_NOW':
      return { kind: 'END', reason: 'USER_CANCELLATION' };
    case 'CANCEL':
    case 'FAIL':
      // The device shows no dialog before the issuer has confirmed the cardholder.
      return opened.scenario === 'VERIFY' ? agree(situation) : { kind: 'END', reason: reasonOfDialog(opened) };
    case 'CREATE':
    case 'USE':
      if (ofPayment)
        return mismatch(
          'The page is about a payment: send "do": "APPROVE", which also creates or uses a passkey on the way.',
        );
      if (opened.scenario === 'VERIFY') return agree(situation);
      return action === 'CREATE' ? create(opened) : use(situation);
    case 'APPROVE':
      if (!ofPayment) return mismatch('The page is not about a payment: send "do": "CREATE" or "USE".');
      return opened.scenario === 'VERIFY' ? agree(situation) : approve(situation);
  }
}

function reasonOfDialog({ scenario }: OpenAnswer): EndReason {
  return scenario === 'CREATE' ? 'CREDENTIALS_CREATION_NOT_ALLOWED' : 'CREDENTIALS_NOT_VERIFIED';
}

function create(opened: OpenAnswer): Choice {
  const offer = offersOf(opened).find((one) => one.scenario === 'CREATE');
  if (offer === undefined) return mismatch('The page does not offer to create a passkey: send "do": "USE".');
  return { kind: 'CREATE', offer };
}

function use({ opened, holds }: Situation): Choice {
  const offer = offersOf(opened).find((one) => one.scenario === 'USE');
  if (offer === undefined)
    return mismatch('The page offers to create a passkey only, because these accounts have none: send "do": "CREATE".');
  return held(offer, holds) ? { kind: 'USE', offer } : withoutPasskey();
}

/** On a device without a passkey of the card, the bank confirms the cardholder, where the page offers that. */
function approve(situation: Situation): Choice {
  const { opened, holds } = situation;
  const offers = offersOf(opened);
  const usable = offers.find((one) => (one.scenario === 'USE' || one.scenario === 'PAY') && held(one, holds));
  if (usable?.scenario === 'USE' || usable?.scenario === 'PAY') return { kind: 'USE', offer: usable };
  const creation = offers.find((one) => one.scenario === 'CREATE');
  if (creation !== undefined) return { kind: 'CREATE', offer: creation };
  return offers.some((one) => one.scenario === 'VERIFY') ? agree(situation) : withoutPasskey();
}

function agree({ named }: Situation): Choice {
  return named ? { kind: 'AGREE' } : { kind: 'REFUSED', fault: { code: 'DEVICE_NOT_NAMED', pointer: '/device' } };
}

function offersOf(opened: OpenAnswer): readonly Alternative[] {
  return opened.alternative === undefined ? [opened] : [opened, opened.alternative];
}

function held({ options }: UseOffer | PayOffer, holds: Situation['holds']): boolean {
  return holds(options.allowCredentials.map(({ id }) => id));
}

function mismatch(message: string): Choice {
  return { kind: 'REFUSED', fault: { code: 'NOT_OFFERED', pointer: '/do', message } };
}

function withoutPasskey(): Choice {
  return { kind: 'REFUSED', fault: { code: 'DEVICE_WITHOUT_PASSKEY', pointer: '/device' } };
}
