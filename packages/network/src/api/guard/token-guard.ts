/**
 * The guard's second scheme: an access token of OAuth 2.0 that is bound to a DPoP key (RFC 9449 §7, contract §21). The token is verified
 * without the database. The statement that consumes the proof's `jti` also checks that the client was not changed since it was read. So a
 * suspension ends a token at once, and so does the removal of the client's key from the registration.
 */
import { createDpopVerifier, openAccessToken, type TokenFacts } from '@payment-passkeys/channel';
import { OAUTH2_ALGORITHMS, scopesOf } from '@payment-passkeys/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import type { KnownClients } from '../../domain/clients/known-clients.ts';
import { dpopSigner } from '../../domain/clients/nonce-store.ts';
import { readClientOAuth2Key } from '../../domain/clients/public-keys.ts';
import type { VerifiedRequest } from '../../domain/clients/signed-request.ts';
import { type Client, findClient } from '../../domain/clients/store.ts';
import type { KeyFolder } from '../../domain/keys/key-folder.ts';
import { publishedSigningKeys } from '../../domain/keys/key-ring.ts';
import { checkProof, dpopHeader, NONCE_NEEDED } from '../../domain/oauth2/proof-check.ts';
import { scopeOfRoute } from '../../domain/oauth2/scopes.ts';
import type { Config } from '../../platform/config/config.ts';
import { GatewayError, type RefusedCaller } from '../../platform/errors/errors.ts';
import { pathAndQuery } from '../../platform/http/request-target.ts';
import type { Tracing } from '../../platform/telemetry/tracing.ts';

export interface TokenGuardDependencies {
  readonly config: Pick<Config, 'publicUrl'>;
  readonly pool: Pool;
  readonly keys: KeyFolder;
  readonly tracing: Tracing;
  readonly clock: () => Date;
}

/** Whether the Authorization header is of this scheme. Also true for such a token sent as Bearer, which the guard then refuses. */
export function hasToken({ headers: { authorization = '' } }: FastifyRequest): boolean {
  return /^(DPoP(\s|$)|Bearer\s+[\w-]+\.[\w-]+\.[\w-]+$)/i.test(authorization);
}

export type VerifyToken = (request: FastifyRequest, reply: FastifyReply) => Promise<VerifiedRequest>;

