/** Approves a payment by a verified assertion, on the hosted page or at the shop: signs the proof and completes the session. */

import { randomUUID } from 'node:crypto';
import type { Assertion } from '@payment-passkeys/webauthn';
import type { Pool } from 'pg';
import { isUniqueViolation, ServiceError } from '../../platform/errors/errors.ts';
import type { AccountIndex } from '../accounts/account-vault.ts';
import { indexForBinding } from '../accounts/rekey.ts';
import { findBinding } from '../bindings/store.ts';
import type { Device } from '../devices/device.ts';
import type { Passkey } from '../passkeys/store.ts';
import { type ProofDependencies, paymentClaims, proveCompletion } from '../proofs/success.ts';
import { readAccounts } from '../sessions/session-accounts.ts';
import type { Session } from '../sessions/store.ts';
import { buildStep, verifiedFacts } from '../timeline/step.ts';
import { type Approval, recordApproval } from './store.ts';

export interface ApprovalRequest {
  readonly session: Session;
  readonly passkey: Passkey;
  readonly assertion: Assertion;
  readonly challenge: Buffer;
  readonly credentialHash: Buffer;
  readonly deviceId: string;
  /** Undefined for Secure Payment Confirmation at a shop. */
  readonly device: Device | undefined;
  readonly now: Date;
}

interface ApprovalDependencies extends ProofDependencies {
  readonly pool: Pool;
}

/**
 * Undefined if the challenge was used up meanwhile. Throws {@link ServiceError} ACCESS_DENIED if the passkey or its binding was suspended or
 * deleted meanwhile.
 */
export async function approvePayment(
  request: ApprovalRequest,
  network: ApprovalDependencies,
): Promise<{ readonly proof: string } | undefined> {
  const { session, passkey, assertion, deviceId, now } = request;
  const binding = await chooseBinding(session, passkey, network);
  const payment = paymentClaims(session, binding.bindingId);
  const { passkeyId } = passkey;
  const proof = await proveCompletion(session, { deviceId, passkeyId, completedAt: now, payment }, network);
  const approval = {
    sessionId: session.sessionId,
    clientId: session.clientId,
    challenge: request.challenge,
    credentialHash: request.credentialHash,
    passkeyId,
    seenSignCount: passkey.signCount,
    assertion,
    deviceId,
    device: request.device,
    proof,
    binding,
    step: buildStep(
      {
        step: 'RESULT',
        offer: request.device === undefined ? 'CONFIRM' : 'PAY',
        to: 'approved',
        ...verifiedFacts(assertion),
      },
      { session, tracing: network.tracing, now },
    ),
    now,
  };
  const verdict = await recordApproval(network.pool, approval).catch((error: unknown) => {
    if (binding.isNew && isUniqueViolation(error)) return 'BINDING_MADE_MEANWHILE' as const;
    throw error;
  });
  switch (verdict) {
    case 'APPROVED':
      return { proof: proof.text };
    case 'SESSION_CHANGED':
      return undefined;
    case 'UNUSABLE':
      throw new ServiceError({ code: 'ACCESS_DENIED' });
    case 'BINDING_MADE_MEANWHILE':
      return approvePayment(request, network);
  }
}

/** The binding that the payment names, else the merchant's binding for this passkey and card. The first payment makes it. */
async function chooseBinding(
  session: Session,
  { passkeyId, ways }: Passkey,
  network: ApprovalDependencies,
): Promise<Approval['binding']> {
  const existing = (bindingId: string, card?: AccountIndex) =>
    ({
      bindingId,
      isNew: false,
      card,
      ways: ways.includes(bindingId) ? [bindingId] : [...ways, bindingId].toSorted(),
    }) as const;
  if (session.bindingId !== null) return existing(session.bindingId);
  const { vault } = network.keys.current();
  const accounts = readAccounts(session, vault);
  if (accounts === undefined) throw new ServiceError({ code: 'ACCESS_DENIED' }); // the session ended meanwhile
  const { card } = await indexForBinding(network.pool, { cards: accounts.cards }, vault);
  const known = await findBinding(network.pool, { passkeyId, clientId: session.clientId, cardIndex: card.index });
  return known === undefined
    ? { bindingId: randomUUID(), isNew: true, card, ways: ways.toSorted() }
    : existing(known.bindingId, card);
}
