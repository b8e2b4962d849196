/** Four eyes (contract §18): a change waits for a second operator, whatever way around it one person tries. */
import { randomUUID } from 'node:crypto';
import { addSeconds } from '@payment-passkeys/protocol';
import { APPROVAL_SECONDS, type Approval } from '@payment-passkeys/protocol/console';
import type { Database } from '@payment-passkeys/storage';
import { buildClientRegistration, createThrowawayDatabase } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decide, readApprovals, readApprovalsOfClient, submitChange } from '../src/domain/approvals/approvals.ts';
import { proposeRegistration, proposeResumption } from '../src/domain/approvals/client-changes.ts';
import { type Decision, forgetRequests, lapseRequests } from '../src/domain/approvals/store.ts';
import { buildRegistration, readRegistration } from '../src/domain/clients/registration.ts';
import { findClient, saveClient, suspendClient } from '../src/domain/clients/store.ts';
import { MIGRATIONS, MIGRATIONS_TABLE } from '../src/process/network-database.ts';
import { bySetUp } from './by-set-up.ts';
import { makePem } from './pem.ts';

const NOW = new Date('2026-11-28T10:32:00Z');
const ANNA = { operatorId: 'anna', name: 'Anna', role: 'OPERATOR' } as const;
const BEN = { operatorId: 'ben', name: 'Ben', role: 'OPERATOR' } as const;
const [PEM, NEXT_PEM] = [makePem(), makePem()];

let database: Database;
let clientId: string;
beforeAll(async () => {
  database = await createThrowawayDatabase({ migrations: MIGRATIONS, table: MIGRATIONS_TABLE, poolSize: 8 });
  for (const { operatorId, name, role } of [ANNA, BEN]) {
    const values = [operatorId, name, role, NOW];
    await pool().query('INSERT INTO operator (operator_id, name, role, created_at) VALUES ($1, $2, $3, $4)', values);
  }
});
afterAll(() => database.close());
beforeEach(async () => {
  clientId = `bank-${randomUUID()}`;
  await database.pool.query('DELETE FROM client_account_range');
  await saveClient(pool(), readRegistration(build({})), bySetUp(NOW));
});

const pool = () => database.pool;
const build = (changes: object) => ({ ...buildClientRegistration(PEM), clientId, consumerKey: clientId, ...changes });
const NEW_DOMAIN = { callbackDomains: ['new.bank.example'] };

async function propose(changes: object, version: number | undefined) {
  return proposeRegistration(pool(), { registration: build(changes), version, mode: 'production' });
}

async function submit(changes: object, { approvals = true, by = ANNA, now = NOW } = {}) {
  return submitChange(pool(), await propose(changes, 1), { by, approvals, now });
}

async function request(changes: object = NEW_DOMAIN): Promise<Approval> {
  const { approval } = await submit(changes);
  if (approval === undefined) throw new Error('It waits.');
  return approval;
}

const approveAs = (by: typeof ANNA | typeof BEN, { approvalId, hash }: Approval, now = NOW) =>
  decide(pool(), 'APPROVED', { approvalId, hash, by, now });
const decideAs = (decision: Decision, by: typeof ANNA | typeof BEN, { approvalId, hash }: Approval) =>
  decide(pool(), decision, { approvalId, hash, by, now: NOW });

const domains = async () => (await findClient(pool(), clientId))?.callbackDomains;
const UNCHANGED = buildClientRegistration(PEM).callbackDomains;
const refusal = (code: string) => expect.objectContaining({ code });

