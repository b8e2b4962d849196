/** RESULT, CONFIRM, ABORT, END and BIND in SQL agree with `decide`: every state, kind of session, clock edge and key, through both. */
import { randomBytes, randomUUID } from 'node:crypto';
import { addSeconds } from '@payment-passkeys/protocol';
import type { Database } from '@payment-passkeys/storage';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type BindRequest, consumeProof } from '../src/domain/bindings/store.ts';
import { endSession, recordCreation, recordUse } from '../src/domain/ceremonies/store.ts';
import type { SignedCall } from '../src/domain/clients/signed-request.ts';
import { abortPayment, recordApproval } from '../src/domain/payments/store.ts';
import { decide, type SessionEvent, type SessionState } from '../src/domain/sessions/session.ts';
import { findSession, type Session } from '../src/domain/sessions/store.ts';
import {
  clientOf,
  createDatabaseWithClients,
  everySession,
  forAll,
  hashOf,
  insertSessions,
  KINDS,
  MILLISECOND,
  NOW,
  readRows,
  type SessionRow,
} from './session-rows.ts';

const DEVICE = { deviceId: 'device', cookieHash: hashOf('device') };
const ASSERTION = { signCount: 1, userVerified: true, backedUp: false, backupEligible: false, counterRegressed: false };
const PROOF = { keyId: 'key', hash: hashOf('new proof'), expiresAt: addSeconds(NOW, 900) };
/** The id of the passkey, and of its only binding. */
const PASSKEY = 'passkey';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const OTHER_TRACE = '0af7651916cd43dd8448eb211c80319c';

let database: Database;
const pool = () => database.pool;
beforeAll(async () => {
  database = await createDatabaseWithClients();
  await pool().query(
    `INSERT INTO passkey (passkey_id, webauthn_id, user_handle, public_key, algorithm, sign_count, aaguid, attestation_format, attestation_trusted,
                          backup_eligible, backed_up, transports, created_at, last_used_at)
     VALUES ($1, $2, $2, '', -7, 0, gen_random_uuid(), 'none', false, false, false, '{internal}', $3, $3)`,
    [PASSKEY, hashOf(PASSKEY), NOW],
  );
  await pool().query(
    `INSERT INTO binding (binding_id, passkey_id, client_id, created_at, updated_at) VALUES ($1, $1, 'bank', $2, $2)`,
    [PASSKEY, NOW],
  );
});
afterAll(() => database.close());
beforeEach(async () => {
  await pool().query('TRUNCATE session CASCADE');
  await pool().query(`DELETE FROM binding WHERE client_id = 'shop'`);
});

/** A signed call whose nonce is already consumed. */
const SIGNED = {
  nonceClaim: undefined,
  assertAdmitted: (verdict) => expect(verdict).toBe('CONSUMED'),
} as Pick<SignedCall, 'nonceClaim' | 'assertAdmitted'> as SignedCall; // the statements do not read its client

/** A session, an event, and the statements that may change the session for this event. */
interface Case extends SessionRow {
  readonly event: SessionEvent;
  readonly statements: readonly Change[];
}

/** The state that a statement sets, and the statement, which answers whether it changed the session. */
type Change = readonly [to: string, (row: Pick<SessionRow, 'id' | 'kind'>) => Promise<boolean>];

/**
 * Runs the statements of a case that set another state than `decide` answers: they change nothing. Then runs the statement that sets this
 * state: it changes the session.
 */
async function agree(cases: readonly Case[]): Promise<void> {
  await insertSessions(pool(), cases);
  const before = await readRows(pool());
  const decided = new Map<string, string | undefined>();
  const made = new Map<string, readonly string[]>();
  await forAll(cases, async (one) => {
    const session = await findSession(pool(), one.id);
    if (session === undefined) throw new Error('The session was inserted.');
    const next = nextOf(session, one.event);
    decided.set(one.id, next);
    const changes: string[] = [];
    for (const [to, change] of one.statements.toSorted(([a], [b]) => Number(a === next) - Number(b === next)))
      if (await change(one)) changes.push(to);
    made.set(one.id, changes);
  });
  const after = await readRows(pool());
  for (const { id } of cases) {
    const next = decided.get(id);
    expect(made.get(id), id).toEqual(next === undefined ? [] : [next]);
    if (next === undefined) expect(after.get(id), id).toEqual(before.get(id));
    else expect(after.get(id)?.state, id).toBe(next);
  }
  expect([...decided.values()].filter((next) => next !== undefined).length).toBeGreaterThan(0);
  expect([...decided.values()].filter((next) => next === undefined).length).toBeGreaterThan(0);
}

