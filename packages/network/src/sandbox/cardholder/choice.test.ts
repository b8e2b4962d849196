import type { Alternative, OpenAnswer } from '@payment-passkeys/protocol';
import { CARDHOLDER_ACTIONS, type CardholderAction } from '@payment-passkeys/protocol/sandbox';
import { describe, expect, test } from 'vitest';
import { choose } from './choice.ts';

type Named = 'CREATE' | 'USE' | 'PAY' | 'VERIFY';

/** Only the fields that `choose` reads. */
function offer(scenario: Named): Alternative {
  const options = { rp: {}, allowCredentials: [{ type: 'public-key', id: 'known' }] };
  return { scenario, options, documents: {}, issuerName: 'Bank' } as unknown as Alternative;
}

function opened(scenario: Named, more: { readonly alternative?: Named; readonly payment?: true } = {}): OpenAnswer {
  const { alternative, payment } = more;
  return {
    ...offer(scenario),
    ...(alternative !== undefined && { alternative: offer(alternative) }),
    returnTo: 'https://bank.example/callback',
    display: { clientName: 'Bank', accounts: [], locale: 'en', ...(payment && { payment: {} }) },
  } as unknown as OpenAnswer;
}

const PAYMENT = { payment: true } as const;

/** What is chosen, in short: the kind, and the reason or the scenario or the code. */
function chosen(
  action: CardholderAction,
  page: OpenAnswer,
  device: { readonly holds?: boolean; readonly named?: boolean } = {},
): string {
  const { holds = false, named = true } = device;
  const choice = choose({ action, opened: page, named, holds: () => holds });
  switch (choice.kind) {
    case 'END':
      return choice.reason;
    case 'REFUSED':
      return `${choice.fault.code} ${choice.fault.pointer}`;
    case 'CREATE':
    case 'USE':
      return `${choice.kind} by ${choice.offer.scenario}`;
    default:
      return choice.kind;
  }
}

describe('an enrolment', () => {
  test.each([
    ['CREATE', opened('CREATE'), 'CREATE by CREATE'],
    ['CREATE', opened('USE', { alternative: 'CREATE' }), 'CREATE by CREATE'],
    ['CREATE', opened('USE'), 'NOT_OFFERED /do'],
    ['USE', opened('USE', { alternative: 'CREATE' }), 'DEVICE_WITHOUT_PASSKEY /device'],
    ['USE', opened('CREATE'), 'NOT_OFFERED /do'],
    ['APPROVE', opened('CREATE'), 'NOT_OFFERED /do'],
    ['CANCEL', opened('CREATE'), 'CREDENTIALS_CREATION_NOT_ALLOWED'],
    ['FAIL', opened('CREATE', { alternative: 'USE' }), 'CREDENTIALS_CREATION_NOT_ALLOWED'],
    ['CANCEL', opened('USE', { alternative: 'CREATE' }), 'CREDENTIALS_NOT_VERIFIED'],
    ['FAIL', opened('USE'), 'CREDENTIALS_NOT_VERIFIED'],
  ] as const)('%s', (action, page, expected) => {
    expect(chosen(action, page)).toBe(expected);
  });

  test('USE takes the passkey that the device holds, also where the page offers it second', () => {
    expect(chosen('USE', opened('USE'), { holds: true })).toBe('USE by USE');
    expect(chosen('USE', opened('CREATE', { alternative: 'USE' }), { holds: true })).toBe('USE by USE');
  });
});

describe('a payment', () => {
  test.each([
    ['a passkey of the card', opened('PAY', PAYMENT), true, 'USE by PAY'],
    ['none', opened('PAY', PAYMENT), false, 'DEVICE_WITHOUT_PASSKEY /device'],
    ['none, and the bank may confirm', opened('PAY', { alternative: 'VERIFY', ...PAYMENT }), false, 'AGREE'],
    ['a passkey, and the bank may confirm', opened('PAY', { alternative: 'VERIFY', ...PAYMENT }), true, 'USE by PAY'],
    ['none, at the terms', opened('VERIFY', PAYMENT), false, 'AGREE'],
    ['none, when one is made', opened('CREATE', PAYMENT), false, 'CREATE by CREATE'],
    ['one, when one is made', opened('CREATE', { alternative: 'USE', ...PAYMENT }), true, 'USE by USE'],
    ['another one', opened('USE', { alternative: 'CREATE', ...PAYMENT }), false, 'CREATE by CREATE'],
  ] as const)('APPROVE with %s', (_, page, holds, expected) => {
    expect(chosen('APPROVE', page, { holds })).toBe(expected);
  });

  test.each(['CREATE', 'USE'] as const)('%s is not what the page is about', (action) => {
    for (const scenario of ['CREATE', 'USE', 'PAY', 'VERIFY'] as const)
      expect(chosen(action, opened(scenario, PAYMENT), { holds: true })).toBe('NOT_OFFERED /do');
  });

  test.each(['CANCEL', 'FAIL'] as const)('%s', (action) => {
    expect(chosen(action, opened('PAY', PAYMENT))).toBe('CREDENTIALS_NOT_VERIFIED');
    expect(chosen(action, opened('CREATE', PAYMENT))).toBe('CREDENTIALS_CREATION_NOT_ALLOWED');
  });
});

describe('the terms, before the issuer', () => {
  test.each(['CREATE', 'USE', 'CANCEL', 'FAIL'] as const)('%s agrees to them, for there is no dialog yet', (action) => {
    expect(chosen(action, opened('VERIFY'))).toBe('AGREE');
  });

  test('a device without a name could not come back', () => {
    expect(chosen('CREATE', opened('VERIFY'), { named: false })).toBe('DEVICE_NOT_NAMED /device');
  });
});

test.each(['CREATE', 'USE', 'PAY', 'VERIFY'] as const)('%s can be declined and left', (scenario) => {
  const page = opened(scenario, scenario === 'PAY' ? PAYMENT : {});
  expect(chosen('NOT_NOW', page)).toBe('USER_CANCELLATION');
  expect(chosen('CLOSE', page)).toBe('LEAVE');
});

test('every action has a choice for every offer', () => {
  for (const action of CARDHOLDER_ACTIONS)
    for (const scenario of ['CREATE', 'USE', 'PAY', 'VERIFY'] as const)
      expect(chosen(action, opened(scenario))).toMatch(/^\w+/);
});
