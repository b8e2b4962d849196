/** Uses up a token request: its assertion and its proof, in one statement. */
import { column, query, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import type { Client } from '../clients/client.ts';
import { BY_NONCE, dpopSigner, type NonceVerdict, nonceValues, readVerdict, VERDICT } from '../clients/nonce-store.ts';

export interface TokenRequestUse {
  readonly client: Client;
  readonly assertion: { readonly jti: string; readonly expiresAt: Date };
  readonly proof: { readonly jti: string; readonly issuedAt: Date };
}

/** An assertion is stored by its end, so that housekeeping keeps it for as long as it would be accepted. */
const USE = statement({
  name: 'token-request-use',
  text: sql`WITH ${BY_NONCE.parts},
                 proof AS (INSERT INTO request_nonce (consumer_key, signed_at, nonce)
                           SELECT ${'proofSigner'}, ${'proofSignedAt'}::timestamptz, ${'proofNonce'} FROM admitted
                           ON CONFLICT DO NOTHING RETURNING true)
            SELECT ${selectList(VERDICT)}, EXISTS (SELECT 1 FROM proof) AS proven`,
  returns: { ...VERDICT, proven: column.boolean() },
});

/** ASSERTION_USED, PROOF_USED: it was used before. CLIENT_CHANGED: the client was changed or suspended since it was read, and nothing is used up. */
export type TokenRequestVerdict = Exclude<NonceVerdict, 'USED_BEFORE'> | 'ASSERTION_USED' | 'PROOF_USED';

/** The commit is forced to disk, unlike that of a nonce: otherwise a stolen assertion could be exchanged for a token after a crash. */
export async function useTokenRequest(
  pool: Pool,
  { client, assertion, proof }: TokenRequestUse,
): Promise<TokenRequestVerdict> {
  const claim = { client, signer: `assertion ${client.clientId}`, signedAt: assertion.expiresAt, nonce: assertion.jti };
  const [row] = await query(pool, USE, {
    ...nonceValues(claim),
    proofSigner: dpopSigner(client.clientId),
    proofSignedAt: proof.issuedAt,
    proofNonce: proof.jti,
  });
  const verdict = readVerdict(row);
  if (verdict !== 'CONSUMED') return verdict === 'USED_BEFORE' ? 'ASSERTION_USED' : verdict;
  return row?.proven ? 'CONSUMED' : 'PROOF_USED';
}