/** The next state by `decide`. Undefined if `decide` refuses, or if it throws because no session of this kind reaches this state. */
function nextOf(session: Session, event: SessionEvent): SessionState | undefined {
  try {
    const decision = decide(session, event, NOW);
    return decision.outcome === 'NEXT' ? decision.next : undefined;
  } catch (error) {
    expect(String(error)).toContain('No transition');
    return undefined;
  }
}

const everyCase = <Variant>(
  variants: Readonly<Record<string, Variant>>,
  build: (id: string, variant: Variant) => Omit<Case, keyof SessionRow> & Pick<SessionRow, 'columns'>,
): readonly Case[] => everySession(variants, build);

const step = { at: NOW.getTime(), step: 'RESULT' } as const;

type Result = SessionEvent & { readonly kind: 'RESULT' };
type Subject = Pick<SessionRow, 'id' | 'kind'>;

const CARD = { kind: 'CARD', index: hashOf('card'), keyVersion: 1 } as const;

/** The statements for a result with a new passkey, or with the known one. */
function resultStatements(event: Result, passkey: 'new' | 'known'): readonly Change[] {
  const { challenge, credentialHash } = event;
  const record = async (of: Subject, more: { proof: typeof PROOF } | { binding: Binding }) => {
    const passkeyId = passkey === 'new' ? randomUUID() : PASSKEY;
    const common = { sessionId: of.id, challenge, credentialHash, passkeyId, device: DEVICE, step, now: NOW };
    return passkey === 'new'
      ? recordCreation(pool(), { ...common, ...more }, newPasskey())
      : recordUse(pool(), { ...common, ...more }, { assertion: ASSERTION, seenSignCount: 0 });
  };
  const bindingOf = (of: Subject): Binding => ({
    ...{ newBindingId: randomUUID(), clientId: clientOf(of), accounts: [CARD], card: CARD },
  });
  return [
    ['enrolled', (of) => record(of, { proof: PROOF })],
    ['registered', (of) => record(of, { binding: bindingOf(of) })],
    ['approved', (of) => approve(of, event, DEVICE)],
  ];
}

interface Binding {
  readonly newBindingId: string;
  readonly clientId: string;
  readonly accounts: readonly (typeof CARD)[];
  readonly card: typeof CARD;
}

const newPasskey = () => ({
  registration: {
    ...{ credentialId: randomBytes(16), publicKey: Buffer.of(1), algorithm: -7, signCount: 0, aaguid: randomUUID() },
    ...({ aaguidVerified: false, attestationFormat: 'none', attestationChain: [], attestationTrusted: false } as const),
    ...{ userVerified: true, backupEligible: false, backedUp: false, transports: [], residentKeyConfirmed: true },
  },
  userHandle: randomBytes(32),
});

async function approve(
  of: Subject,
  { challenge, credentialHash }: Pick<Result, 'challenge' | 'credentialHash'>,
  device: typeof DEVICE | undefined,
): Promise<boolean> {
  const verdict = await recordApproval(pool(), {
    ...{ sessionId: of.id, clientId: clientOf(of), challenge, credentialHash, step, now: NOW },
    ...{ passkeyId: PASSKEY, seenSignCount: 0, assertion: ASSERTION, deviceId: DEVICE.deviceId, device, proof: PROOF },
    binding: { bindingId: PASSKEY, isNew: false, card: undefined, ways: [PASSKEY] },
    registered: false,
    signed: device === undefined ? SIGNED : undefined,
  });
  return verdict === 'APPROVED';
}