describe('what waits', () => {
  test.each<[string, object, readonly string[]]>([
    ['a signing key', { signingKey: undefined, signingKeys: [PEM, NEXT_PEM] }, ['signingKeys']],
    ['the consumer key', { consumerKey: 'another' }, ['consumerKey']],
    ['an account range', { accountRanges: ['555555'] }, ['accountRanges']],
    ['a callback domain', NEW_DOMAIN, ['callbackDomains']],
    ['an app’s scheme', { callbackSchemes: ['com.example.other'] }, ['callbackSchemes']],
    [
      'an issuer’s verification',
      { verification: { uri: 'https://bank.example/v', signingKey: PEM, encryptionKey: PEM } },
      ['verification.uri', 'verification.signingKey', 'verification.encryptionKey'],
    ],
    ['whether an issuer activates bindings', { activation: 'BY_ISSUER' }, ['activation']],
    ['a callback domain with a name: the whole', { ...NEW_DOMAIN, name: 'Other Bank' }, ['callbackDomains']],
  ])('%s', async (_, changes, waitsFor) => {
    const { outcome, approval } = await submit(changes);
    expect({ outcome, state: approval?.state, waitsFor: approval?.waitsFor }).toEqual({
      ...{ outcome: 'WAITING', state: 'WAITING' },
      waitsFor,
    });
    expect(await findClient(pool(), clientId)).toMatchObject({ version: 1, name: build({}).name });
    expect(await readApprovalsOfClient(pool(), { clientId, now: NOW })).toEqual([approval]);
  });

  test.each<[string, object]>([
    ['a name', { name: 'Other Bank' }],
    ['countries', { countries: ['DE'] }],
    ['a webhook', { webhooks: [{ uri: 'https://bank.example/events', types: ['binding.*'] }] }],
  ])('%s is changed at once', async (_, changes) => {
    expect(await submit(changes)).toEqual({ outcome: 'DONE' });
    expect(await findClient(pool(), clientId)).toMatchObject({ version: 2, ...changes });
  });

  test('a new client waits, and is there after its approval', async () => {
    const added = `${clientId}-2`;
    const changes = { clientId: added, consumerKey: added, accountRanges: ['444444'] };
    const proposed = await propose(changes, undefined);
    const { approval } = await submitChange(pool(), proposed, { by: ANNA, approvals: true, now: NOW });
    expect(await findClient(pool(), added)).toBeUndefined();
    await approveAs(BEN, approval as Approval);
    expect(await findClient(pool(), added)).toMatchObject({ version: 1, accountRanges: ['444444'] });
  });

  test('a resumption waits; a suspension does not', async () => {
    await suspendClient(pool(), clientId, bySetUp(NOW));
    const proposed = await proposeResumption(pool(), { clientId, version: 2 });
    const { approval } = await submitChange(pool(), proposed, { by: ANNA, approvals: true, now: NOW });
    expect(await findClient(pool(), clientId)).toMatchObject({ suspended: true });
    await approveAs(BEN, approval as Approval);
    expect(await findClient(pool(), clientId)).toMatchObject({ suspended: false, version: 3 });
  });

  test('nothing waits with approvals off', async () => {
    expect(await submit(NEW_DOMAIN, { approvals: false })).toEqual({ outcome: 'DONE' });
    expect(await domains()).toEqual(['new.bank.example']);
  });
});

describe('one person', () => {
  test.each<[Decision, string]>([
    ['APPROVED', 'APPROVAL_NEEDS_ANOTHER'],
    ['REJECTED', 'APPROVAL_NEEDS_ANOTHER'],
  ])('who asked cannot make it %s', async (decision, code) => {
    const approval = await request();
    await expect(decideAs(decision, ANNA, approval)).rejects.toEqual(refusal(code));
    expect(await domains()).toEqual(UNCHANGED);
  });

  test('cannot by a second session under another name either: the operator counts', async () => {
    const approval = await request();
    await expect(approveAs({ ...ANNA, name: 'Ben' } as never, approval)).rejects.toEqual(
      refusal('APPROVAL_NEEDS_ANOTHER'),
    );
  });

  test('cannot by the database’s own role: it refuses the row', async () => {
    const { approvalId } = await request();
    await expect(
      pool().query(
        `UPDATE approval SET state = 'APPROVED', decided_by = requested_by, decided_at = now() WHERE approval_id = $1`,
        [approvalId],
      ),
    ).rejects.toThrow('approval_four_eyes');
  });

  test('an auditor or a support agent decides nothing', async () => {
    const approval = await request();
    for (const role of ['AUDITOR', 'SUPPORT', 'ADMINISTRATOR'])
      await expect(approveAs({ ...BEN, role } as never, approval)).rejects.toEqual(refusal('ROLE_NOT_ALLOWED'));
    expect(await domains()).toEqual(UNCHANGED);
  });
});

describe('another person', () => {
  test('approves: the change is made as it was shown', async () => {
    const approval = await request();
    expect(approval.differences).toEqual([
      { field: 'callbackDomains', before: UNCHANGED, after: ['new.bank.example'] },
    ]);
    expect(await approveAs(BEN, approval)).toMatchObject({
      state: 'APPROVED',
      requestedBy: { operatorId: 'anna', name: 'Anna' },
      decidedBy: { operatorId: 'ben', name: 'Ben' },
    });
    expect(await domains()).toEqual(['new.bank.example']);
  });

  test('rejects: nothing changes, and it cannot be approved any more', async () => {
    const approval = await request();
    await decideAs('REJECTED', BEN, approval);
    await expect(approveAs(BEN, approval)).rejects.toEqual(refusal('APPROVAL_OVER'));
    expect(await domains()).toEqual(UNCHANGED);
  });

  test('cannot withdraw it; who asked can', async () => {
    const approval = await request();
    await expect(decideAs('WITHDRAWN', BEN, approval)).rejects.toEqual(refusal('APPROVAL_NOT_OWN'));
    expect(await decideAs('WITHDRAWN', ANNA, approval)).toMatchObject({ state: 'WITHDRAWN' });
    await expect(approveAs(BEN, approval)).rejects.toEqual(refusal('APPROVAL_OVER'));
  });

  test('does not find a request that there is not', async () => {
    const approval = { ...(await request()), approvalId: randomUUID() };
    await expect(approveAs(BEN, approval)).rejects.toEqual(refusal('APPROVAL_NOT_FOUND'));
  });

  test.each([
    [APPROVAL_SECONDS - 1, 'APPROVED'],
    [APPROVAL_SECONDS, 'LAPSED'],
  ])('approves %i seconds later: %s', async (seconds, state) => {
    const approval = await request();
    const later = addSeconds(NOW, seconds);
    if (state === 'APPROVED') return expect(await approveAs(BEN, approval, later)).toMatchObject({ state });
    await expect(approveAs(BEN, approval, later)).rejects.toEqual(refusal('APPROVAL_OVER'));
    expect(await domains()).toEqual(UNCHANGED);
    expect(await readApprovalsOfClient(pool(), { clientId, now: later })).toEqual([]);
    const { items } = await readApprovals(pool(), { all: true, before: undefined, now: later });
    expect(items.find(({ approvalId }) => approvalId === approval.approvalId)?.state).toBe('LAPSED');
  });
});

