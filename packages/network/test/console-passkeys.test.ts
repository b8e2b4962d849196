/** Passkeys through the console's API (contract §18): found by an account or an id, suspended, resumed, deleted; each change is in the audit trail. */
import { randomUUID } from 'node:crypto';
import { compileSchema } from '@payment-passkeys/protocol';
import type { AuditEntry, ChangeOutcome, PasskeyChanged, PasskeyView } from '@payment-passkeys/protocol/console';
import { FoundPasskeys, PasskeyView as PasskeyViewSchema } from '@payment-passkeys/protocol/console';
import { startPayment } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestConsole, type TestOperator } from './console-caller.ts';
import { act, type Cardholder, enrolCardholder } from './lifecycle.ts';
import { addCardAtShop, freshPan, paymentBy, startTestShop, type TestShop } from './shop.ts';

let at: TestShop;
let atConsole: Awaited<ReturnType<typeof openTestConsole>>;
let operators: Readonly<Record<'SUPPORT' | 'OPERATOR' | 'AUDITOR', TestOperator>>;

beforeAll(async () => {
  at = await startTestShop();
  atConsole = await openTestConsole(at.network, { approvals: false });
  operators = {
    SUPPORT: await atConsole.operator('SUPPORT'),
    OPERATOR: await atConsole.operator('OPERATOR'),
    AUDITOR: await atConsole.operator('AUDITOR'),
  };
});
afterAll(async () => {
  await atConsole.close();
  await at.network.stop();
});

const search = (body: object, by = operators.SUPPORT) => by.call('POST', '/api/passkeys/search', body);
const view = async (id: string): Promise<PasskeyView> =>
  (await operators.SUPPORT.call('GET', `/api/passkeys/${id}`)).body;
const change = (by: TestOperator, id: string, action: 'suspend' | 'resume' | 'delete', more = {}) =>
  by.call('POST', `/api/passkeys/${id}/${action}`, { reasonCode: 'DEVICE_STOLEN', ...more });
const idOf = ({ atBank }: Cardholder) => atBank.credentialId;

describe('a search', () => {
  test('by card number as people write it, by passkey, binding or device', async () => {
    const one = await enrolCardholder(at);
    const written = one.pan.replaceAll(/(.{4})/g, '$1 ').trim();
    const [device] = one.atBank.devices;
    const wanted = [
      { account: { primaryAccountNumber: written } },
      ...[idOf(one), one.atBank.bindingId, one.atShop.bindingId, device?.appInstanceId].map((id) => ({ id })),
    ];
    for (const body of wanted) {
      const { status, body: found } = await search(body);
      expect([status, compileSchema(FoundPasskeys).violations(found)]).toEqual([200, []]);
      expect(found.items).toMatchObject([
        { credentialId: idOf(one), status: 'ACTIVE', bindings: 2, devices: 1, heldBy: ['Test Bank', 'Test Shop'] },
      ]);
    }
  });

  test('tells of a passkey whose only binding waits for its issuer', async () => {
    const bindingId = await addCardAtShop(at, freshPan(), at.network.browser());
    const { pool } = at.network.database;
    await pool.query('UPDATE binding SET pending_activation = true WHERE binding_id = $1', [bindingId]);
    const [found] = (await search({ id: bindingId })).body.items;
    expect(found.status).toBe('PENDING_ACTIVATION');
    expect(await view(found.credentialId)).toMatchObject({
      status: 'PENDING_ACTIVATION',
      bindings: [{ status: 'PENDING_ACTIVATION' }],
    });
    expect(await act(at.network.client, 'ACTIVATE', { bindingId })).toMatchObject({ status: 200 });
    const { status, changes } = await view(found.credentialId);
    expect([status, changes[0]]).toMatchObject([
      'ACTIVE',
      { action: 'binding.activated', actor: { kind: 'CLIENT', id: 'test-bank' } },
    ]);
  });

  test('of an account without passkeys finds nothing; no account, two, or no card number are refused', async () => {
    expect((await search({ account: { primaryAccountNumber: freshPan() } })).body).toEqual({ items: [] });
    const refused = [
      {},
      { id: 'x', account: { emailAddress: 'a@bank.example' } },
      { account: {} },
      { account: { emailAddress: 'a@bank.example', mobileNumber: '+436601234567' } },
      { account: { primaryAccountNumber: '4000000000000000' } },
    ];
    for (const body of refused) expect((await search(body)).status).toBe(400);
  });

  test('by account is in the audit trail, without the account', async () => {
    const one = await enrolCardholder(at);
    await search({ account: { primaryAccountNumber: one.pan } });
    const { body } = await operators.AUDITOR.call('GET', `/api/audit?action=passkeys.searched`);
    const [entry] = body.items as AuditEntry[];
    expect(entry).toMatchObject({
      actor: { kind: 'OPERATOR', id: operators.SUPPORT.operatorId, name: operators.SUPPORT.name },
      after: { accountType: 'CARD', passkeys: [idOf(one)] },
    });
    expect(JSON.stringify(body)).not.toContain(one.pan);
  });
});

