/**
 * The changes that a ceremony makes. Each step is one statement that has an effect only if the session has not changed since it was judged.
 */
import type { Actor, Reason } from '@payment-passkeys/protocol';
import {
  columnNames,
  execute,
  literals,
  newValues,
  rowValues,
  type Sql,
  sql,
  statement,
  type Values,
} from '@payment-passkeys/storage';
import type { Assertion, Registration } from '@payment-passkeys/webauthn';
import type { Pool } from 'pg';
import type { BindingIndexes } from '../accounts/rekey.ts';
import {
  BINDING_IS_HELD,
  type BindingValue,
  bindingValues,
  boundEvents,
  boundOrUpdated,
  GIVEN_ACCOUNTS,
  heldBinding,
} from '../bindings/bound.ts';
import type { Device } from '../devices/device.ts';
import { DEVICE_USED, type DeviceValue, deviceValues } from '../devices/store.ts';
import { ENDED_SESSION, sessionEnded, storedEvents } from '../events/outbox.ts';
import { storedFacts } from '../passkeys/authenticator-facts.ts';
import { NEW_PASSKEY, PASSKEY_IS_ACTIVE, passkeyUsed, passkeyUseValues } from '../passkeys/store.ts';
import { OPTED_IN } from '../payment-confirmation/opt-out.ts';
import { ACCOUNTS_DELETED } from '../sessions/accounts-deleted.ts';
import { MAY_END, mayTakeResult } from '../sessions/decisions-in-sql.ts';
import { OPENED } from '../sessions/states-in-sql.ts';
import { appended, STEP, type StoredStep } from '../timeline/step.ts';

interface CeremonyResult {
  readonly sessionId: string;
  readonly challenge: Buffer;
  readonly credentialHash: Buffer;
  readonly device: Device;
  readonly passkeyId: string;
  readonly step: StoredStep;
  readonly now: Date;
}

/** An enrolment has a proof, which the Authenticators API binds later; on the way to a payment the passkey is bound at once. */
export type Enrolment = CeremonyResult &
  (
    | { readonly proof: { readonly keyId: string; readonly hash: Buffer; readonly expiresAt: Date } }
    /** The session's client is a merchant. */
    | { readonly binding: BindingIndexes & { readonly newBindingId: string; readonly clientId: string } }
  );

type ResultValue =
  | 'sessionId'
  | 'challenge'
  | 'credentialHash'
  | 'proofKeyId'
  | 'proofHash'
  | 'proofExpiresAt'
  | 'cardIndex'
  | 'clientId'
  | 'step'
  | DeviceValue
  | BindingValue;

/** The results of a ceremony: the session's next state, what is locked before it, the other columns that are set, and the binding. */
const RESULTS = {
  enrolled: {
    also: sql`proof_key_id = ${'proofKeyId'}, proof_hash = ${'proofHash'}, proof_expires_at = ${'proofExpiresAt'}`,
    held: sql``,
    isHeld: sql`true`,
    bound: sql``,
    // An enrolment at a merchant ends an opt-out that an older version of the program recorded for all merchants; an issuer's enrolment does not.
    passkeyToo: sql``,
  },
  registered: {
    also: sql`card_index = ${'cardIndex'}`,
    held: sql`${heldBinding({ passkeyId: sql`${'passkeyId'}`, cardIndex: sql`${'cardIndex'}::bytea` })},`,
    isHeld: BINDING_IS_HELD,
    bound: sql`, ${GIVEN_ACCOUNTS}, ${boundOrUpdated('merchant')}, ${OPTED_IN}`,
    passkeyToo: sql`, payment_confirmation = true`,
  },
} as const;
type Result = keyof typeof RESULTS;

/** The parts of a statement that consumes the challenge if `condition` holds, and records the passkey by `passkey`, the device and the binding. */
function recorded<Name extends string = never>(
  result: Result,
  condition: Sql<'passkeyId'>,
  passkey: Sql<Name>,
): Sql<ResultValue | Name> {
  const { held, isHeld, also, bound } = RESULTS[result];
  return sql`
  ${held}
  consumed AS (UPDATE session
               SET state = ${literals([result])}, challenge = NULL, credential_hash = ${'credentialHash'}, passkey_id = ${'passkeyId'},
                   device_id = ${'deviceId'}, completed_at = ${'now'}, ${also}, ${appended(STEP)}
               WHERE session_id = ${'sessionId'} AND ${mayTakeResult(result)} AND ${condition} AND ${isHeld}
               RETURNING passkey_id, client_id, card_index, card_last_four, card_brand, issuer_id), ${passkey}, ${DEVICE_USED}${bound}`;
}

/** Null for values that the result does not have. */
function resultValues(enrolment: Enrolment): Values<ResultValue> {
  const { sessionId, challenge, credentialHash, device, passkeyId, step, now } = enrolment;
  const proof = 'proof' in enrolment ? enrolment.proof : undefined;
  const binding = 'binding' in enrolment ? enrolment.binding : undefined;
  return {
    sessionId,
    challenge,
    credentialHash,
    passkeyId,
    step,
    now,
    proofKeyId: proof?.keyId,
    proofHash: proof?.hash,
    proofExpiresAt: proof?.expiresAt,
    cardIndex: binding?.card.index,
    clientId: binding?.clientId,
    ...deviceValues(device, passkeyId),
    ...bindingValues(binding?.newBindingId, binding?.accounts ?? []),
  };
}

