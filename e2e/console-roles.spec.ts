/** Which screens each role sees at the console, in a browser: a row for each address. What each role may call is in console-access.test.ts. */
import type { OperatorRole } from '@payment-passkeys/protocol/console';
import { signInAsOperator } from './console.ts';
import { expect, test } from './fixtures.ts';
import { haveCard } from './kept-state.ts';

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

for (const role of ALL)
  test(`the role ${role} sees its own screens`, async ({ page, demo, authenticator: _ }) => {
    test.slow();
    await haveCard(page, demo);
    const { pool } = demo.network.network;
    const { rows: passkeys } = await pool.query('SELECT passkey_id FROM passkey');
    const { rows: sessions } = await pool.query('SELECT session_id FROM session LIMIT 1');
    const addressOf = (path: string) =>
      path.replace(':passkey', passkeys[0].passkey_id).replace(':session', sessions[0].session_id);

    await signInAsOperator(page, demo, role);
    await page.goto(demo.consoleUrl);
    const navigation = page.getByRole('navigation', { name: 'Console' }).getByRole('link');
    await expect(navigation).toHaveText(NAVIGATION[role]);
    const seen: string[] = [];
    for (const path of Object.keys(SCREENS)) {
      await page.goto(demo.consoleUrl + addressOf(path));
      await expect(page.getByRole('main').getByRole('heading', { level: 1 })).toBeVisible();
      if ((await page.getByText('This page needs the role').count()) === 0) seen.push(path);
    }
    const own = Object.entries(SCREENS).filter(([, roles]) => roles.includes(role));
    expect(seen).toEqual(own.map(([path]) => path));
  });
