/** OPEN in SQL agrees with `decide`: every state, kind of session, clock edge and key, through both. */
import { addSeconds } from '@payment-passkeys/protocol';
import type { Database } from '@payment-passkeys/storage';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { consumeOpening, type Opening, type OpeningFacts } from '../src/domain/ceremonies/opening.ts';
import { decide, stepOf } from '../src/domain/sessions/session.ts';
import { findSession, type Session } from '../src/domain/sessions/store.ts';
import {
  clientOf,
  createDatabaseWithClients,
  everySession,
  forAll,
  hashOf,
  insertSessions,
  type Kind,
  NOW,
  readRows,
  type SessionRow,
} from './session-rows.ts';

const DEVICE = 'device-of-the-cardholder';

let database: Database;
beforeAll(async () => {
  database = await createDatabaseWithClients();
  await addPasskey('of-card', { account: 'card', kind: 'CARD' });
});
afterAll(() => database.close());
beforeEach(() => database.pool.query('TRUNCATE session CASCADE'));

/** A live passkey that the bank has bound to an account; with `deviceId`, on that device. */
async function addPasskey(
  id: string,
  bound: { readonly account?: string; readonly kind?: 'CARD' | 'EMAIL'; readonly deviceId?: string },
): Promise<void> {
  const { account = id, kind = 'CARD', deviceId } = bound;
  await database.pool.query(
    `WITH made AS (INSERT INTO passkey (passkey_id, webauthn_id, user_handle, public_key, algorithm, sign_count, aaguid, attestation_format, attestation_trusted,
                                        backup_eligible, backed_up, transports, created_at, last_used_at)
                   SELECT $1, $2, $2, '', -7, 0, gen_random_uuid(), 'none', false, false, false, '{internal}', $3, $3 RETURNING passkey_id),
          bound AS (INSERT INTO binding (binding_id, passkey_id, client_id, created_at, updated_at) SELECT passkey_id, passkey_id, 'bank', $3, $3 FROM made),
          device AS (INSERT INTO device (device_id, cookie_hash, created_at, last_used_at) SELECT $6, $2, $3, $3 WHERE $6::text IS NOT NULL),
          attached AS (INSERT INTO device_passkey SELECT $6, passkey_id, passkey_id, $3 FROM made WHERE $6::text IS NOT NULL)
     INSERT INTO binding_account SELECT passkey_id, $4, 1, $5, $3 FROM made`,
    [id, hashOf(id), NOW, hashOf(account), kind, deviceId ?? null],
  );
}

/** A vault with the members that the statement uses. */
const vaultOf = (...versions: readonly number[]) => {
  const keys = versions.map((version) => ({ version, secret: Buffer.alloc(32) }));
  return { encryption: keys, index: keys };
};

const WITHOUT_ACCOUNTS = { accounts: null, account_indexes: null, account_kinds: null, account_key_versions: null };

const openingOf = (row: Pick<SessionRow, 'id' | 'kind'>, changes: Partial<Opening> = {}): Opening => ({
  sessionId: row.id,
  clientId: clientOf(row),
  clientSessionId: row.id,
  tokenHash: undefined,
  ceremonyHash: undefined,
  newCeremonyHash: hashOf(`${row.id} new cookie`),
  deviceId: undefined,
  challenge: hashOf('new challenge'),
  userHandle: hashOf('new user'),
  compliance: undefined,
  browserFamily: 'Unknown',
  step: { at: NOW.getTime(), step: 'OPEN' },
  vault: vaultOf(1),
  now: NOW,
  ...changes,
});

