/** The operators (contract §18): who may invite them, change their role and remove them, and which console sessions end with that. */
import { addSeconds } from '@payment-passkeys/protocol';
import { OPERATOR_INVITATIONS_PATH, OPERATORS_PATH, type OperatorRole } from '@payment-passkeys/protocol/console';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decide, readApprovals } from '../src/domain/approvals/approvals.ts';
import { runCommandLine } from '../src/process/commands/command-line.ts';
import { type ConsoleBrowser, createConsoleBrowser, joined, told, WITH_CONSOLE } from './console-browser.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';
import { readTrail } from './stored-audit.ts';

const START = new Date('2026-11-28T10:32:00Z');

let network: TestNetwork;
let fourEyes: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork(WITH_CONSOLE, START);
  fourEyes = await startTestNetwork({ ...WITH_CONSOLE, CONSOLE_APPROVALS: 'on' }, START);
});
afterAll(async () => {
  await network.stop();
  await fourEyes.stop();
});
beforeEach(async () => {
  for (const { database } of [network, fourEyes])
    await database.pool.query('TRUNCATE operator, operator_attempt, approval CASCADE');
});

const roleOf = (operatorId: string) => `${OPERATORS_PATH}/${operatorId}/role`;
const changeRole = (by: ConsoleBrowser, { operatorId }: { readonly operatorId: string }, role: OperatorRole) =>
  by.call('PUT', roleOf(operatorId), { role });
const remove = (by: ConsoleBrowser, { operatorId }: { readonly operatorId: string }) =>
  by.call('DELETE', `${OPERATORS_PATH}/${operatorId}`);
const isSignedIn = async (browser: ConsoleBrowser) =>
  (await browser.call('GET', '/api/me')).body.operator !== undefined;
const entries = async (action: string) =>
  (await readTrail(network.database.pool)).filter((entry) => entry.action === action);

