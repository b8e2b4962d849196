/**
 * Which screens each role sees at the console, in a browser, and which buttons on them: a row for each address. What each role may call is in
 * console-access.test.ts.
 */
import type { Demo } from '@payment-passkeys/demo';
import type { FoundPasskeys, OperatorRole } from '@payment-passkeys/protocol/console';
import type { Page } from '@playwright/test';
import { submitChange } from '../packages/network/src/domain/approvals/approvals.ts';
import { proposeRole } from '../packages/network/src/domain/approvals/operator-changes.ts';
import { proposeDeletion } from '../packages/network/src/domain/approvals/passkey-changes.ts';
import { addOperator } from '../packages/network/test/operator-session.ts';
import { signInAsOperator } from './console.ts';
import { expect, test } from './fixtures.ts';
import { haveCard } from './kept-state.ts';
import { CARD } from './shop.ts';

const ALL: readonly OperatorRole[] = ['SUPPORT', 'OPERATOR', 'ADMINISTRATOR', 'AUDITOR'];

/** The roles that see the screen; every other one is told which roles do. */
const SCREENS: Readonly<Record<string, readonly OperatorRole[]>> = {
  '/overview': ALL,
  '/sessions': ALL,
  '/sessions/:session': ALL,
  '/passkeys': ['SUPPORT', 'OPERATOR', 'AUDITOR'],
  '/passkeys/:passkey': ['SUPPORT', 'OPERATOR', 'AUDITOR'],
  '/clients': ALL,
  '/clients/shop': ['OPERATOR', 'AUDITOR'],
  '/clients/shop/edit': ['OPERATOR'],
  '/onboard': ['OPERATOR'],
  '/audit': ['ADMINISTRATOR', 'AUDITOR'],
  '/operators': ['ADMINISTRATOR', 'AUDITOR'],
  '/approvals': ['OPERATOR', 'ADMINISTRATOR', 'AUDITOR'],
  '/sandbox': ALL,
  '/sandbox/values': ALL,
  '/sandbox/tools': ALL,
  '/sandbox/examinations': ALL,
};

const NAVIGATION: Readonly<Record<OperatorRole, readonly string[]>> = {
  SUPPORT: ['Overview', 'Sessions', 'Passkeys', 'Clients', 'Sandbox'],
  OPERATOR: ['Overview', 'Sessions', 'Passkeys', 'Clients', 'Approvals', 'Sandbox'],
  ADMINISTRATOR: ['Overview', 'Sessions', 'Clients', 'Audit trail', 'Operators', 'Approvals', 'Sandbox'],
  AUDITOR: ['Overview', 'Sessions', 'Passkeys', 'Clients', 'Audit trail', 'Operators', 'Approvals', 'Sandbox'],
};

/**
 * The buttons that act, and the roles that see each of them. A button that only helps to search, to copy or to fill in a form is not listed:
 * see HELPS. On every screen of SCREENS the test compares all buttons, so one that is missing here fails it.
 */
const BUTTONS: Readonly<Record<string, Readonly<Record<string, readonly OperatorRole[]>>>> = {
  '/passkeys': { Suspend: ['SUPPORT', 'OPERATOR'], 'Delete all': ['OPERATOR'] },
  '/passkeys/:passkey': {
    Suspend: ['SUPPORT', 'OPERATOR'],
    'Suspend: Tidewick': ['SUPPORT', 'OPERATOR'],
    Delete: ['OPERATOR'],
    'Delete: Tidewick': ['OPERATOR'],
    Forget: ['OPERATOR'],
  },
  '/clients': { 'Onboard a client': ['OPERATOR'] },
  '/clients/shop': {
    Edit: ['OPERATOR'],
    Suspend: ['OPERATOR'],
    'Send a test event': ['OPERATOR'],
    Replay: ['OPERATOR'],
  },
  '/clients/shop/edit': { Save: ['OPERATOR'] },
  '/onboard': { 'Onboard a client': ['OPERATOR'] },
  '/audit': { 'Export all as JSON lines': ['AUDITOR'] },
  '/operators': {
    'Invite an operator': ['ADMINISTRATOR'],
    'Change role of Nora': ['ADMINISTRATOR'],
    'Remove Nora': ['ADMINISTRATOR'],
    'Change role of Otto': ['ADMINISTRATOR'],
    'Remove Otto': ['ADMINISTRATOR'],
  },
  '/approvals': {
    'Approve: Deletion of 2 passkeys': ['OPERATOR'],
    'Reject: Deletion of 2 passkeys': ['OPERATOR'],
    'Approve: Role of operator Otto': ['ADMINISTRATOR'],
    'Reject: Role of operator Otto': ['ADMINISTRATOR'],
  },
  '/sandbox/tools': {
    Walk: ['OPERATOR', 'ADMINISTRATOR'],
    'Make it older': ['OPERATOR', 'ADMINISTRATOR'],
    Send: ['OPERATOR', 'ADMINISTRATOR'],
  },
  '/sandbox/examinations': { 'Start an examination': ['OPERATOR', 'ADMINISTRATOR'] },
};

