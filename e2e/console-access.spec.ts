/** Who gets into the console, in a real browser. */
import type { Me } from '@payment-passkeys/protocol/console';
import { signInAsOperator } from './console.ts';
import { expect, test } from './fixtures.ts';

test('the helper of the other tests signs an operator in', async ({ page, demo }) => {
  const operator = await signInAsOperator(page, demo, 'SUPPORT');
  await page.goto(demo.consoleUrl);
  const me: Me = await page.evaluate(async () => (await fetch('/api/me')).json() as Promise<Me>);
  expect(me.operator).toMatchObject({ ...operator });
});
