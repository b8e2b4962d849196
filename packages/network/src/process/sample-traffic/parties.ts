/** The banks and shops of the sample traffic. They exist in the sandbox only: nobody holds their private keys. */
import { generateEncryptionKey } from '@payment-passkeys/channel';
import { addSeconds } from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import { readRegistration } from '../../domain/clients/registration.ts';
import { saveClient } from '../../domain/clients/store.ts';

/** The id of every client of the sample traffic begins with this. */
export const SAMPLE_PREFIX = 'sample-';

export interface SampleBank {
  readonly clientId: string;
  readonly name: string;
  /** The first twelve digits of its cards. */
  readonly range: string;
  readonly country: string;
  /** The bank's part of all enrolments. */
  readonly share: number;
  /** The part of the bank's enrolments that fails. */
  readonly failing: number;
  /** Days until the bank's certificate ends. */
  readonly certificateDays: number;
}

export const BANKS: readonly SampleBank[] = [
  bank('harbour', 'Harbour Bank', '222390000011', 'US', { share: 0.5, failing: 0.05, certificateDays: 300 }),
  bank('larch', 'Larch Savings', '222390000012', 'US', { share: 0.25, failing: 0.04, certificateDays: 12 }),
  bank('nordlicht', 'Nordlicht Bank', '222390000013', 'DE', { share: 0.15, failing: 0.06, certificateDays: 200 }),
  bank('mirador', 'Banco Mirador', '222390000014', 'BR', { share: 0.1, failing: 0.08, certificateDays: 500 }),
];

/** The bank that has trouble since noon. */
export const TROUBLED_BANK = BANKS[0]?.clientId ?? '';

export interface SampleShop {
  readonly clientId: string;
  readonly name: string;
  readonly origin: string;
  readonly currency: string;
  /** The shop's part of all payments. */
  readonly share: number;
}

export const SHOPS: readonly SampleShop[] = [
  shop('kettle', 'Copper Kettle', 'USD', 0.45),
  shop('tidewater', 'Tidewater Books', 'USD', 0.25),
  shop('bergfreund', 'Bergfreund', 'EUR', 0.2),
  shop('metro', 'Metro Tickets', 'BRL', 0.1),
];

function bank(
  id: string,
  name: string,
  range: string,
  country: string,
  more: Pick<SampleBank, 'share' | 'failing' | 'certificateDays'>,
): SampleBank {
  return { clientId: SAMPLE_PREFIX + id, name, range, country, ...more };
}

function shop(id: string, name: string, currency: string, share: number): SampleShop {
  return { clientId: SAMPLE_PREFIX + id, name, origin: `https://${id}.example`, currency, share };
}

/** Registers those that are not registered yet. */
export async function registerParties(pool: Pool, known: ReadonlySet<string>, now: Date): Promise<void> {
  const author = { actor: { kind: 'COMMAND_LINE', name: 'demo:traffic' } } as const;
  const save = async (party: SampleBank | SampleShop, more: object, days: number) => {
    const { clientId, name } = party;
    if (known.has(clientId)) return;
    const { certificate } = await generateEncryptionKey({
      name: clientId,
      subject: `CN=${clientId}.example`,
      notBefore: addSeconds(now, -60 * DAY_SECONDS),
      notAfter: addSeconds(now, days * DAY_SECONDS),
    });
    const domain = `${clientId.slice(SAMPLE_PREFIX.length)}.example`;
    const common = { clientId, name, consumerKey: `${clientId}-key`, signingKey: certificate };
    const registration = { ...common, callbackDomains: [domain], ...more };
    const saved = await saveClient(pool, readRegistration(registration), { author, now });
    if (typeof saved !== 'string') throw new Error(`${clientId} conflicts with ${saved.clientId}: ${saved.conflict}.`);
  };
  for (const one of BANKS) {
    await save(one, { role: 'issuer', accountRanges: [one.range], countries: [one.country] }, one.certificateDays);
  }
  for (const one of SHOPS) {
    await save(one, { role: 'merchant', merchantOrigins: [one.origin], merchantNames: [one.name] }, 400);
  }
}

const DAY_SECONDS = 24 * 60 * 60;