describe('a request that is not what it was', () => {
  test.each<[string, string]>([
    ['the change', `content = replace(content, 'new.bank.example', 'evil.example')`],
    ['what is shown', `content = replace(content, '"differences":[{', '"differences":[],"x":[{')`],
    ['the time', `lapses_at = lapses_at + interval '1 day'`],
    ['the requester', `requested_by = 'carl'`],
    ['the kind', `kind = 'client.add'`],
  ])('%s altered in the database: it is not approved', async (_, alteration) => {
    const approval = await request();
    await pool().query(`UPDATE approval SET ${alteration} WHERE approval_id = $1`, [approval.approvalId]);
    await expect(approveAs(BEN, approval)).rejects.toEqual(refusal('APPROVAL_ALTERED'));
    expect(await domains()).toEqual(UNCHANGED);
  });

  test('altered together with its hash: the operator has read another one', async () => {
    const approval = await request();
    await pool().query(`UPDATE approval SET hash = $2 WHERE approval_id = $1`, [approval.approvalId, 'f'.repeat(64)]);
    await expect(approveAs(BEN, approval)).rejects.toEqual(refusal('APPROVAL_ALTERED'));
  });

  test('the client has changed since: nothing is overwritten, and the request still waits', async () => {
    const approval = await request();
    await submit({ name: 'Other Bank' });
    await expect(approveAs(BEN, approval)).rejects.toEqual(refusal('CLIENT_CHANGED'));
    expect(await domains()).toEqual(UNCHANGED);
    expect(await readApprovalsOfClient(pool(), { clientId, now: NOW })).toEqual([approval]);
  });

  test('of two requests on the same version one can be approved', async () => {
    const [first, second] = [await request(), await request({ accountRanges: ['555555'] })];
    await approveAs(BEN, second);
    await expect(approveAs(BEN, first)).rejects.toEqual(refusal('CLIENT_CHANGED'));
  });

  test('another client has taken the account range since', async () => {
    const approval = await request({ accountRanges: ['555555', '666666'] });
    const other = { ...build({}), clientId: `${clientId}-2`, consumerKey: `${clientId}-2`, accountRanges: ['66666'] };
    expect(await saveClient(pool(), readRegistration(other), bySetUp(NOW))).toBe('added');
    await expect(approveAs(BEN, approval)).rejects.toMatchObject({
      faults: [{ code: 'INVALID_FIELD', pointer: '/registration/accountRanges' }],
    });
  });
});

describe('at the same time', () => {
  test('approved many times: once', async () => {
    const approval = await request();
    const taken = await Promise.allSettled(Array.from({ length: 12 }, () => approveAs(BEN, approval)));
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await findClient(pool(), clientId)).toMatchObject({ version: 2 });
  });

  test('approved, rejected and withdrawn: one of them', async () => {
    for (let round = 0; round < 5; round++) {
      const version = (await findClient(pool(), clientId))?.version ?? 0;
      const proposed = await propose({ callbackDomains: [`round-${round}.bank.example`] }, version);
      const { approval } = await submitChange(pool(), proposed, { by: ANNA, approvals: true, now: NOW });
      const calls = [
        approveAs(BEN, approval as Approval),
        decideAs('REJECTED', { ...BEN, operatorId: 'carl' } as never, approval as Approval),
        decideAs('WITHDRAWN', ANNA, approval as Approval),
      ];
      const done = (await Promise.allSettled(calls)).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(done).toHaveLength(1);
      const changed = done[0]?.state === 'APPROVED';
      expect(await findClient(pool(), clientId)).toMatchObject({ version: changed ? version + 1 : version });
    }
  });
});