/** The keys that the caller may send for the session with this id. */
const KEYS = {
  'the token': (id) => ({ tokenHash: hashOf(`${id} token`) }),
  'another token': () => ({ tokenHash: hashOf('another') }),
  'the cookie': (id) => ({ ceremonyHash: hashOf(`${id} cookie`) }),
  'another cookie': () => ({ ceremonyHash: hashOf('another') }),
  'the token and another cookie': (id) => ({ tokenHash: hashOf(`${id} token`), ceremonyHash: hashOf('another') }),
  'the token as cookie': (id) => ({ ceremonyHash: hashOf(`${id} token`), tokenHash: hashOf(`${id} cookie`) }),
  both: (id) => ({ tokenHash: hashOf(`${id} token`), ceremonyHash: hashOf(`${id} cookie`) }),
  nothing: () => ({}),
} as const satisfies Record<string, (id: string) => Partial<Opening>>;

const CASES = everySession(KEYS, (id, keysOf) => ({
  keys: { tokenHash: undefined, ceremonyHash: undefined, ...keysOf(id) },
  columns: {},
}));

test(`the statement opens a session where \`decide\` says so, into the state that it says, and else changes nothing (${CASES.length} cases)`, async () => {
  await insertSessions(database.pool, CASES);
  const before = await readRows(database.pool);
  const decided = new Map<string, { readonly session: Session; readonly next: string | undefined }>();
  const opened = new Map<string, Awaited<ReturnType<typeof consumeOpening>>>();
  await forAll(CASES, async (one) => {
    const session = await findSession(database.pool, one.id);
    if (session === undefined) throw new Error('The session was inserted.');
    const decision = decide(session, { kind: 'OPEN', ...one.keys }, NOW);
    decided.set(one.id, { session, next: decision.outcome === 'NEXT' ? decision.next : undefined });
    opened.set(one.id, await consumeOpening(database.pool, openingOf(one, one.keys)));
  });
  const after = await readRows(database.pool);
  expect([...decided.values()].filter(({ next }) => next !== undefined).length).toBeGreaterThan(50);
  for (const { id, state } of CASES) {
    const { session, next } = decided.get(id) ?? {};
    expect(opened.get(id) === undefined ? undefined : after.get(id)?.state, id).toBe(next);
    if (next === undefined) {
      expect(after.get(id), id).toEqual(before.get(id));
      continue;
    }
    const offers = session && stepOf(session) === 'PASSKEY' ? 'CREATE' : session && stepOf(session);
    const isNew = state === 'created';
    expect(after.get(id), id).toMatchObject({
      ceremony_hash: hashOf(isNew ? `${id} new cookie` : `${id} cookie`),
      challenge: hashOf('new challenge'),
      user_handle: hashOf('new user'),
      return_to: 'https://bank.example/callback',
      timeline: [{ at: NOW.getTime(), step: 'OPEN', offer: offers, ...(!isNew && { decision: 'REPEATED' }) }],
    });
    expect(opened.get(id)?.state, id).toBe(state);
  }
}, 120_000);