describe('an invitation from the console', () => {
  test('is listed until it is used; the link is shown once', async () => {
    const ada = await joined(network, 'ADMINISTRATOR', 'Ada');
    const { status, body } = await ada.call('POST', OPERATOR_INVITATIONS_PATH, { name: 'Sam', role: 'SUPPORT' });
    const expiresAt = addSeconds(START, 15 * 60).toISOString();
    expect([status, body]).toEqual([
      200,
      {
        invitationId: expect.any(String),
        uri: expect.stringMatching(/^http:\/\/console\.localhost:4003\/invitation#[\w-]{43}$/),
        expiresAt,
      },
    ]);
    const listed = await ada.call('GET', OPERATORS_PATH);
    expect(listed.body).toEqual({
      items: [
        {
          operatorId: ada.operatorId,
          name: 'Ada',
          role: 'ADMINISTRATOR',
          signsInBy: 'PASSKEY',
          createdAt: START.toISOString(),
          lastSignedInAt: START.toISOString(),
        },
      ],
      invitations: [{ invitationId: body.invitationId, name: 'Sam', role: 'SUPPORT', invitedBy: 'Ada', expiresAt }],
    });
    const sam = createConsoleBrowser(network);
    await sam.accept(new URL(body.uri).hash.slice(1));
    const after = (await ada.call('GET', OPERATORS_PATH)).body;
    expect([after.items.length, after.invitations]).toEqual([2, []]);
    expect(await entries('operator.joined')).toContainEqual(
      expect.objectContaining({
        actor: expect.objectContaining({ kind: 'OPERATOR', name: 'Sam' }),
        on_behalf_of: { kind: 'OPERATOR', id: ada.operatorId, name: 'Ada' },
        after: { name: 'Sam', role: 'SUPPORT' },
      }),
    );
  });

  test('can be withdrawn, once, and is void from then on', async () => {
    const ada = await joined(network, 'ADMINISTRATOR', 'Ada');
    const { body } = await ada.call('POST', OPERATOR_INVITATIONS_PATH, { name: 'Sam', role: 'SUPPORT' });
    const withdraw = () => ada.call('DELETE', `${OPERATOR_INVITATIONS_PATH}/${body.invitationId}`);
    expect((await withdraw()).status).toBe(200);
    expect(told(await withdraw())).toEqual([404, 'INVITATION_NOT_FOUND']);
    expect((await createConsoleBrowser(network).accept(new URL(body.uri).hash.slice(1))).status).toBe(404);
    expect(await entries('operator.invitation-withdrawn')).toHaveLength(1);
  });

  test('ends with the role or the removal of the one who invited', async () => {
    const [ada, bea] = [await joined(network, 'ADMINISTRATOR', 'Ada'), await joined(network, 'ADMINISTRATOR', 'Bea')];
    const tokenOf = async (by: ConsoleBrowser) => {
      const { body } = await by.call('POST', OPERATOR_INVITATIONS_PATH, { name: 'Mal', role: 'ADMINISTRATOR' });
      return new URL(body.uri).hash.slice(1);
    };
    const first = await tokenOf(bea);
    expect((await changeRole(ada, bea, 'SUPPORT')).status).toBe(200);
    expect((await createConsoleBrowser(network).accept(first)).status).toBe(404);
    await changeRole(ada, bea, 'ADMINISTRATOR');
    await bea.signIn();
    const second = await tokenOf(bea);
    expect((await remove(ada, bea)).status).toBe(200);
    expect((await createConsoleBrowser(network).accept(second)).status).toBe(404);
  });
});

describe('another role', () => {
  test('ends the sessions with the earlier one, and is in the audit trail', async () => {
    const [ada, sam] = [await joined(network, 'ADMINISTRATOR', 'Ada'), await joined(network, 'SUPPORT', 'Sam')];
    expect((await changeRole(ada, sam, 'AUDITOR')).body).toEqual({});
    expect(await isSignedIn(sam)).toBe(false);
    expect((await sam.signIn()).body.operator.role).toBe('AUDITOR');
    expect(await entries('operator.role-changed')).toContainEqual(
      expect.objectContaining({
        actor: expect.objectContaining({ kind: 'OPERATOR', name: 'Ada' }),
        subject_kind: 'operator',
        subject_id: sam.operatorId,
        before: { role: 'SUPPORT' },
        after: { role: 'AUDITOR' },
      }),
    );
  });

  test('of nobody, and of somebody whose role the OpenID provider decides, is refused', async () => {
    const ada = await joined(network, 'ADMINISTRATOR');
    expect(told(await changeRole(ada, { operatorId: 'A'.repeat(22) }, 'SUPPORT'))).toEqual([404, 'OPERATOR_NOT_FOUND']);
    const operatorId = 'B'.repeat(22);
    await network.database.pool.query(
      `INSERT INTO operator (operator_id, name, role, oidc_issuer, oidc_subject, created_at) VALUES ($1, 'Olga', 'SUPPORT', 'https://id.example', 'olga', now())`,
      [operatorId],
    );
    expect(told(await changeRole(ada, { operatorId }, 'OPERATOR'))).toEqual([409, 'ROLE_FROM_PROVIDER']);
  });

  test('made from a role that is another one by now is refused', async () => {
    const [ada, bea] = [await joined(fourEyes, 'ADMINISTRATOR', 'Ada'), await joined(fourEyes, 'ADMINISTRATOR', 'Bea')];
    const sam = await joined(fourEyes, 'SUPPORT', 'Sam');
    const requests = await Promise.all([changeRole(ada, sam, 'OPERATOR'), changeRole(ada, sam, 'AUDITOR')]);
    expect(requests.map(({ body }) => typeof body.approvalId)).toEqual(['string', 'string']);
    await approveAs('Bea', bea.operatorId, requests[0]?.body.approvalId);
    await expect(approveAs('Bea', bea.operatorId, requests[1]?.body.approvalId)).rejects.toMatchObject({
      code: 'OPERATOR_CHANGED',
    });
  });
});

async function approveAs(name: string, operatorId: string, approvalId: string): Promise<void> {
  const { pool } = fourEyes.database;
  const { items } = await readApprovals(pool, { all: true, before: undefined, now: fourEyes.now });
  const { hash = '' } = items.find((item) => item.approvalId === approvalId) ?? {};
  const by = { operatorId, name, role: 'ADMINISTRATOR' } as const;
  await decide(pool, 'APPROVED', { approvalId, hash, by, now: fourEyes.now });
}

describe('removal', () => {
  test('signs the operator out at once, takes the passkey, and is for good', async () => {
    const [ada, sam] = [await joined(network, 'ADMINISTRATOR', 'Ada'), await joined(network, 'SUPPORT', 'Sam')];
    expect((await remove(ada, sam)).status).toBe(200);
    expect(told(await sam.call('POST', '/api/confirm/options', {}))).toEqual([401, 'SIGNED_OUT']);
    expect(told(await sam.signIn())).toEqual([401, 'SIGN_IN_REFUSED']);
    expect(told(await remove(ada, sam))).toEqual([404, 'OPERATOR_NOT_FOUND']);
    expect(await entries('operator.removed')).toContainEqual(
      expect.objectContaining({
        subject_id: sam.operatorId,
        before: { name: 'Sam', role: 'SUPPORT' },
      }),
    );
  });

  test('and another role: never of the last administrator, also not by themselves', async () => {
    const ada = await joined(network, 'ADMINISTRATOR', 'Ada');
    const LAST = [409, 'LAST_ADMINISTRATOR'];
    expect(told(await remove(ada, ada))).toEqual(LAST);
    expect(told(await changeRole(ada, ada, 'SUPPORT'))).toEqual(LAST);
    expect(await isSignedIn(ada)).toBe(true);
  });

  test('two administrators who remove each other at the same time leave one', async () => {
    for (let round = 0; round < 5; round++) {
      await network.database.pool.query('TRUNCATE operator, operator_attempt CASCADE');
      const [ada, bea] = [await joined(network, 'ADMINISTRATOR', 'Ada'), await joined(network, 'ADMINISTRATOR', 'Bea')];
      const answers = await Promise.all([remove(ada, bea), changeRole(bea, ada, 'SUPPORT')]);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      const { rows } = await network.database.pool.query(
        "SELECT FROM operator WHERE role = 'ADMINISTRATOR' AND removed_at IS NULL",
      );
      expect(rows).toHaveLength(1);
    }
  });
});

describe('with approvals', () => {
  test('one administrator alone cannot make a second one of their own', async () => {
    const ada = await joined(fourEyes, 'ADMINISTRATOR', 'Ada');
    const { body } = await ada.call('POST', OPERATOR_INVITATIONS_PATH, { name: 'Mal', role: 'ADMINISTRATOR' });
    const mal = createConsoleBrowser(fourEyes);
    const accepted = await mal.accept(new URL(body.uri).hash.slice(1));
    expect([accepted.status, accepted.body]).toEqual([200, {}]);
    expect(mal.cookies.has('__Host-console')).toBe(false);
    expect(told(await mal.signIn())).toEqual([403, 'ROLE_NOT_APPROVED']);
    const { items } = await readApprovals(fourEyes.database.pool, { all: false, before: undefined, now: fourEyes.now });
    const [request] = items;
    expect(request).toMatchObject({
      kind: 'operator.role',
      subject: { kind: 'operator', name: 'Mal' },
      requestedBy: { operatorId: ada.operatorId },
      differences: [{ field: 'role', before: [], after: ['ADMINISTRATOR'] }],
    });
    const own = approveAs('Ada', ada.operatorId, request?.approvalId ?? '');
    await expect(own).rejects.toMatchObject({ code: 'APPROVAL_NEEDS_ANOTHER' });
    expect(told(await mal.signIn())).toEqual([403, 'ROLE_NOT_APPROVED']);
    const bea = await joined(fourEyes, 'ADMINISTRATOR', 'Bea');
    await approveAs('Bea', bea.operatorId, request?.approvalId ?? '');
    expect((await mal.signIn()).body.operator.role).toBe('ADMINISTRATOR');
  });

  test('a role waits, and nothing changes until then', async () => {
    const ada = await joined(fourEyes, 'ADMINISTRATOR', 'Ada');
    const sam = await joined(fourEyes, 'SUPPORT', 'Sam');
    const { body } = await changeRole(ada, sam, 'OPERATOR');
    expect(body.approvalId).toEqual(expect.any(String));
    expect((await sam.call('GET', '/api/me')).body.operator.role).toBe('SUPPORT');
  });
});

describe('the command line', () => {
  async function run(...args: readonly string[]) {
    const written = { stdout: '', stderr: '' };
    const code = await runCommandLine(args, {
      env: { ...WITH_CONSOLE, DATABASE_URL: network.database.url, DATA_DIR: network.dataDir },
      clock: () => network.now,
      print: (line) => (written.stdout += `${line}\n`),
      log: (line) => (written.stderr += `${line}\n`),
    });
    return { code, ...written };
  }

  test('invites, lists, changes roles and removes, and writes the account of the machine to the audit trail', async () => {
    const { stdout } = await run('operators', 'invite', '--name', 'Ada', '--role', 'ADMINISTRATOR');
    const token = /^http:\/\/console\.localhost:4003\/invitation#([\w-]{43})\n/.exec(stdout)?.[1] ?? '';
    const ada = createConsoleBrowser(network);
    const { operatorId } = (await ada.accept(token)).body.operator;
    expect(await entries('operator.invited')).toContainEqual(
      expect.objectContaining({ actor: expect.objectContaining({ kind: 'COMMAND_LINE' }) }),
    );
    expect((await run('operators', 'list')).stdout).toBe(
      `${operatorId}\tADMINISTRATOR\tPASSKEY\t${START.toISOString()}\tAda\n`,
    );
    expect(await run('operators', 'remove', operatorId)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('last administrator'),
    });
    await joined(network, 'ADMINISTRATOR', 'Bea');
    expect((await run('operators', 'role', operatorId, '--role', 'AUDITOR')).code).toBe(0);
    expect(await isSignedIn(ada)).toBe(false);
    expect((await run('operators', 'remove', operatorId)).code).toBe(0);
    expect((await run('operators', 'list')).stdout).not.toContain(operatorId);
    expect((await run('operators', 'remove', operatorId)).stderr).toContain('no such operator');
  });

  test.each([
    [['--role', 'SUPPORT'], '--name is the name'],
    [['--name', 'Sam', '--role', 'ROOT'], '--role is one of SUPPORT, OPERATOR, ADMINISTRATOR, AUDITOR.'],
  ])('refuses an invitation with %s', async (options, sentence) => {
    const { code, stderr } = await run('operators', 'invite', ...options);
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
  });
});