const another = hashOf('another');
const challengeOf = (id: string) => hashOf(`${id} challenge`);
const CREDENTIALS = {
  'a new passkey': (id) => ({ passkey: 'new', challenge: challengeOf(id), credentialHash: another }),
  'a known passkey': (id) => ({ passkey: 'known', challenge: challengeOf(id), credentialHash: another }),
  'another challenge': () => ({ passkey: 'known', challenge: another, credentialHash: another }),
  'the credential of before': (id) => ({
    ...{ passkey: 'new', challenge: challengeOf(id), credentialHash: hashOf(`${id} credential`) },
  }),
} as const satisfies Record<string, (id: string) => Omit<Result, 'kind'> & { passkey: 'new' | 'known' }>;

test(
  'RESULT: a new passkey, a known one, an approval on the page',
  () =>
    agree(
      everyCase(CREDENTIALS, (id, credentialOf) => {
        const { passkey, ...credential } = credentialOf(id);
        const event = { kind: 'RESULT', ...credential } as const;
        return {
          event,
          statements: resultStatements(event, passkey),
          columns: { credential_hash: hashOf(`${id} credential`) },
        };
        // Only payments reach the state `registered`, but `decide` does not check that.
      }).filter(({ kind, state }) => state !== 'registered' || KINDS[kind].nextStep !== null || kind === 'ENROLMENT'),
    ),
  120_000,
);

test(
  'CONFIRM: an approval at the shop',
  () =>
    agree(
      everyCase({ 'handed out': true, 'not handed out': false }, (id, handedOut) => {
        const challenge = hashOf(`${id} confirmation`);
        return {
          event: { kind: 'CONFIRM', credentialHash: another },
          statements: [['approved', (of) => approve(of, { challenge, credentialHash: another }, undefined)]],
          columns: { confirmation_challenge: handedOut ? challenge : null },
        };
      }).filter(({ kind }) => KINDS[kind].nextStep !== null),
    ),
  120_000,
);

test('ABORT, and END with each reason', async () => {
  await agree(
    everyCase({ aborted: undefined }, () => ({
      event: { kind: 'ABORT' },
      statements: [['cancelled', ({ id }) => abortPayment(pool(), { sessionId: id, step, now: NOW }, SIGNED)]],
    })),
  );
  const end = (state: 'cancelled' | 'failed', reason: 'USER_CANCELLATION' | 'UNKNOWN_ERROR') =>
    [
      state,
      ({ id }: Subject) => endSession(pool(), { sessionId: id, state, reason, by: 'CARDHOLDER', step, now: NOW }),
    ] as const;
  await pool().query('TRUNCATE session CASCADE');
  await agree(
    everyCase({ cancelled: 'USER_CANCELLATION', failed: 'UNKNOWN_ERROR' } as const, (_, reason) => ({
      event: { kind: 'END', reason },
      statements: [end(reason === 'USER_CANCELLATION' ? 'cancelled' : 'failed', reason)],
    })),
  );
}, 120_000);

/** When the proof expires, and the proof that is presented. */
const PROOFS = {
  'the proof': { seconds: MILLISECOND, text: 'proof' },
  'the proof at its end': { seconds: 0, text: 'proof' },
  'the proof after its end': { seconds: -MILLISECOND, text: 'proof' },
  'another proof': { seconds: 60, text: 'another proof' },
};

const bindRequest = (of: Subject, proofHash: Buffer, changes: Partial<BindRequest> = {}): BindRequest => ({
  ...{ sessionId: of.id, clientId: clientOf(of), role: of.kind === 'ENROLMENT' ? 'issuer' : 'merchant' },
  ...{ proofHash, newBindingId: randomUUID(), indexVersions: [1] },
  ...{ step: { at: NOW.getTime(), step: 'BINDING' }, now: NOW, ...changes },
});

test(
  'BIND',
  () =>
    agree(
      everyCase(PROOFS, (id, { seconds, text }) => {
        const proofHash = hashOf(`${id} ${text}`);
        return {
          event: { kind: 'BIND', proofHash },
          statements: [
            [
              'bound',
              async (of) => (await consumeProof(pool(), bindRequest(of, proofHash), undefined)).bound !== undefined,
            ],
          ],
          columns: { passkey_id: PASSKEY, proof_expires_at: addSeconds(NOW, seconds) },
        };
      }),
    ),
  120_000,
);