describe('a passkey', () => {
  test('is shown with its bindings, devices and authenticator, as its schema says', async () => {
    const one = await enrolCardholder(at);
    const shown = await view(idOf(one));
    expect(compileSchema(PasskeyViewSchema).violations(shown)).toEqual([]);
    expect(shown).toMatchObject({ status: 'ACTIVE', suspendedBy: [], counterRegressions: 0, changes: [] });
    expect(shown.bindings.map(({ heldBy }) => heldBy.name).sort()).toEqual(['Test Bank', 'Test Shop']);
    expect(shown.bindings.find(({ heldBy }) => heldBy.role === 'merchant')?.panLastFour).toBe(one.pan.slice(-4));
    expect(shown.devices).toHaveLength(1);
    expect(JSON.stringify(shown)).not.toContain(one.pan);
  });

  test('that there is not is 404', async () => {
    const { status, body } = await operators.SUPPORT.call('GET', `/api/passkeys/${randomUUID()}`);
    expect([status, body.errordetail[0].reason]).toEqual([404, 'PASSKEY_NOT_FOUND']);
  });

  test('is suspended by support: every binding, and a payment under way ends; the same again changes nothing', async () => {
    const one = await enrolCardholder(at);
    await startPayment(at.shop, paymentBy(one.atShop.bindingId));
    const { status, body } = await change(operators.SUPPORT, idOf(one), 'suspend');
    const made = body as PasskeyChanged;
    expect(status).toBe(200);
    expect(made).toMatchObject({
      bindings: 2,
      endedSessions: 1,
      passkey: { status: 'SUSPENDED', suspendedBy: ['NETWORK'] },
    });
    expect([...made.heldBy].sort()).toEqual(['Test Bank', 'Test Shop']);
    expect(made.passkey.changes).toHaveLength(2);
    for (const entry of made.passkey.changes) {
      expect(entry).toMatchObject({
        actor: { kind: 'OPERATOR', id: operators.SUPPORT.operatorId },
        action: 'binding.suspended',
        before: { suspendedBy: [] },
        after: { suspendedBy: ['NETWORK'], reasonCode: 'DEVICE_STOLEN', credentialId: idOf(one) },
      });
    }
    const again = (await change(operators.SUPPORT, idOf(one), 'suspend')).body as PasskeyChanged;
    expect(again).toMatchObject({ bindings: 0, heldBy: [], endedSessions: 0 });
    expect(again.passkey.changes).toHaveLength(2);
  });

  test('is resumed by an operator, who takes back the network’s word alone', async () => {
    const one = await enrolCardholder(at);
    await act(at.network.client, 'SUSPEND', { bindingId: one.atBank.bindingId });
    await change(operators.SUPPORT, idOf(one), 'suspend');
    const made = (await change(operators.OPERATOR, idOf(one), 'resume')).body as PasskeyChanged;
    expect(made).toMatchObject({ bindings: 2, passkey: { status: 'ACTIVE', suspendedBy: ['ISSUER'] } });
  });

  test('one binding of it alone; another passkey’s binding is none of it', async () => {
    const [one, other] = [await enrolCardholder(at), await enrolCardholder(at)];
    const made = await change(operators.SUPPORT, idOf(one), 'suspend', { bindingId: one.atShop.bindingId });
    expect(made.body).toMatchObject({ bindings: 1, heldBy: ['Test Shop'], passkey: { status: 'ACTIVE' } });
    const wrong = await change(operators.SUPPORT, idOf(one), 'suspend', { bindingId: other.atShop.bindingId });
    expect(wrong.status).toBe(404);
  });

  test('is deleted by an operator, for good', async () => {
    const one = await enrolCardholder(at);
    const made = (await change(operators.OPERATOR, idOf(one), 'delete')).body as PasskeyChanged;
    expect(made).toMatchObject({ bindings: 2, passkey: { status: 'DELETED' } });
    expect(made.passkey.bindings.map(({ status }) => status)).toEqual(['DELETED', 'DELETED']);
    const actions = made.passkey.changes.map(({ action }) => action).sort();
    expect(actions).toEqual(['binding.deleted', 'binding.deleted', 'passkey.deleted']);
    expect((await search({ account: { primaryAccountNumber: one.pan } })).body).toEqual({ items: [] });
  });

  test('several are deleted at once; an unknown one among them, or one alone: nothing is', async () => {
    const [one, other] = [await enrolCardholder(at), await enrolCardholder(at)];
    const remove = (credentialIds: readonly string[]) =>
      operators.OPERATOR.call('POST', '/api/passkeys/delete', { credentialIds, reasonCode: 'ACCOUNT_CLOSED' });
    const unknown = await remove([idOf(one), randomUUID()]);
    expect([unknown.status, unknown.body.errordetail[0].reason]).toEqual([404, 'PASSKEY_NOT_FOUND']);
    expect((await remove([idOf(one)])).status).toBe(400);
    expect((await view(idOf(one))).status).toBe('ACTIVE');
    expect((await remove([idOf(one), idOf(other)])).body).toEqual({ outcome: 'DONE' });
    for (const each of [one, other]) {
      const { status, changes } = await view(idOf(each));
      expect([status, changes.map(({ action }) => action).sort()]).toEqual([
        'DELETED',
        ['binding.deleted', 'binding.deleted', 'passkey.deleted'],
      ]);
    }
  });

  test('several wait for a second operator; with the approval both are deleted, and a payment under way ends', async () => {
    const [one, other] = [await enrolCardholder(at), await enrolCardholder(at)];
    const strict = await openTestConsole(at.network, { approvals: true });
    try {
      const [anna, ben] = [await strict.operator('OPERATOR'), await strict.operator('OPERATOR')];
      await startPayment(at.shop, paymentBy(one.atShop.bindingId));
      const { body } = await anna.call('POST', '/api/passkeys/delete', {
        credentialIds: [idOf(one), idOf(other)],
        reasonCode: 'ACCOUNT_CLOSED',
      });
      const { approval, outcome } = body as ChangeOutcome;
      expect([outcome, approval?.kind, approval?.differences]).toEqual([
        'WAITING',
        'passkeys.delete',
        [
          { field: 'passkeys', before: [one, other].map((each) => `${idOf(each)}, Test Bank, Test Shop`), after: [] },
          { field: 'reasonCode', before: [], after: ['ACCOUNT_CLOSED'] },
        ],
      ]);
      const approve = (by: TestOperator) =>
        by.call('POST', `/api/approvals/${approval?.approvalId}/approve`, { hash: approval?.hash });
      expect((await approve(anna)).body.errordetail[0].reason).toBe('APPROVAL_NEEDS_ANOTHER');
      expect((await approve(await strict.operator('ADMINISTRATOR'))).body.errordetail[0].reason).toBe(
        'ROLE_NOT_ALLOWED',
      );
      for (const each of [one, other]) expect((await view(idOf(each))).status).toBe('ACTIVE');
      expect((await approve(ben)).body).toMatchObject({ state: 'APPROVED' });
      for (const each of [one, other]) expect((await view(idOf(each))).status).toBe('DELETED');
      const [entry] = (await view(idOf(other))).changes;
      expect(entry).toMatchObject({ actor: { id: ben.operatorId }, onBehalfOf: { id: anna.operatorId } });
      const { rows } = await at.network.database.pool.query(
        `SELECT state FROM session WHERE binding_id = $1 AND reason = 'TRANSACTION_AUTHENTICATION'`,
        [one.atShop.bindingId],
      );
      expect(rows.map(({ state }) => state)).toEqual(['failed']);
    } finally {
      await strict.close();
    }
  });

  test('a device of it is forgotten', async () => {
    const one = await enrolCardholder(at);
    const [device] = one.atBank.devices;
    const path = `/api/passkeys/${idOf(one)}/devices/${device?.appInstanceId}`;
    const { body } = await operators.OPERATOR.call('DELETE', path);
    expect(body).toMatchObject({ devices: [], changes: [{ action: 'passkey.device-forgotten' }] });
  });
});
