/** The accounts of the canary, their marks, and the payloads in which they are sent. */
import { buildTransaction } from '@payment-passkeys/testkit';

export const PANS = ['5555555555554444', '5105105105105100'] as const;
export const MARKS: readonly string[] = [
  ...PANS,
  '555555555555', // all but the last four digits
  '510510510510',
  'kanari.7f3a@nest.example',
  'kanari.7f3a',
  'nést.example',
  'xn--nst-bma.example',
  '5550177123',
  '15550177123',
  '7911177123', // the mark is found with or without the trunk zero, and after the country code
  'Kanarienvogel Zq',
];
const cardOf = (primaryAccountNumber: string) => ({
  primaryAccountNumber,
  panExpirationMonth: '12',
  panExpirationYear: '2032',
  cardholderFullName: 'Kanarienvogel Zq',
});
export const accountReferences = {
  cards: PANS.map(cardOf),
  emailAddresses: ['kanari.7f3a@nest.example', 'kanari.7f3a@nést.example'],
  mobileNumbers: [
    { countryCode: '1', phoneNumber: '5550177123' },
    { countryCode: '44', phoneNumber: '07911177123' },
  ],
};
const card = cardOf(PANS[0]);
export const oneCard = {
  cards: [card],
  emailAddresses: accountReferences.emailAddresses.slice(0, 1),
  mobileNumbers: accountReferences.mobileNumbers.slice(0, 1),
};

/** Payloads of a Sessions call that the network refuses. `info` builds a valid one with changes; `now` is the network's time. */
export function payloadsToRefuse(info: (changes?: Record<string, unknown>) => object, now: Date): readonly unknown[] {
  const wrongly = (changes: object) => ({ ...accountReferences, ...changes });
  return [
    { ...info(), cvc: '123' },
    info({ accountReferences: wrongly({ cards: [{ ...card, panExpirationYear: '2020' }] }) }),
    info({ accountReferences: wrongly({ cards: [{ ...card, primaryAccountNumber: '5555555555554445' }] }) }),
    info({ accountReferences: wrongly({ cards: [{ ...card, primaryAccountNumber: PANS }] }) }),
    info({ accountReferences: wrongly({ cards: [{ ...card, panExpirationMonth: PANS[0] }] }) }),
    info({ accountReferences: wrongly({ emailAddresses: [PANS[0]] }) }),
    info({ accountReferences: wrongly({ emailAddresses: MARKS }) }),
    info({ accountReferences: wrongly({ mobileNumbers: [{ countryCode: PANS[0], phoneNumber: PANS[1] }] }) }),
    info({ accountReferences: wrongly({ cards: Array(21).fill(card) }) }),
    info({ accountReferences: PANS }),
    info({ consent: { country: 'FR', language: 'fr', acceptedAt: now.toISOString() } }),
    info({ consent: { country: PANS[0], language: MARKS[4], acceptedAt: PANS[1] } }),
    info({ cardholderVerification: { method: PANS[0], verifiedAt: '2020-01-01T00:00:00Z' } }),
    info({ callbackUri: 'javascript:alert(1)' }),
    info({ transaction: buildTransaction() }),
    ...MARKS.flatMap((mark) => [
      { ...info(), [mark]: { cvv: '1' } },
      { [mark]: { [mark]: [{ [mark]: { cvc: 1 } }] } },
      info({ accountReferences: { ...accountReferences, [mark]: [{ cid: 1 }] } }),
      Buffer.from(`{"${mark}":1,"${mark}":2}`),
      { [mark]: mark },
    ]),
    Buffer.from(`not JSON ${MARKS.join(' ')}`),
    Buffer.from(`{"a":"${MARKS.join('","b":"')}`),
    MARKS,
  ];
}
