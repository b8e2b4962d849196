/**
 * The console with a fortnight of sample traffic. Each screen is a picture in docs/pictures/, in the light and the dark scheme. Two runs differ in
 * dates and ids: the console compares the network's clock with the database's, so the time is the real one.
 */
import { makeSampleTraffic } from '@payment-passkeys/network/sample-traffic';
import { signInAsOperator } from '../console.ts';
import { button, createPasskey, expect, signIn, test } from '../fixtures.ts';
import { CARD } from '../shop.ts';
import { PORTS, takePicture } from './picture.ts';

// biome-ignore lint/correctness/noEmptyPattern: the runner reads a fixture's needs off this pattern
test.use({ deviceScaleFactor: 1.5, ports: [async ({}, use) => use(PORTS), { scope: 'worker' }] });

test('the pictures of the console', async ({ page, demo, authenticator }) => {
  const picture = (name: string) => takePicture(page, authenticator.session, `console-${name}`);
  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name });
  const open = async (path: string, name: string) => {
    await page.goto(demo.consoleUrl + path);
    await expect(heading(name)).toBeVisible();
    await expect(page.locator('.skeleton')).toHaveCount(0);
  };
  await page.setViewportSize({ width: 1280, height: 800 });

  await signIn(page, demo);
  await createPasskey(page, demo);
  const { config } = demo.network.network;
  await makeSampleTraffic({
    config,
    clock: () => new Date(),
    days: 14,
    random: seeded(),
    onProgress: () => undefined,
    log: () => undefined,
  });

  await signInAsOperator(page, demo, 'OPERATOR', { name: 'Olive Ekström' });
  await page.setViewportSize({ width: 1280, height: 1120 });
  await open('/overview', 'Overview');
  await expect(page.locator('.plot canvas')).toHaveCount(2);
  await picture('overview');
  await page.setViewportSize({ width: 1280, height: 800 });
  await open('/sessions?outcome=FAILED', 'Sessions');
  await page.getByRole('table').getByRole('link').first().click();
  await expect(heading('Sessions')).toHaveCount(0);
  await expect(page.locator('.skeleton')).toHaveCount(0);
  await picture('session');
  await open('/passkeys', 'Passkeys');
  await page.getByLabel('Find a passkey').fill(CARD.number);
  await page.keyboard.press('Enter');
  await expect(button(page, 'Suspend')).toBeVisible();
  await picture('passkey');
  await open('/clients', 'Clients');
  await picture('clients');
});

/** Park and Miller's generator: the same numbers in each run. */
function seeded(): () => number {
  let state = 20_261_201;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
