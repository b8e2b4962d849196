/** The issuer of a session's card, if it verifies cardholders at shops (contract §11). */
import type { VerificationEndpoint } from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import { type Client, findClient } from '../clients/store.ts';
import type { Session } from '../sessions/store.ts';

export type VerifyingIssuer = Client & { readonly verification: VerificationEndpoint };

/** Undefined when there is none, when it no longer takes part, or when it is suspended. */
export async function findVerifyingIssuer(
  pool: Pool,
  { issuerId }: Pick<Session, 'issuerId'>,
): Promise<VerifyingIssuer | undefined> {
  const issuer = issuerId === null ? undefined : await findClient(pool, issuerId);
  if (issuer === undefined || issuer.suspended || issuer.role !== 'issuer') return undefined;
  return takesPart(issuer) ? issuer : undefined;
}

function takesPart(issuer: Client): issuer is VerifyingIssuer {
  return issuer.verification !== null;
}