describe('what else the statement decides', () => {
  const row = (
    kind: Kind,
    columns: SessionRow['columns'] = {},
    state: SessionRow['state'] = 'created',
  ): SessionRow => ({
    id: 'a',
    state,
    kind,
    expiresAt: addSeconds(NOW, 60),
    columns,
  });
  const open = async (
    session: SessionRow,
    { change, facts }: { readonly change?: Partial<Opening>; readonly facts?: OpeningFacts } = {},
  ) => {
    await insertSessions(database.pool, [session]);
    const keys = session.state === 'created' ? KEYS['the token'](session.id) : KEYS['the cookie'](session.id);
    const before = await readRows(database.pool);
    const opened = await consumeOpening(database.pool, openingOf(session, { ...keys, ...change }), facts);
    if (opened === undefined) expect(await readRows(database.pool)).toEqual(before);
    return opened;
  };
  const FACTS: OpeningFacts = { returnTo: 'https://bank.example/launch', accountIndexes: [hashOf('card')] };

  test.each([
    ['the client session id in another case', row('ENROLMENT'), { clientSessionId: 'A' }, 'opened'],
    ['another client', row('ENROLMENT'), { clientId: 'shop' }, 'refused'],
    ['another client session id', row('ENROLMENT'), { clientSessionId: 'b' }, 'refused'],
    ['no compliance details', row('ENROLMENT', { compliance: null }), {}, 'refused'],
    [
      'those of the launch',
      row('ENROLMENT', { compliance: null }),
      { compliance: { complianceResources: [] } as never },
      'opened',
    ],
    ['no callback', row('ENROLMENT', { callback_uri: null }), {}, 'refused'],
    ['accounts that another key has sealed', row('ENROLMENT', { accounts: Buffer.of(2) }), {}, 'refused'],
    ['indexes by another key', row('ENROLMENT', { account_key_versions: [2] }), {}, 'refused'],
    ['indexes by fewer keys', row('ENROLMENT'), { vault: vaultOf(1, 2) }, 'refused'],
    ['no indexes, as the version before stored it', row('ENROLMENT', { account_key_versions: null }), {}, 'refused'],
    ['a payment by a binding, which has no accounts', row('AUTHENTICATE', WITHOUT_ACCOUNTS), {}, 'opened'],
    ['an enrolment without accounts', row('ENROLMENT', WITHOUT_ACCOUNTS), {}, 'refused'],
    ['a payment without a passkey left', row('AUTHENTICATE', { account_indexes: [hashOf('other')] }), {}, 'refused'],
    ['a card whose issuer is not a bank', row('INSTRUMENT', { issuer_id: 'shop' }), {}, 'refused'],
    ['a card without an issuer', row('INSTRUMENT', { issuer_id: null }), {}, 'refused'],
  ] as const)('%s', async (_, session, change, outcome) => {
    expect((await open(session, { change })) === undefined ? 'refused' : 'opened').toBe(outcome);
  });

  test('with facts it opens what its row says too little of, and goes by them', async () => {
    const opened = await open(row('ENROLMENT', { callback_uri: null, account_key_versions: null }), { facts: FACTS });
    expect(opened).toMatchObject({ returnTo: FACTS.returnTo, passkeys: [{ ofAccounts: true, onDevice: false }] });
  });

  test('the callback of the session is used before that of the facts', async () => {
    expect(await open(row('ENROLMENT'), { facts: FACTS })).toMatchObject({ returnTo: 'https://bank.example/callback' });
  });

  test.each(['bank', 'shop'] as const)('nothing is opened while %s is suspended', async (clientId) => {
    await database.pool.query('UPDATE client SET suspended_at = $2 WHERE client_id = $1', [clientId, NOW]);
    try {
      for (const kind of clientId === 'bank' ? (['ENROLMENT', 'INSTRUMENT'] as const) : (['AUTHENTICATE'] as const)) {
        expect(await open({ ...row(kind), id: `${kind} of ${clientId}` })).toBeUndefined();
      }
    } finally {
      await database.pool.query('UPDATE client SET suspended_at = NULL');
    }
  });

  test('passkeys: of the card by anyone, of the device, of an e-mail address only for the issuer that has bound it', async () => {
    await addPasskey('of-email', { account: 'email', kind: 'EMAIL' });
    await addPasskey('on-device', { deviceId: DEVICE });
    const idsOf = async (session: SessionRow) =>
      (await open(session, { change: { deviceId: DEVICE } }))?.passkeys.map(({ credentialId }) =>
        ['of-card', 'of-email', 'on-device'].find((id) => hashOf(id).equals(credentialId)),
      );
    expect((await idsOf(row('ENROLMENT')))?.toSorted()).toEqual(['of-card', 'of-email', 'on-device']);
    const verified = { ...row('INSTRUMENT', { verified_at: NOW }, 'verified'), id: 'b' };
    expect((await idsOf(verified))?.toSorted()).toEqual(['of-card', 'on-device']);
    expect(await idsOf({ ...row('INSTRUMENT'), id: 'c' })).toEqual([]);
  });
});