const resultOf = (enrolment: Enrolment): Result => ('proof' in enrolment ? 'enrolled' : 'registered');

/** The authenticator's facts, from the values of a passkey that the statement itself creates. */
const NEW_AUTHENTICATOR = storedFacts({
  aaguid: sql`${'aaguid'}::uuid`,
  aaguidVerified: sql`${'aaguidVerified'}::boolean`,
  backupEligible: sql`${'backupEligible'}::boolean`,
  backedUp: sql`${'backedUp'}::boolean`,
  format: sql`${'attestationFormat'}::text`,
  trusted: sql`${'attestationTrusted'}::boolean`,
});

const BY_CARDHOLDER = sql`'CARDHOLDER'`;

const PASSKEY_CREATED = sql`created AS (INSERT INTO passkey (${columnNames(NEW_PASSKEY)}, last_used_at)
  SELECT ${newValues(NEW_PASSKEY)}, ${'createdAt'} FROM consumed RETURNING true)`;

const creation = (result: Result, events: Sql<BindingValue | keyof typeof NEW_PASSKEY>) =>
  statement({
    name: `ceremony-create-${result}`,
    text: sql`WITH ${recorded(result, sql`true`, PASSKEY_CREATED)}${events}
              SELECT FROM consumed`,
  });
const CREATE = {
  enrolled: creation('enrolled', sql``),
  registered: creation(
    'registered',
    sql`, ${storedEvents(boundEvents({ by: BY_CARDHOLDER, authenticator: NEW_AUTHENTICATOR }))}`,
  ),
};

/** 2A: consumes the challenge, stores the new passkey and attaches it to the device. False if the challenge was already consumed. */
export async function recordCreation(
  pool: Pool,
  enrolment: Enrolment,
  { registration, userHandle }: { readonly registration: Registration; readonly userHandle: Buffer },
): Promise<boolean> {
  const { passkeyId, now } = enrolment;
  const passkey = rowValues(NEW_PASSKEY, { ...registration, passkeyId, userHandle, createdAt: now });
  return (await execute(pool, CREATE[resultOf(enrolment)], { ...resultValues(enrolment), ...passkey })) === 1;
}

const use = (result: Result, events: Sql<BindingValue>) =>
  statement({
    name: `ceremony-use-${result}`,
    text: sql`WITH ${recorded(result, PASSKEY_IS_ACTIVE, passkeyUsed(RESULTS[result].passkeyToo))}${events}
              SELECT FROM consumed`,
  });
const USE = {
  enrolled: use('enrolled', sql``),
  registered: use('registered', sql`, ${storedEvents(boundEvents({ by: BY_CARDHOLDER }))}`),
};

/**
 * 2B: consumes the challenge, records the use, and attaches the passkey to the device if it was not. False if the challenge was already
 * consumed or the passkey is no longer live.
 */
export async function recordUse(
  pool: Pool,
  enrolment: Enrolment,
  { assertion, seenSignCount }: { readonly assertion: Assertion; readonly seenSignCount: number },
): Promise<boolean> {
  const values = { ...resultValues(enrolment), ...passkeyUseValues(assertion, seenSignCount) };
  return (await execute(pool, USE[resultOf(enrolment)], values)) === 1;
}

const DROP_CHALLENGE = statement({
  name: 'ceremony-drop-challenge',
  text: sql`UPDATE session SET challenge = NULL, ${appended(STEP)} WHERE session_id = ${'sessionId'} AND ${OPENED} AND challenge = ${'challenge'}`,
});

/** Consumes a challenge that was answered wrongly. `step` is the refusal. */
export async function dropChallenge(
  pool: Pool,
  answer: { readonly sessionId: string; readonly challenge: Buffer; readonly step: StoredStep },
): Promise<void> {
  await execute(pool, DROP_CHALLENGE, answer);
}

const END = statement({
  name: 'ceremony-end',
  text: sql`WITH ended AS (UPDATE session
                           SET state = ${'state'}, end_reason = ${'reason'}, ended_at = ${'now'}, ${ACCOUNTS_DELETED}, challenge = NULL,
                             ${appended(STEP)}
                           WHERE session_id = ${'sessionId'} AND ${MAY_END} RETURNING ${ENDED_SESSION}),
                 ${storedEvents(sessionEnded({ from: sql`ended`, by: sql`${'by'}` }))}
            SELECT FROM ended`,
});

/** Ends a session without a passkey and deletes its account references. False if it had already ended. */
export async function endSession(
  pool: Pool,
  end: {
    readonly sessionId: string;
    readonly state: 'cancelled' | 'failed';
    readonly reason: Reason;
    readonly by: Actor;
    readonly step: StoredStep;
    readonly now: Date;
  },
): Promise<boolean> {
  return (await execute(pool, END, end)) === 1;
}
