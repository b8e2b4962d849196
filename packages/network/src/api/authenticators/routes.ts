/** `POST /authentication/authenticators` (contract §5): a proof makes one binding. A repeated call gets the same ids. */

import { randomUUID } from 'node:crypto';
import { type ProofVerdict, verifyProof } from '@payment-passkeys/channel';
import {
  AUTHENTICATORS_PATH,
  type AuthenticatorAnswer,
  AuthenticatorAnswer as AuthenticatorAnswerSchema,
  AuthenticatorRequest,
} from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import { indexVersions } from '../../domain/accounts/account-vault.ts';
import { type BindingIndexes, indexForBinding } from '../../domain/accounts/rekey.ts';
import { type Binding, type BoundSession, consumeProof, findBinding } from '../../domain/bindings/store.ts';
import { type SignedCall, serveSigned, signingClient } from '../../domain/clients/signed-request.ts';
import { publishedSigningKeys } from '../../domain/keys/key-ring.ts';
import { hashProof } from '../../domain/proofs/proof.ts';
import { findClientSession } from '../../domain/sessions/client-session.ts';
import { decide, REFUSAL_ERRORS, type SessionRefusal } from '../../domain/sessions/session.ts';
import { readAccounts } from '../../domain/sessions/session-accounts.ts';
import type { Session } from '../../domain/sessions/store.ts';
import { noteStep, RefusedAttempt } from '../../domain/timeline/notes.ts';
import { buildStep, NOT_READ } from '../../domain/timeline/step.ts';
import type { Network } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { countSessionEnd } from '../../platform/telemetry/metrics.ts';

export function authenticatorRoutes(app: NetworkServer, network: Network): void {
  app.post(
    AUTHENTICATORS_PATH,
    {
      config: {
        nonceWithChange: true,
        errors: [
          'SESSION_NOT_FOUND',
          'SESSION_NOT_ENROLLED',
          'SESSION_ALREADY_BOUND',
          'PROOF_INVALID',
          'PROOF_EXPIRED',
          'PROOF_MISMATCH',
        ],
      },
      schema: {
        operationId: 'bindPasskey',
        summary: 'Bind a passkey to the accounts of its session',
        body: AuthenticatorRequest,
        response: { 200: AuthenticatorAnswerSchema, 201: AuthenticatorAnswerSchema },
      },
    },
    async (request, reply) => {
      const { clientId } = signingClient(request);
      const { binding, repeated } = await serveSigned(request, (call) => bind(request.body, call, network));
      if (repeated) await noteStep(repeated, { step: 'BINDING', decision: 'REPEATED' }, network);
      else countSessionEnd(network.metrics, { clientId, outcome: 'BOUND' });
      const answer: AuthenticatorAnswer = {
        credentialId: binding.passkeyId,
        bindingId: binding.bindingId,
        srcCorrelationId: request.body.srcCorrelationId ?? binding.srcCorrelationId,
      };
      return reply.code(repeated ? 200 : 201).send(answer);
    },
  );
}

interface BindResult {
  readonly binding: Binding & Pick<Session, 'srcCorrelationId'>;
  /** The session, if it was bound before. */
  readonly repeated: Session | undefined;
}

type Dependencies = Pick<Network, 'config' | 'pool' | 'keys' | 'tracing' | 'clock'>;

/** Binds with one statement, and reads the session only if that fails. Verifies the proof's signature first, although its hash would do. */
async function bind(body: AuthenticatorRequest, call: SignedCall, network: Dependencies): Promise<BindResult> {
  const verdict = await verify(body.proofOfAuthentication, network);
  if (!verdict.ok) return bindAfterReading({ body, proofIsGenuine: verdict.code === 'PROOF_EXPIRED' }, call, network);
  const binding = await tryToBind(body, call, network);
  return binding === undefined
    ? bindAfterReading({ body, proofIsGenuine: true }, { ...call, nonceClaim: undefined }, network)
    : { binding, repeated: undefined };
}

