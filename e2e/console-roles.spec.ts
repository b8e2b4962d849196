/** What each role sees at the console, and which buttons it has: a row for each address and role. What each role may call is in console-access.test.ts. */
import type { OperatorRole } from '@payment-passkeys/protocol/console';
import type { Locator } from '@playwright/test';
import { signInAsOperator } from './console.ts';
import { expect, test } from './fixtures.ts';
import { haveCard } from './kept-state.ts';

type Screens = Readonly<Record<string, Readonly<Record<OperatorRole, readonly string[] | 'FORBIDDEN'>>>>;

/**
 * The buttons and links by which something is changed or exported, of each screen and role. `:passkey` is a passkey that is used at a bank and a
 * shop.
 */
const SCREENS: Screens = {
  '/overview': { SUPPORT: [], OPERATOR: [], ADMINISTRATOR: [], AUDITOR: [] },
  '/sessions': { SUPPORT: [], OPERATOR: [], ADMINISTRATOR: [], AUDITOR: [] },
  '/sessions/:session': { SUPPORT: [], OPERATOR: [], ADMINISTRATOR: [], AUDITOR: [] },
  '/passkeys': { SUPPORT: [], OPERATOR: [], ADMINISTRATOR: 'FORBIDDEN', AUDITOR: [] },
  '/passkeys/:passkey': {
    SUPPORT: ['Suspend'],
    OPERATOR: ['Delete', 'Forget', 'Suspend'],
    ADMINISTRATOR: 'FORBIDDEN',
    AUDITOR: [],
  },
  '/clients': { SUPPORT: [], OPERATOR: ['Onboard a client'], ADMINISTRATOR: [], AUDITOR: [] },
  '/clients/shop': {
    SUPPORT: 'FORBIDDEN',
    OPERATOR: ['Edit', 'Replay', 'Send a test event', 'Suspend'],
    ADMINISTRATOR: 'FORBIDDEN',
    AUDITOR: [],
  },
  '/clients/shop/edit': {
    SUPPORT: 'FORBIDDEN',
    OPERATOR: ['Add a webhook', 'Save'],
    ADMINISTRATOR: 'FORBIDDEN',
    AUDITOR: 'FORBIDDEN',
  },
  '/onboard': {
    SUPPORT: 'FORBIDDEN',
    OPERATOR: ['Add a webhook', 'Onboard a client'],
    ADMINISTRATOR: 'FORBIDDEN',
    AUDITOR: 'FORBIDDEN',
  },
  '/audit': {
    SUPPORT: 'FORBIDDEN',
    OPERATOR: 'FORBIDDEN',
    ADMINISTRATOR: [],
    AUDITOR: ['Export all as JSON lines'],
  },
  '/operators': {
    SUPPORT: 'FORBIDDEN',
    OPERATOR: 'FORBIDDEN',
    ADMINISTRATOR: ['Change role', 'Invite an operator', 'Remove'],
    AUDITOR: [],
  },
  '/approvals': { SUPPORT: 'FORBIDDEN', OPERATOR: [], ADMINISTRATOR: [], AUDITOR: [] },
  '/sandbox': { SUPPORT: [], OPERATOR: [], ADMINISTRATOR: [], AUDITOR: [] },
  '/sandbox/values': { SUPPORT: [], OPERATOR: [], ADMINISTRATOR: [], AUDITOR: [] },
  '/sandbox/tools': {
    SUPPORT: [],
    OPERATOR: ['Make it older', 'Send', 'Walk'],
    ADMINISTRATOR: ['Make it older', 'Send', 'Walk'],
    AUDITOR: [],
  },
  '/sandbox/examinations': {
    SUPPORT: [],
    OPERATOR: ['Start an examination'],
    ADMINISTRATOR: ['Start an examination'],
    AUDITOR: [],
  },
};

/** Every name that a row of {@link SCREENS} can have. */
const ACTIONS = [
  ...new Set([
    ...Object.values(SCREENS).flatMap((rows) => Object.values(rows).flatMap((row) => (row === 'FORBIDDEN' ? [] : row))),
    'Resume',
    'Approve',
    'Reject',
    'Withdraw',
  ]),
].sort();

const NAVIGATION: Readonly<Record<OperatorRole, readonly string[]>> = {
  SUPPORT: ['Overview', 'Sessions', 'Passkeys', 'Clients', 'Sandbox'],
  OPERATOR: ['Overview', 'Sessions', 'Passkeys', 'Clients', 'Approvals', 'Sandbox'],
  ADMINISTRATOR: ['Overview', 'Sessions', 'Clients', 'Audit trail', 'Operators', 'Approvals', 'Sandbox'],
  AUDITOR: ['Overview', 'Sessions', 'Passkeys', 'Clients', 'Audit trail', 'Operators', 'Approvals', 'Sandbox'],
};

for (const role of ['SUPPORT', 'OPERATOR', 'ADMINISTRATOR', 'AUDITOR'] as const)
  test(`the role ${role} sees its own screens, and has its own buttons`, async ({ page, demo, authenticator: _ }) => {
    test.slow();
    await haveCard(page, demo);
    const { pool } = demo.network.network;
    const { rows: passkeys } = await pool.query('SELECT passkey_id FROM passkey');
    const { rows: sessions } = await pool.query('SELECT session_id FROM session LIMIT 1');
    const addressOf = (path: string) =>
      path.replace(':passkey', passkeys[0].passkey_id).replace(':session', sessions[0].session_id);
    const main = page.getByRole('main');

    await signInAsOperator(page, demo, role);
    await page.goto(demo.consoleUrl);
    const navigation = page.getByRole('navigation', { name: 'Console' }).getByRole('link');
    await expect(navigation).toHaveText(NAVIGATION[role]);
    const seen: Record<string, readonly string[] | 'FORBIDDEN'> = {};
    for (const path of Object.keys(SCREENS)) {
      await page.goto(demo.consoleUrl + addressOf(path));
      await expect(main.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(page.locator('.skeleton')).toHaveCount(0);
      const forbidden = (await page.getByText('This page needs the role').count()) > 0;
      seen[path] = forbidden ? 'FORBIDDEN' : await actionsOf(main);
    }
    expect(seen).toEqual(Object.fromEntries(Object.entries(SCREENS).map(([path, rows]) => [path, rows[role]])));
  });

/** The names of {@link ACTIONS} that are on the screen; "Remove Ada" is there as "Remove". */
async function actionsOf(main: Locator): Promise<readonly string[]> {
  const names = await main
    .locator('button, a.button')
    .evaluateAll((found) => found.map((one) => (one.getAttribute('aria-label') ?? one.textContent ?? '').trim()));
  return ACTIONS.filter((action) =>
    names.some((name) => name === action || (!ACTIONS.includes(name) && name.startsWith(`${action} `))),
  );
}