/** Makes the function that verifies requests. It throws {@link GatewayError}, and sets the DPoP-Nonce header. */
export function createTokenGuard(dependencies: TokenGuardDependencies, known: KnownClients): VerifyToken {
  const { config, pool, keys, tracing, clock } = dependencies;
  const verifyProof = createDpopVerifier();
  const readFacts = createTokenReader(dependencies);

  async function identifyAnew(facts: TokenFacts): Promise<Client> {
    const client = await findClient(pool, facts.clientId);
    if (client === undefined) throw refuseFault('UNKNOWN_CLIENT', facts);
    const fault = findFault(client, facts);
    if (fault !== undefined) throw refuseFault(fault, facts);
    known.remember(dpopSigner(client.clientId), client);
    return client;
  }

  async function identify(facts: TokenFacts): Promise<Client> {
    const remembered = known.find(dpopSigner(facts.clientId));
    return remembered !== undefined && findFault(remembered, facts) === undefined ? remembered : identifyAnew(facts);
  }

  return async (request, reply) => {
    const token = readToken(request);
    const now = clock();
    const facts = await tracing.step('verify access token', () => readFacts(token, now));
    const detail = { client: facts.clientId };
    const address = config.publicUrl + pathAndQuery(request.raw.url).replace(/[?#].*$/s, '');
    const expected = { proof: dpopHeader(request), method: request.method, url: address, accessToken: token, now };
    const proof = checkProof(expected, verifyProof, keys.current().vault.index);
    if (proof.newNonce !== undefined) reply.header('dpop-nonce', proof.newNonce);
    if (!proof.ok) {
      const code = proof.because === NONCE_NEEDED ? 'USE_DPOP_NONCE' : 'INVALID_DPOP_PROOF';
      throw refuse(code, proof.description, { ...detail, because: proof.because });
    }
    if (proof.jkt !== facts.jkt) {
      throw refuseToken('The access token is bound to another key than that of the proof.', {
        ...detail,
        because: 'DPOP_OTHER_KEY',
      });
    }
    const scope = scopeOfRoute(request.routeOptions.url ?? '');
    if (scope !== undefined && !facts.scopes.includes(scope)) {
      throw refuse(
        'INSUFFICIENT_SCOPE',
        `This address needs the scope ${scope}.`,
        { ...detail, because: 'SCOPE' },
        scope,
      );
    }
    return {
      request: undefined,
      signer: dpopSigner(facts.clientId),
      signedAt: proof.issuedAt,
      nonce: proof.jti,
      client: await identify(facts),
      identifyAnew: () => identifyAnew(facts),
      refuseReuse: ({ clientId }) =>
        refuse('INVALID_DPOP_PROOF', 'The jti of the proof was used before; make a new proof for each request.', {
          because: 'NONCE_USED',
          client: clientId,
        }),
    };
  };
}

const FAULTS = {
  UNKNOWN_CLIENT: 'The client is not known here.',
  CLIENT_SUSPENDED: 'The client is suspended.',
  KEY_REMOVED: 'The key with which the client got this access token is no longer in its registration.',
  SCOPE: 'The access token has a scope that the client cannot have.',
} as const;

type Fault = keyof typeof FAULTS;

function refuseFault(because: Fault, { clientId: client }: TokenFacts): GatewayError {
  return refuseToken(FAULTS[because], { because, client });
}

function findFault(client: Client, facts: TokenFacts): Fault | undefined {
  if (client.suspended) return 'CLIENT_SUSPENDED';
  if (!client.oauth2Keys.some((pem) => readClientOAuth2Key(pem).fingerprint === facts.clientKey)) return 'KEY_REMOVED';
  const possible: readonly string[] = scopesOf(client);
  return facts.scopes.every((scope) => possible.includes(scope)) ? undefined : 'SCOPE';
}

function readToken({ headers: { authorization = '' } }: FastifyRequest): string {
  const [, scheme = '', token] = /^(DPoP|Bearer) +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization) ?? [];
  if (token === undefined) throw refuseToken('The Authorization header has no token.', { because: 'TOKEN_MALFORMED' });
  if (/^bearer$/i.test(scheme)) {
    throw refuseToken('The access token is bound to a DPoP key: send it as DPoP with a proof, not as Bearer.', {
      because: 'BEARER',
    });
  }
  return token;
}

/** A client has one token at a time, or two while it takes a new one. */
const MAX_KNOWN_TOKENS = 1000;

/** The facts of a token that is genuine and has not expired. A token is verified once, and remembered until it expires. */
function createTokenReader({ config, keys }: TokenGuardDependencies) {
  const knownTokens = new Map<string, { readonly facts: TokenFacts; readonly expiresAt: Date }>();
  return async (token: string, now: Date): Promise<TokenFacts> => {
    const opened = knownTokens.get(token) ?? (await open(token, now));
    if (opened.expiresAt > now) return opened.facts;
    knownTokens.delete(token);
    throw refuseToken('The access token has expired.', { because: 'TOKEN_EXPIRED', client: opened.facts.clientId });
  };

  async function open(token: string, now: Date) {
    const signingKeys = publishedSigningKeys(keys.current(), now);
    const verdict = await openAccessToken({ token, keys: signingKeys, issuer: config.publicUrl });
    if (!verdict.ok) throw refuseToken('The access token is not one of this network.', { because: 'TOKEN_FORGED' });
    if (knownTokens.size >= MAX_KNOWN_TOKENS) knownTokens.clear();
    knownTokens.set(token, verdict);
    return verdict;
  }
}

type TokenCode = 'INVALID_TOKEN' | 'INVALID_DPOP_PROOF' | 'USE_DPOP_NONCE' | 'INSUFFICIENT_SCOPE';

function refuseToken(description: string, detail: RefusedCaller): GatewayError {
  return refuse('INVALID_TOKEN', description, detail);
}

/** The challenge that offers this scheme (RFC 9449 §7.1). */
export const DPOP_OFFER = `DPoP algs="${OAUTH2_ALGORITHMS.join(' ')}"`;

/** The error carries the challenge of RFC 9449 §7.1, which clients need for a retry. */
function refuse(code: TokenCode, description: string, detail: RefusedCaller, scope?: string): GatewayError {
  const parameters = [
    `error="${code.toLowerCase()}"`,
    ...(scope === undefined ? [] : [`scope="${scope}"`]),
    `algs="${OAUTH2_ALGORITHMS.join(' ')}"`,
  ];
  return new GatewayError(code, description, { ...detail, challenge: `DPoP ${parameters.join(', ')}` });
}
