/** The reference bank: `openBank` starts all of it; `buildBank` builds the server with an issuer from the caller. */
import { createConsents, createPostgresConsentStore } from '@payment-passkeys/issuer/consent';
import {
  createIssuer,
  createPostgresEnrolmentStore,
  type IssuerOptions,
  ourNetwork,
} from '@payment-passkeys/issuer/server';
import { createVerification, type VerificationOptions } from '@payment-passkeys/issuer/verification';
import type { FastifyInstance } from 'fastify';
import { type BankOptions, buildBank } from './bank.ts';
import { openBankCatalogue } from './passkeys/catalogue.ts';
import { BANK_NAME } from './site.ts';
import type { SendCode } from './verification/routes.ts';

export { DEMO_SIGN_IN, demoCards, provisionDemoCustomers } from './accounts/customers.ts';
export { type BankOptions, buildBank } from './bank.ts';
export { EVENT_TYPES_OF_BANK as BANK_EVENT_TYPES, WEBHOOK_PATH as BANK_WEBHOOK_PATH } from './bindings/events.ts';
export { COUNTRIES as BANK_COUNTRIES } from './passkeys/catalogue.ts';
export { BANK_NAME } from './site.ts';
export { type SendCode, VERIFICATION_PATH as BANK_VERIFICATION_PATH } from './verification/routes.ts';

/** For storage's `migrate`: the bank's own tables, and the issuer kit's. */
export const BANK_MIGRATIONS: URL = new URL('../migrations/', import.meta.url);
/** The table in which `migrate` records applied migrations. */
export const BANK_MIGRATIONS_TABLE = 'bank_migrations';
/** Leading digits of the demonstration's cards: the client's `accountRanges` at the network. */
export const BANK_ACCOUNT_RANGES = ['55555555', '51051051'] as const;

export interface BankConfig extends Omit<BankOptions, 'issuer' | 'consents' | 'networkUrl' | 'verification'> {
  /** The network's address, and the audience of its proofs. */
  readonly network: { readonly url: string; readonly audience: string };
  /** The bank's client id at the network, and its signing key. */
  readonly client: Pick<IssuerOptions, 'clientId' | 'consumerKey' | 'signingKey'>;
  /** For a bank that confirms cardholders at shops: the keys for this from its onboarding. */
  readonly verification?: Pick<VerificationOptions, 'signingKey' | 'decryptionKeys'> & { readonly sendCode: SendCode };
}

/** The bank with its issuer kit. It does not listen yet. Its `close()` also closes the kit, but not the pool: the caller does. */
export async function openBank({ network, client, ...options }: BankConfig): Promise<FastifyInstance> {
  const { pool, clock, publicUrl } = options;
  const consents = createConsents({
    catalogue: openBankCatalogue(publicUrl),
    store: createPostgresConsentStore(pool),
    bank: BANK_NAME,
    clock,
  });
  const issuer = createIssuer({
    ...client,
    network: ourNetwork({ url: network.url, proof: { verify: 'ISSUER', audience: network.audience } }),
    callbackOrigins: [new URL(publicUrl).origin],
    store: createPostgresEnrolmentStore(pool),
    clock,
    consents,
    onEvent: (event) => bank.log.info({ event }, 'payment passkeys'),
    ...(options.tracerProvider && { tracerProvider: options.tracerProvider }),
  });
  const { verification: keys } = options;
  const verification =
    keys && createVerification({ ...keys, networkUrl: network.url, clientId: client.clientId, clock });
  const bank = await buildBank({
    ...options,
    issuer,
    consents: issuer.consents,
    networkUrl: network.url,
    verification: keys && verification && { verification, sendCode: keys.sendCode },
  });
  bank.addHook('onClose', async () => {
    await issuer.close();
    await verification?.close();
  });
  return bank;
}