describe('a proposal', () => {
  test.each<[string, object, number | undefined, string]>([
    ['on another version', {}, 7, 'CLIENT_CHANGED'],
    ['as a new client under a known id', {}, undefined, 'CLIENT_EXISTS'],
    ['of a client that there is not', { clientId: 'nobody', consumerKey: 'nobody' }, 1, 'CLIENT_NOT_FOUND'],
    ['with a wrong field', { accountRanges: ['5'] }, 1, 'INVALID_FIELD'],
  ])('%s is refused', async (_, changes, version, code) => {
    const given = { registration: build(changes), version, mode: 'production' } as const;
    await expect(proposeRegistration(pool(), given)).rejects.toEqual(refusal(code));
  });

  test('of a resumption names the present version of a suspended client', async () => {
    await expect(proposeResumption(pool(), { clientId, version: 1 })).rejects.toEqual(refusal('CLIENT_CHANGED'));
    await expect(proposeResumption(pool(), { clientId: 'nobody', version: 1 })).rejects.toEqual(
      refusal('CLIENT_NOT_FOUND'),
    );
  });
});

test('a stored registration is read back as the same client', () => {
  const client = readRegistration(build({ callbackSchemes: ['com.example.bank'], attestation: { demand: 'record' } }));
  expect(readRegistration(buildRegistration(client))).toEqual(client);
});

test('requests are listed in pages, the newest first', async () => {
  await pool().query('DELETE FROM approval');
  const made: string[] = [];
  for (let n = 0; n < 53; n++) {
    const { approval } = await submit(NEW_DOMAIN, { now: addSeconds(NOW, n) });
    made.unshift(approval?.approvalId ?? '');
  }
  const first = await readApprovals(pool(), { all: false, before: undefined, now: NOW });
  const second = await readApprovals(pool(), { all: false, before: first.next, now: NOW });
  expect([...first.items, ...second.items].map(({ approvalId }) => approvalId)).toEqual(made);
  expect([first.items.length, second.next]).toEqual([50, undefined]);
});

test('the audit trail says who asked, who approved, and what changed on whose behalf', async () => {
  const { approvalId, hash } = await request();
  await decide(pool(), 'APPROVED', { approvalId, hash, by: BEN, now: NOW });
  const { rows } = await pool().query(
    `SELECT actor ->> 'id' AS actor, action, on_behalf_of ->> 'id' AS for, before, after FROM audit_pending
     WHERE subject_id IN ($1, $2) AND actor ->> 'kind' = 'OPERATOR' ORDER BY arrival`,
    [approvalId, clientId],
  );
  const asked = { kind: 'client.change', subjectId: clientId, hash };
  expect(rows).toEqual([
    { actor: 'anna', action: 'approval.requested', for: null, before: null, after: asked },
    { actor: 'ben', action: 'approval.approved', for: 'anna', before: null, after: asked },
    {
      ...{ actor: 'ben', action: 'client.replaced', for: 'anna' },
      before: { callbackDomains: UNCHANGED },
      after: { callbackDomains: ['new.bank.example'] },
    },
  ]);
});

test('a request that nobody has decided in time lapses once, and the audit trail says so', async () => {
  await pool().query('DELETE FROM approval');
  const [old, young] = [await request(), (await submit(NEW_DOMAIN, { now: addSeconds(NOW, 1) })).approval];
  expect(await lapseRequests(pool(), addSeconds(NOW, APPROVAL_SECONDS - 1))).toBe(0);
  const end = addSeconds(NOW, APPROVAL_SECONDS);
  const lapsed = await Promise.all(Array.from({ length: 4 }, () => lapseRequests(pool(), end)));
  expect(lapsed.reduce((sum, one) => sum + one)).toBe(1);
  await expect(approveAs(BEN, old, end)).rejects.toEqual(refusal('APPROVAL_OVER'));
  const { items } = await readApprovals(pool(), { all: true, before: undefined, now: end });
  expect(items.map(({ approvalId, state }) => [approvalId, state])).toEqual([
    [young?.approvalId, 'WAITING'],
    [old.approvalId, 'LAPSED'],
  ]);
  const { rows } = await pool().query(
    `SELECT at, actor, subject_id, after FROM audit_pending WHERE action = 'approval.lapsed'`,
  );
  const after = { kind: 'client.change', subjectId: clientId, hash: old.hash };
  expect(rows).toEqual([{ at: end, actor: { kind: 'NETWORK' }, subject_id: old.approvalId, after }]);
});

test.each([
  ['2028-11-27T10:32:00Z', 0],
  ['2028-11-28T10:33:00Z', 1],
])('at %s, %i requests are deleted: after 24 months, as in the audit trail', async (time, deleted) => {
  await pool().query('DELETE FROM approval');
  await request();
  expect(await forgetRequests(pool(), new Date(time))).toBe(deleted);
});
