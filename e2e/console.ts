/** The console in a browser test: an operator of any role, signed in. */
import type { Demo } from '@payment-passkeys/demo';
import type { OperatorRole } from '@payment-passkeys/protocol/console';
import type { Page } from '@playwright/test';
import { addOperator, addOperatorSession } from '../packages/network/test/operator-session.ts';
import { secured } from './fixtures.ts';

const NAMES: Readonly<Record<OperatorRole, string>> = {
  SUPPORT: 'Sam Support',
  OPERATOR: 'Olive Operator',
  ADMINISTRATOR: 'Ada Administrator',
  AUDITOR: 'Aldo Auditor',
};

/**
 * Signs the page's browser in at the console as a new operator with this role, without the steps of a sign-in. Dangerous actions are accepted for
 * five minutes, unless `confirmed` is false. Opens no page: call `page.goto(demo.consoleUrl)` afterwards.
 */
export async function signInAsOperator(
  page: Page,
  demo: Demo,
  role: OperatorRole,
  { confirmed = true, name = NAMES[role] }: { readonly confirmed?: boolean; readonly name?: string } = {},
): Promise<void> {
  const { pool, clock } = demo.network.network;
  const now = clock();
  const operatorId = await addOperator(pool, { name, role, now });
  await page.context().addCookies([
    {
      name: '__Host-console',
      value: await addOperatorSession(pool, { operatorId, confirmed, now }),
      url: secured(demo.consoleUrl),
      httpOnly: true,
      secure: true,
      sameSite: 'Strict',
    },
  ]);
}
