/** The console in a browser test: an operator of any role, signed in. */
import { createHash, randomBytes } from 'node:crypto';
import type { Demo } from '@payment-passkeys/demo';
import type { OperatorRole } from '@payment-passkeys/protocol/console';
import type { Page } from '@playwright/test';

export interface TestOperator {
  readonly operatorId: string;
  readonly name: string;
  readonly role: OperatorRole;
}

const NAMES: Readonly<Record<OperatorRole, string>> = {
  SUPPORT: 'Sam Support',
  OPERATOR: 'Olive Operator',
  ADMINISTRATOR: 'Ada Administrator',
  AUDITOR: 'Aldo Auditor',
};

/**
 * Signs the page's browser in at the console as a new operator with this role, without the steps of a sign-in: the session is written to the database.
 * Dangerous actions are accepted for five minutes, unless `confirmed` is false. Goes nowhere: call `page.goto(demo.consoleUrl)` afterwards.
 */
export async function signInAsOperator(
  page: Page,
  demo: Demo,
  role: OperatorRole,
  { confirmed = true, name = NAMES[role] }: { readonly confirmed?: boolean; readonly name?: string } = {},
): Promise<TestOperator> {
  const { pool, clock } = demo.network.network;
  const [operatorId, secret] = [randomBytes(16).toString('base64url'), randomBytes(32).toString('base64url')];
  const now = clock();
  await pool.query(
    'INSERT INTO operator (operator_id, name, role, created_at, last_signed_in_at) VALUES ($1, $2, $3, $4, $4)',
    [operatorId, name, role, now],
  );
  await pool.query(
    `INSERT INTO operator_session (session_hash, operator_id, created_at, used_at, expires_at, confirmed_until)
     VALUES ($1, $2, $3, $3, $3::timestamptz + interval '8 hours', $3::timestamptz + $4::interval)`,
    [createHash('sha256').update(secret).digest(), operatorId, now, confirmed ? '5 minutes' : '0'],
  );
  await page.context().addCookies([
    {
      name: '__Host-console',
      value: secret,
      // Over CDP a Secure cookie needs an https address; browsers send it to http://*.localhost too.
      url: demo.consoleUrl.replace(/^http:/, 'https:'),
      httpOnly: true,
      secure: true,
      sameSite: 'Strict',
    },
  ]);
  return { operatorId, name, role };
}
