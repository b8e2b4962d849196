/** `POST /authentication/authenticators` (contract §5): a proof becomes a binding, once; the same call again gets the same ids. */

import { randomUUID } from 'node:crypto';
import { verifyProof } from '@payment-passkeys/channel';
import {
  AUTHENTICATORS_PATH,
  type AuthenticatorAnswer,
  AuthenticatorAnswer as AuthenticatorAnswerSchema,
  AuthenticatorRequest,
} from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import { indexForBinding } from '../../domain/accounts/rekey.ts';
import { type Binding, consumeProof, findBinding } from '../../domain/bindings/store.ts';
import { type SignedCall, serveSigned } from '../../domain/clients/signed-request.ts';
import { publishedSigningKeys } from '../../domain/keys/key-ring.ts';
import { hashProof } from '../../domain/proofs/proof.ts';
import { findClientSession } from '../../domain/sessions/client-session.ts';
import { decide, REFUSAL_ERRORS, type SessionRefusal } from '../../domain/sessions/session.ts';
import { readAccounts } from '../../domain/sessions/session-accounts.ts';
import type { Session } from '../../domain/sessions/store.ts';
import { noteStep, RefusedAttempt } from '../../domain/timeline/notes.ts';
import { buildStep } from '../../domain/timeline/step.ts';
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
      const { session, binding, repeated } = await serveSigned(request, (call) => bind(request.body, call, network));
      if (repeated) await noteStep(session, { step: 'BINDING', decision: 'REPEATED' }, network);
      else countSessionEnd(network.metrics, { clientId: session.clientId, outcome: 'BOUND' });
      const answer: AuthenticatorAnswer = {
        credentialId: binding.passkeyId,
        bindingId: binding.bindingId,
        srcCorrelationId: request.body.srcCorrelationId ?? session.srcCorrelationId,
      };
      return reply.code(repeated ? 200 : 201).send(answer);
    },
  );
}

interface BindResult {
  readonly session: Session;
  readonly binding: Binding;
  readonly repeated: boolean;
}

async function bind(
  body: AuthenticatorRequest,
  { client, nonceClaim, assertAdmitted }: SignedCall,
  network: Pick<Network, 'config' | 'pool' | 'keys' | 'tracing' | 'clock'>,
): Promise<BindResult> {
  const proof = body.proofOfAuthentication;
  const { authenticationSessionId: sessionId } = body;
  const at = { pointer: '/authenticationSessionId' };
  const session = await findClientSession({ clientId: client.clientId, sessionId, at }, network);
  const now = network.clock();
  const proofHash = hashProof(proof);
  const decision = decide(session, { kind: 'BIND', proofHash }, now);
  if (decision.outcome === 'REFUSED') {
    // The signature tells a proof of another session from a text that is no proof.
    const genuine = decision.refusal !== 'PROOF_REFUSED' || (await isGenuine(proof, network));
    throw refusedProof(session, genuine ? decision.refusal : 'PROOF_INVALID');
  }
  if (decision.outcome === 'REPEATED')
    return { session, binding: await repeatBinding(session, network.pool), repeated: true };
  // The hash shows that it is the issued text; the signature is verified all the same, as the contract says.
  if (!(await isGenuine(proof, network))) throw refusedProof(session, 'PROOF_INVALID');
  const { vault } = network.keys.current();
  const references = readAccounts(session, vault);
  if (references === undefined) throw new Error('An enrolled session has account references.');
  const indexes = await indexForBinding(network.pool, references, vault);
  const step = buildStep({ step: 'BINDING' }, { session, tracing: network.tracing, now });
  const request = { session, proofHash, newBindingId: randomUUID(), ...indexes, step, now };
  const { verdict, binding } = await consumeProof(network.pool, request, nonceClaim);
  assertAdmitted(verdict);
  if (binding !== undefined) return { session, binding, repeated: false };
  // The same call came twice at once, and the other one was first.
  return bind(body, { client, nonceClaim: undefined, assertAdmitted }, network);
}

function refusedProof(session: Session, because: SessionRefusal | 'PROOF_INVALID'): RefusedAttempt {
  const code = because === 'PROOF_INVALID' ? because : REFUSAL_ERRORS[because];
  return new RefusedAttempt({ session, step: 'BINDING', because }, { code, pointer: '/proofOfAuthentication' });
}

async function isGenuine(
  proof: string,
  network: Pick<Network, 'config' | 'keys' | 'tracing' | 'clock'>,
): Promise<boolean> {
  const now = network.clock();
  const { publicUrl, audience } = network.config;
  const keys = publishedSigningKeys(network.keys.current(), now);
  const verdict = await network.tracing.step('verify proof', () =>
    verifyProof({ proof, keys, issuer: publicUrl, audience, now }),
  );
  return verdict.ok || verdict.code === 'PROOF_EXPIRED';
}

async function repeatBinding({ passkeyId, clientId, cardIndex }: Session, pool: Pool): Promise<Binding> {
  const binding = passkeyId === null ? undefined : await findBinding(pool, { passkeyId, clientId, cardIndex });
  if (binding === undefined)
    throw new ServiceError({ code: 'SESSION_ALREADY_BOUND', pointer: '/authenticationSessionId' });
  return binding;
}