test.each([
  ['another client', { clientId: 'shop' }, {}],
  ['indexes by another key', {}, { account_key_versions: [2] }],
  ['indexes by fewer keys than today', { indexVersions: [1, 2] }, {}],
  ['no indexes, as the version before stored it', {}, { account_key_versions: null, account_indexes: null }],
  ['a passkey that is deleted', {}, { passkey_id: null }],
] as const)('BIND is refused, and changes nothing: %s', async (_, change, columns) => {
  const one: SessionRow = {
    ...{ id: 'a', state: 'enrolled', kind: 'ENROLMENT', expiresAt: addSeconds(NOW, 60) },
    columns: { passkey_id: PASSKEY, ...columns },
  };
  await insertSessions(pool(), [one]);
  const before = await readRows(pool());
  const { bound } = await consumeProof(pool(), bindRequest(one, hashOf('a proof'), change), undefined);
  expect(bound).toBeUndefined();
  expect(await readRows(pool())).toEqual(before);
});

test('BIND of a shop is refused while its card is indexed by another key than its accounts', async () => {
  const one: SessionRow = {
    ...{ id: 'a', state: 'enrolled', kind: 'INSTRUMENT', expiresAt: addSeconds(NOW, 60) },
    columns: { passkey_id: PASSKEY, card_index: hashOf('card by another key') },
  };
  await insertSessions(pool(), [one]);
  const bind = (indexes?: Parameters<typeof consumeProof>[3]) =>
    consumeProof(pool(), bindRequest(one, hashOf('a proof')), undefined, indexes);
  expect((await bind()).bound).toBeUndefined();
  const { bound } = await bind({ accounts: [CARD], card: CARD });
  const { rows } = await pool().query(
    'SELECT card_index, account_index, key_version FROM binding JOIN binding_account USING (binding_id) WHERE binding_id = $1',
    [bound?.bindingId],
  );
  expect(rows).toEqual([{ card_index: CARD.index, account_index: CARD.index, key_version: 1 }]);
});

test('BIND without other indexes binds those of the session, with their kinds and their version', async () => {
  const one: SessionRow = {
    ...{ id: 'a', state: 'enrolled', kind: 'INSTRUMENT', expiresAt: addSeconds(NOW, 60) },
    // The first half are indexes by the current key, which are bound. The second half are by an older key.
    columns: {
      passkey_id: PASSKEY,
      account_indexes: [hashOf('card'), hashOf('email'), hashOf('old card'), hashOf('old email')],
      account_key_versions: [2, 1],
    },
  };
  await insertSessions(pool(), [one]);
  const { bound } = await consumeProof(
    pool(),
    bindRequest(one, hashOf('a proof'), { indexVersions: [2, 1] }),
    undefined,
  );
  expect(bound).toMatchObject({ passkeyId: PASSKEY, srcCorrelationId: 'a' });
  const { rows } = await pool().query(
    'SELECT account_index, key_version, kind FROM binding_account WHERE binding_id = $1 ORDER BY kind',
    [bound?.bindingId],
  );
  expect(rows).toEqual([
    { account_index: hashOf('card'), key_version: 2, kind: 'CARD' },
    { account_index: hashOf('email'), key_version: 2, kind: 'EMAIL' },
  ]);
});

test.each([
  ['of the session', TRACE, undefined],
  ['of the caller', OTHER_TRACE, OTHER_TRACE],
])('the step of a BIND names the trace only if it is another than the session’s: that %s', async (_, trace, stored) => {
  const one: SessionRow = {
    ...{ id: 'a', state: 'enrolled', kind: 'ENROLMENT', expiresAt: addSeconds(NOW, 60) },
    columns: { passkey_id: PASSKEY, trace_context: `00-${TRACE}-00f067aa0ba902b7-01` },
  };
  await insertSessions(pool(), [one]);
  const bound = { at: NOW.getTime(), step: 'BINDING' as const };
  await consumeProof(pool(), bindRequest(one, hashOf('a proof'), { step: { ...bound, trace } }), undefined);
  const { timeline } = (await readRows(pool())).get('a') ?? {};
  expect(timeline).toEqual([{ ...bound, ...(stored && { trace: stored }) }]);
});
