/** Browsers without functions that the page can use, and password managers that answer instead of the browser. */
import type { Page } from '@playwright/test';
import {
  button,
  captureLaunch,
  createPasskey,
  expect,
  expectReady,
  expectReason,
  haveSession,
  launch,
  signIn,
  test,
  watchCallbacks,
} from './fixtures.ts';

/** The script runs before any script of the network's page. */
async function change(page: Page, script: string): Promise<void> {
  await page.addInitScript(`if (location.hostname === 'verify.localhost') { ${script} }`);
}

/** Functions that a browser of 2022 does not have, or that a privacy setting or an extension removes. */
const WITHOUT = `
  const illegal = () => { throw new TypeError('Illegal invocation'); };
  delete URL.canParse;
  delete AbortSignal.timeout;
  delete Array.prototype.toSorted;
  delete window.Intl;
  window.matchMedia = undefined;
  Object.defineProperty(window, 'localStorage', { get: illegal });
  Object.defineProperty(navigator, 'languages', { value: undefined });
  Object.defineProperty(navigator, 'userAgentData', { get: illegal });
  for (const name of ['getClientCapabilities', 'parseCreationOptionsFromJSON', 'parseRequestOptionsFromJSON']) {
    PublicKeyCredential[name] = illegal;
  }
  PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable = illegal;
`;

/** A credential as a password manager returns it: the prototypes of the real one, and only the members that are required. */
const PASSWORD_MANAGER = `
  const plain = (prototype, members) => Object.defineProperties(Object.create(prototype), Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, { value }]),
  ));
  for (const call of ['create', 'get']) {
    const real = navigator.credentials[call].bind(navigator.credentials);
    navigator.credentials[call] = async (options) => {
      const { id, rawId, response } = await real(options);
      const { clientDataJSON, attestationObject, authenticatorData, signature } = response;
      const members = call === 'create' ? { attestationObject } : { authenticatorData, signature };
      const shown = plain(Object.getPrototypeOf(response), { clientDataJSON, ...members });
      return plain(PublicKeyCredential.prototype, { id, rawId, type: 'public-key', response: shown });
    };
  }
`;

test('a history that refuses to be changed: UNKNOWN_ERROR at the callback, and no page that stands still', async ({
  page,
  demo,
}) => {
  await haveSession(page, demo);
  const launchUrl = await captureLaunch(page, demo);
  await change(page, `history.replaceState = () => { throw new DOMException('', 'SecurityError'); };`);
  const callbacks = watchCallbacks(page, demo);
  await page.goto(launchUrl);
  await expectReason(page, demo, 'UNKNOWN_ERROR');
  expect(callbacks.at(-1)?.searchParams.get('status')).toBe('ERROR');
});

test('a browser without anything optional makes a passkey, and uses it', async ({ page, demo, authenticator }) => {
  await change(page, WITHOUT);
  await signIn(page, demo);
  await createPasskey(page, demo);
  await launch(page, demo);
  await button(page, 'Use passkey').click();
  await expectReady(page);
  expect(await authenticator.credentialIds()).toHaveLength(1);
});

test('a password manager’s object is a credential: made, and used', async ({ page, demo, authenticator }) => {
  await change(page, PASSWORD_MANAGER);
  await signIn(page, demo);
  await createPasskey(page, demo);
  await launch(page, demo);
  await button(page, 'Use passkey').click();
  await expectReady(page);
  expect(await authenticator.credentialIds()).toHaveLength(1);
});
