/** The return from the network: what is shown and stored, for any customer and any number of returns. */
import { refuse } from '@payment-passkeys/issuer/testing';
import { headingOf, openBrowser, textOf } from '@payment-passkeys/web/testing';
import { describe, expect, test } from 'vitest';
import { DEMO_SIGN_IN } from '../src/index.ts';
import { useBank } from './bank.fixture.ts';

const { username, password } = DEMO_SIGN_IN;
const READY = 'Your payment passkey is ready';

const fixture = useBank();

describe('back from the network', () => {
  test('success: the proof leaves the address bar, the passkey is ready and listed', async () => {
    const browser = await fixture.signedIn();
    await fixture.leave(browser);
    const answer = await browser.get(await fixture.success());
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe(`/passkeys/enrolments/${fixture.network.sessions.at(-1)?.clientSessionId}`);
    const page = await browser.get(String(answer.headers.location));
    expect(headingOf(page)).toBe(READY);
    expect(textOf(page)).toContain('•••• 4444 •••• 5100');
    expect(textOf(await browser.get('/'))).toMatch(
      /•••• 4444.* Created November 24, 2026 · Last used November 24, 2026 Active/,
    );
  });

  test('a reload of the callback, or of the page, shows the same; the passkey is listed once', async () => {
    const browser = await fixture.signedIn();
    await fixture.leave(browser);
    const callback = await fixture.success();
    const { location } = (await browser.get(callback)).headers;
    expect((await browser.get(callback)).headers.location).toBe(location);
    expect(headingOf(await browser.get(String(location)))).toBe(READY);
    expect(await fixture.passkeyCount()).toBe(1);
  });

  test.each([
    ['CANCELLED', 'USER_CANCELLATION', true],
    ['ERROR', 'DUPLICATE_CREDENTIALS', true],
    ['ERROR', 'CREDENTIALS_CREATION_NOT_ALLOWED', true],
    ['ERROR', 'CREDENTIALS_NOT_VERIFIED', true],
    ['ERROR', 'INVALID_QUERY_PARAMS', true],
    ['ERROR', 'INVALID_ARGUMENT', true],
    ['ERROR', 'PERMISSION_DENIED', true],
    ['ERROR', 'FORBIDDEN', false],
    ['ERROR', 'NOT_FOUND', true],
    ['ERROR', 'INVALID_STATE', true],
    ['ERROR', 'SERVICE_UNAVAILABLE', true],
    ['ERROR', 'SERVICE_ERROR', true],
    ['ERROR', 'UNKNOWN_ERROR', true],
  ])('%s %s: plain words with the reason code; "Try again" where it can help: %s', async (status, reason, again) => {
    const browser = await fixture.signedIn();
    await fixture.leave(browser);
    const page = await browser.get(fixture.failure(status, reason));
    expect(page.statusCode).toBe(200);
    expect(headingOf(page)).not.toBe('');
    expect(textOf(page)).toContain(`Reason code: ${reason}`);
    expect(/<a [^>]*href="\/passkeys\/new"[^>]*>Try again<\/a>/.test(page.body)).toBe(again);
    expect(await fixture.passkeyCount()).toBe(0);
  });

  test('a failure ends nothing: a success after it is taken, and a failure after that shows the success', async () => {
    const browser = await fixture.signedIn();
    await fixture.leave(browser);
    const failed = fixture.failure('ERROR', 'UNKNOWN_ERROR');
    await browser.get(failed);
    const { location } = (await browser.get(await fixture.success())).headers;
    expect(location).toMatch(/^\/passkeys\/enrolments\//);
    expect((await browser.get(failed)).headers.location).toBe(location);
  });

  test("another browser of the same customer: the link doesn't belong to it, and nothing changes", async () => {
    const browser = await fixture.signedIn();
    await fixture.leave(browser);
    const callback = await fixture.success();
    const page = await (await fixture.signedIn()).get(callback);
    expect([page.statusCode, headingOf(page)]).toEqual([403, 'This link does not belong to this browser']);
    expect(await fixture.passkeyCount()).toBe(0);
    expect((await browser.get(callback)).statusCode).toBe(303);
  });

  test('another customer in the same browser: nothing is shown and nothing is bound', async () => {
    const browser = await fixture.signedIn();
    await fixture.leave(browser);
    const callback = await fixture.success();
    await fixture.database.pool.query(
      `INSERT INTO bank_customer SELECT gen_random_uuid(), 'robin', password_hash, 'Robin', email_address, mobile_country_code, mobile_number
       FROM bank_customer WHERE username = 'avery' ON CONFLICT DO NOTHING`,
    );
    await browser.submit(await browser.get('/'), '/sign-out');
    await browser.signIn('robin', password);
    const bindings = fixture.network.bindings.length;
    expect((await browser.get(callback)).statusCode).toBe(403);
    expect(fixture.network.bindings.length).toBe(bindings);
    await browser.submit(await browser.get('/'), '/sign-out');
    await browser.signIn(username, password);
    const { location } = (await browser.get(callback)).headers;
    await browser.submit(await browser.get('/'), '/sign-out');
    await browser.signIn('robin', password);
    expect((await browser.get(String(location))).statusCode).toBe(404);
  });

  test('signed out in the meantime: sign in, and the same callback goes on', async () => {
    const browser = await fixture.signedIn();
    await fixture.leave(browser);
    browser.cookies.delete('__Host-bank_session');
    const callback = await fixture.success();
    const bindings = fixture.network.bindings.length;
    const page = await browser.get(callback);
    expect(headingOf(page)).toBe('Sign in');
    expect(fixture.network.bindings.length).toBe(bindings);
    const answer = await browser.submit(page, '/sign-in', { username, password });
    expect(answer.headers.location).toBe(callback);
    expect((await browser.get(callback)).headers.location).toMatch(/^\/passkeys\/enrolments\//);
  });

  test('the result page is for its own customer, signed in', async () => {
    const browser = await fixture.signedIn();
    await fixture.leave(browser);
    const location = String((await browser.get(await fixture.success())).headers.location);
    const stranger = await openBrowser(fixture.bank).get(location);
    expect(stranger.headers.location).toBe(`/sign-in?next=${encodeURIComponent(location)}`);
  });

  test('an enrolment that is not finished has no result page', async () => {
    const browser = await fixture.signedIn();
    await fixture.leave(browser);
    const page = await browser.get(`/passkeys/enrolments/${fixture.network.sessions.at(-1)?.clientSessionId}`);
    expect(page.statusCode).toBe(404);
  });

  test('too late, not whole, or with a refused proof: explained, and nothing changes', async () => {
    const browser = await fixture.signedIn();
    await fixture.leave(browser);
    const callback = await fixture.success();
    expect((await browser.get('/passkeys/callback')).statusCode).toBe(400);
    const forged = callback.replace(/.{8}$/, 'AAAAAAAA');
    const refused = await browser.get(forged);
    expect([refused.statusCode, headingOf(refused)]).toEqual([403, 'We could not confirm your passkey']);
    fixture.later(35 * 60);
    await browser.signIn(username, password);
    const expired = await browser.get(callback);
    expect([expired.statusCode, headingOf(expired)]).toEqual([410, 'That took too long']);
    expect(await fixture.passkeyCount()).toBe(0);
  });

  test('the network is down: nothing is lost, and "Try again" finishes', async () => {
    const browser = await fixture.signedIn();
    await fixture.leave(browser);
    const callback = await fixture.success();
    fixture.network.answerWith('/authentication/authenticators', refuse('UNAVAILABLE'));
    const page = await browser.get(callback);
    fixture.network.answerWith('/authentication/authenticators', undefined);
    expect(page.statusCode).toBe(503);
    const again = /<a [^>]*href="([^"]*)"[^>]*>Try again<\/a>/.exec(page.body)?.[1] ?? '';
    const path = again.replaceAll('&#38;', '&').replaceAll('&#61;', '=');
    expect(path).toBe(callback);
    expect((await browser.get(path)).headers.location).toMatch(/^\/passkeys\/enrolments\//);
  });

  test('HEAD, as link checkers send it, completes nothing', async () => {
    const browser = await fixture.signedIn();
    await fixture.leave(browser);
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fixture.bank.inject({ method: 'HEAD', url: await fixture.success(), headers: { cookie } });
    expect(answer.statusCode).toBe(404);
    expect(await fixture.passkeyCount()).toBe(0);
  });
});