async function tryToBind(
  { authenticationSessionId: sessionId, proofOfAuthentication }: AuthenticatorRequest,
  { client, nonceClaim, assertAdmitted }: SignedCall,
  { pool, keys, tracing, clock }: Dependencies,
  indexes?: BindingIndexes,
): Promise<BoundSession | undefined> {
  const now = clock();
  const request = {
    sessionId,
    clientId: client.clientId,
    role: client.role,
    proofHash: hashProof(proofOfAuthentication),
    newBindingId: randomUUID(),
    step: buildStep({ step: 'BINDING' }, { session: NOT_READ, tracing, now }),
    indexVersions: indexVersions(keys.current().vault),
    now,
  };
  const { verdict, bound } = await consumeProof(pool, request, nonceClaim, indexes);
  assertAdmitted(verdict);
  tracing.join(bound?.traceContext);
  return bound;
}

interface Presented {
  readonly body: AuthenticatorRequest;
  /** This network signed the proof. The proof may have expired. */
  readonly proofIsGenuine: boolean;
}

/** Reads the session. Then it refuses, or repeats the answer, or binds with indexes of the current keys. */
async function bindAfterReading(presented: Presented, call: SignedCall, network: Dependencies): Promise<BindResult> {
  const { body, proofIsGenuine } = presented;
  const { authenticationSessionId: sessionId, proofOfAuthentication: proof } = body;
  const at = { pointer: '/authenticationSessionId' };
  const session = await findClientSession({ clientId: call.client.clientId, sessionId, at }, network);
  const decision = decide(session, { kind: 'BIND', proofHash: hashProof(proof) }, network.clock());
  if (decision.outcome === 'REFUSED') {
    // The signature tells a proof of another session from a text that is no proof.
    const isNoProof = decision.refusal === 'PROOF_REFUSED' && !proofIsGenuine;
    throw refusedProof(session, isNoProof ? 'PROOF_INVALID' : decision.refusal);
  }
  if (decision.outcome === 'REPEATED') {
    const { srcCorrelationId } = session;
    return { binding: { ...(await repeatBinding(session, network.pool)), srcCorrelationId }, repeated: session };
  }
  if (!proofIsGenuine) throw refusedProof(session, 'PROOF_INVALID');
  const { vault } = network.keys.current();
  const references = readAccounts(session, vault);
  if (references === undefined) throw new Error('An enrolled session has account references.');
  const indexes = await indexForBinding(network.pool, references, vault);
  const binding = await tryToBind(body, call, network, indexes);
  if (binding !== undefined) return { binding, repeated: undefined };
  // The same call came twice at once, and the other one was first.
  return bindAfterReading(presented, { ...call, nonceClaim: undefined }, network);
}

function refusedProof(session: Session, because: SessionRefusal | 'PROOF_INVALID'): RefusedAttempt {
  const code = because === 'PROOF_INVALID' ? because : REFUSAL_ERRORS[because];
  return new RefusedAttempt({ session, step: 'BINDING', because }, { code, pointer: '/proofOfAuthentication' });
}

function verify(proof: string, { config, keys, tracing, clock }: Omit<Dependencies, 'pool'>): Promise<ProofVerdict> {
  const now = clock();
  const { publicUrl, audience } = config;
  const signingKeys = publishedSigningKeys(keys.current(), now);
  return tracing.step('verify proof', () =>
    verifyProof({ proof, keys: signingKeys, issuer: publicUrl, audience, now }),
  );
}

async function repeatBinding({ passkeyId, clientId, cardIndex }: Session, pool: Pool): Promise<Binding> {
  const binding = passkeyId === null ? undefined : await findBinding(pool, { passkeyId, clientId, cardIndex });
  if (binding === undefined)
    throw new ServiceError({ code: 'SESSION_ALREADY_BOUND', pointer: '/authenticationSessionId' });
  return binding;
}
