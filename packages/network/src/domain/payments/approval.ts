/** Approves a payment by a verified assertion, on the hosted page or at the shop: signs the proof and completes the session. */

import { randomUUID } from 'node:crypto';
import type { Assertion } from '@payment-passkeys/webauthn';
import type { Pool } from 'pg';
import { isUniqueViolation, ServiceError } from '../../platform/errors/errors.ts';
import { type AccountIndex, indexVersions, type VaultKeys } from '../accounts/account-vault.ts';
import { indexForBinding } from '../accounts/rekey.ts';
import { findBinding } from '../bindings/store.ts';
import type { PasskeyOfSession } from '../ceremonies/session-and-passkey.ts';
import type { SignedCall } from '../clients/signed-request.ts';
import type { Device } from '../devices/device.ts';
import { findPasskeys, type Passkey } from '../passkeys/store.ts';
import { type ProofDependencies, paymentClaims, proveCompletion } from '../proofs/success.ts';
import { readAccounts, registeredPasskeyOf, searchOfCard } from '../sessions/session-accounts.ts';
import type { Session } from '../sessions/store.ts';
import { buildStep, verifiedFacts } from '../timeline/step.ts';
import { type Approval, recordApproval } from './store.ts';

export interface ApprovalRequest {
  readonly session: Session;
  readonly passkey: Passkey;
  /** Undefined if the card's index and the merchant's binding are not known yet. */
  readonly own: OwnBinding | undefined;
  readonly assertion: Assertion;
  readonly challenge: Buffer;
  readonly credentialHash: Buffer;
  readonly deviceId: string;
  /** Undefined for Secure Payment Confirmation at a shop. */
  readonly device: Device | undefined;
  /** The merchant's call; undefined on the hosted page. */
  readonly signed: SignedCall | undefined;
  readonly now: Date;
}

interface ApprovalDependencies extends ProofDependencies {
  readonly pool: Pool;
}

/** The card of a payment by its index in use, and the merchant's binding of the passkey and this card; null if there is none yet. */
interface OwnBinding {
  readonly card: AccountIndex;
  readonly bindingId: string | null;
}

/**
 * Finds the passkeys that may approve the session's payment. The one that was found with the session is enough. If there is none, or if the
 * session's card is indexed by another key than today's, the card is looked up by every key.
 */
export async function findWaysToPay(
  {
    session,
    passkey,
    now,
  }: Pick<ApprovalRequest, 'session' | 'now'> & { readonly passkey: PasskeyOfSession | undefined },
  { pool, keys }: Pick<ApprovalDependencies, 'pool' | 'keys'>,
): Promise<Pick<ApprovalRequest, 'own'> & { readonly passkeys: readonly Passkey[] }> {
  const { vault } = keys.current();
  if (passkey?.mayPay) return { passkeys: [passkey], own: readOwnBinding(session, passkey, vault) };
  const accounts = readAccounts(session, vault);
  return { passkeys: await findPasskeys(pool, searchOfCard(session, { accounts, now }, vault)), own: undefined };
}

function readOwnBinding(
  { cardIndex }: Session,
  { ownBinding }: PasskeyOfSession,
  vault: VaultKeys,
): OwnBinding | undefined {
  const [keyVersion] = indexVersions(vault);
  if (ownBinding === null || cardIndex === null || keyVersion === undefined) return undefined;
  return { card: { kind: 'CARD', index: cardIndex, keyVersion }, ...ownBinding };
}

/**
 * Approves the payment, and returns its proof. Undefined if the challenge was used up meanwhile. Throws {@link ServiceError} ACCESS_DENIED if the
 * passkey or its binding was suspended or deleted meanwhile.
 */
export async function approvePayment(
  request: ApprovalRequest,
  network: ApprovalDependencies,
): Promise<{ readonly proof: string } | undefined> {
  const { session, passkey, assertion, deviceId, now } = request;
  const binding = await chooseBinding(request, network);
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
    signed: request.signed,
    proof,
    binding,
    registered: registeredPasskeyOf(session) === passkeyId,
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
      return approvePayment({ ...request, own: undefined }, network);
  }
}

/** The binding that the payment names, else the merchant's binding for this passkey and card. The first payment makes it. */
async function chooseBinding(
  { session, passkey: { passkeyId, ways }, own }: ApprovalRequest,
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
  const { card, bindingId } = own ?? (await findOwnBinding(session, passkeyId, network));
  return bindingId === null
    ? { bindingId: randomUUID(), isNew: true, card, ways: ways.toSorted() }
    : existing(bindingId, card);
}

async function findOwnBinding(
  session: Session,
  passkeyId: string,
  { pool, keys }: ApprovalDependencies,
): Promise<OwnBinding> {
  const { vault } = keys.current();
  const accounts = readAccounts(session, vault);
  if (accounts === undefined) throw new ServiceError({ code: 'ACCESS_DENIED' }); // the session ended meanwhile
  const { card } = await indexForBinding(pool, { cards: accounts.cards }, vault);
  const known = await findBinding(pool, { passkeyId, clientId: session.clientId, cardIndex: card.index });
  return { card, bindingId: known?.bindingId ?? null };
}
