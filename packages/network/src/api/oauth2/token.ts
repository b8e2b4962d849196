/** Answers token requests: verifies the client, its DPoP key and the scopes, then issues the token (RFC 6749 §4.4, RFC 7523, RFC 9449 §5). */
import { randomUUID } from 'node:crypto';
import {
  type ClientAssertion,
  createDpopVerifier,
  issueAccessToken,
  readClientAssertion,
  type TokenFacts,
  verifyClientAssertion,
} from '@payment-passkeys/channel';
import { ACCESS_TOKEN_SECONDS, TOKEN_PATH, type TokenAnswer, type TokenRequest } from '@payment-passkeys/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readClientOAuth2Key } from '../../domain/clients/public-keys.ts';
import { type Client, findClient } from '../../domain/clients/store.ts';
import { signingKeyAt } from '../../domain/keys/key-ring.ts';
import { checkProof, dpopHeader, NONCE_NEEDED, type ProofCheck } from '../../domain/oauth2/proof-check.ts';
import { grantScopes } from '../../domain/oauth2/scopes.ts';
import { useTokenRequest } from '../../domain/oauth2/token-request-store.ts';
import type { Network } from '../../network.ts';
import { TokenError } from '../../platform/errors/token-error.ts';
import type { Limiter } from '../../platform/http/rate-limit.ts';

type Proof = Extract<ProofCheck, { readonly ok: true }>;

/** Makes the function that answers token requests. It throws {@link TokenError}. */
export function createTokenEndpoint(
  { config, pool, keys, clock }: Pick<Network, 'config' | 'pool' | 'keys' | 'clock'>,
  limitClient: Limiter,
) {
  const verifyProof = createDpopVerifier();
  const endpoint = config.publicUrl + TOKEN_PATH;

  return async (request: FastifyRequest<{ Body: TokenRequest }>, reply: FastifyReply): Promise<TokenAnswer> => {
    const now = clock();
    const proof = checkProof(
      { proof: dpopHeader(request), method: 'POST', url: endpoint, accessToken: undefined, now },
      verifyProof,
      keys.current().vault.index,
    );
    if (proof.newNonce !== undefined) reply.header('dpop-nonce', proof.newNonce);
    if (!proof.ok) {
      const code = proof.because === NONCE_NEEDED ? 'use_dpop_nonce' : 'invalid_dpop_proof';
      throw new TokenError(code, proof.description, { because: proof.because });
    }
    const assertion = readAssertion(request.body);
    const facts = await authenticate(assertion, { proof, scope: request.body.scope, now });
    const token = await issueAccessToken({
      facts,
      jti: randomUUID(),
      issuer: config.publicUrl,
      now,
      key: signingKeyAt(keys.current(), now),
    });
    const scope = facts.scopes.join(' ');
    return { access_token: token, token_type: 'DPoP', expires_in: ACCESS_TOKEN_SECONDS, scope };
  };

  interface Asked {
    readonly proof: Proof;
    readonly scope: string | undefined;
    readonly now: Date;
  }

  /** Reads the client, verifies the request and consumes it. Repeats this if the client was changed in between. */
  async function authenticate(assertion: ClientAssertion, asked: Asked): Promise<TokenFacts> {
    for (;;) {
      const client = await findClient(pool, assertion.clientId);
      const judged = judge(client, assertion, asked);
      limitClient(assertion.clientId);
      const verdict = await useTokenRequest(pool, judged);
      if (verdict === 'CONSUMED') return judged.facts;
      const detail = { because: verdict, client: assertion.clientId };
      if (verdict === 'ASSERTION_USED') {
        throw new TokenError('invalid_client', 'The client_assertion was used before.', detail);
      }
      if (verdict === 'PROOF_USED') {
        throw new TokenError('invalid_dpop_proof', 'The jti of the proof was used before.', detail);
      }
    }
  }

  function judge(client: Client | undefined, assertion: ClientAssertion, { proof, scope, now }: Asked) {
    if (client === undefined || client.oauth2Keys.length === 0) {
      throw new TokenError('invalid_client', undefined, { because: 'UNKNOWN_CLIENT' });
    }
    const detail = { client: client.clientId };
    const verdict = verifyClientAssertion({
      assertion,
      keys: client.oauth2Keys.map(readClientOAuth2Key),
      audiences: [config.publicUrl, endpoint],
      now,
    });
    if (!verdict.ok) {
      throw new TokenError('invalid_client', verdict.description, { ...detail, because: `ASSERTION_${verdict.code}` });
    }
    if (client.suspended) {
      throw new TokenError('invalid_client', 'The client is suspended.', { ...detail, because: 'CLIENT_SUSPENDED' });
    }
    const scopes = grantScopes(client, scope);
    if (scopes === undefined) throw new TokenError('invalid_scope', undefined, { ...detail, because: 'SCOPE' });
    const facts = { clientId: client.clientId, scopes, jkt: proof.jkt, clientKey: verdict.key.fingerprint };
    return { client, assertion: verdict, proof, facts };
  }
}

function readAssertion({ client_assertion: text, client_id: named }: TokenRequest): ClientAssertion {
  const reading = readClientAssertion(text);
  if (!reading.ok) {
    throw new TokenError('invalid_client', reading.description, { because: `ASSERTION_${reading.code}` });
  }
  if (named !== undefined && named !== reading.assertion.clientId) {
    const description = 'The client_id is not the sub of the client_assertion.';
    throw new TokenError('invalid_client', description, { because: 'ASSERTION_CLIENT' });
  }
  return reading.assertion;
}