const HELPS = /^(Copy the .*|Search|Apply|Show more|Paste the JSON|Add an? .*|Remove [a-z]+ \d+)$/;

/** The names of the buttons that act, without the address that some of them name. */
async function actingButtons(page: Page): Promise<readonly string[]> {
  const main = page.getByRole('main');
  const found = await main.getByRole('button').or(main.locator('a.button')).all();
  const names = await Promise.all(
    found.map(async (each) => (await each.getAttribute('aria-label')) ?? (await each.textContent())?.trim() ?? ''),
  );
  return [...new Set(names.filter((name) => !HELPS.test(name)).map((name) => name.replace(/: https?:.*$/, '')))].sort();
}

/** Two operators, and a request of each that waits: one for another operator, one for another administrator. */
async function haveRequests({ pool, clock }: Demo['network']['network'], passkeyId: string): Promise<void> {
  const now = clock();
  const otto = { operatorId: await addOperator(pool, { name: 'Otto', role: 'OPERATOR', now }), name: 'Otto' };
  const nora = { operatorId: await addOperator(pool, { name: 'Nora', role: 'ADMINISTRATOR', now }), name: 'Nora' };
  const submission = { approvals: true, now };
  await pool.query("DELETE FROM approval WHERE state = 'WAITING'");
  await submitChange(pool, await proposeRole(pool, { operatorId: otto.operatorId, role: 'AUDITOR' }), {
    ...submission,
    by: nora,
  });
  const deletion = await proposeDeletion(pool, { credentialIds: [passkeyId], reasonCode: 'ACCOUNT_CLOSED' });
  const subject = { ...deletion.subject, name: '2' };
  await submitChange(pool, { ...deletion, subject }, { ...submission, by: otto });
}

const FOUND: FoundPasskeys['items'] = ['one', 'another'].map((credentialId) => ({
  credentialId,
  status: 'ACTIVE',
  createdAt: '2026-11-28T10:32:00.000Z',
  lastUsedAt: '2026-11-28T10:32:00.000Z',
  authenticator: {
    aaguid: '00000000-0000-0000-0000-000000000000',
    attestation: 'NONE',
    backupEligible: true,
    backedUp: true,
  },
  bindings: 1,
  devices: 1,
  heldBy: ['Larkmoor Bank'],
}));

/** The screen with two passkeys of a card. The demonstration's card has one. */
async function findTwoPasskeys(page: Page): Promise<void> {
  await page.route('**/api/passkeys/search', (route) => route.fulfill({ json: { items: FOUND } }));
  await page.getByLabel('Find a passkey').fill(CARD.number);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: '2 passkeys for •••• 4444' })).toBeVisible();
}

for (const role of ALL)
  test(`the role ${role} sees its own screens, and on them its own buttons`, async ({
    page,
    demo,
    authenticator: _,
  }) => {
    test.slow();
    await haveCard(page, demo);
    const { pool } = demo.network.network;
    const { rows: passkeys } = await pool.query('SELECT passkey_id FROM passkey');
    const { rows: sessions } = await pool.query('SELECT session_id FROM session LIMIT 1');
    const addressOf = (path: string) =>
      path.replace(':passkey', passkeys[0].passkey_id).replace(':session', sessions[0].session_id);

    await haveRequests(demo.network.network, passkeys[0].passkey_id);
    await signInAsOperator(page, demo, role);
    await page.goto(demo.consoleUrl);
    const navigation = page.getByRole('navigation', { name: 'Console' }).getByRole('link');
    await expect(navigation).toHaveText(NAVIGATION[role]);
    const seen: string[] = [];
    const buttons: Record<string, readonly string[]> = {};
    for (const path of Object.keys(SCREENS)) {
      await page.goto(demo.consoleUrl + addressOf(path));
      await expect(page.getByRole('main').getByRole('heading', { level: 1 })).toBeVisible();
      if ((await page.getByText('This page needs the role').count()) > 0) continue;
      seen.push(path);
      await expect(page.locator('.skeleton')).toHaveCount(0);
      if (path === '/passkeys') await findTwoPasskeys(page);
      buttons[path] = await actingButtons(page);
    }
    const own = Object.entries(SCREENS).filter(([, roles]) => roles.includes(role));
    expect(seen).toEqual(own.map(([path]) => path));
    const ownButtons = seen.map((path) => {
      const offered = Object.entries(BUTTONS[path] ?? {}).filter(([, roles]) => roles.includes(role));
      return [path, offered.map(([name]) => name).sort()];
    });
    expect(buttons).toEqual(Object.fromEntries(ownButtons));
  });
