/** The registration screen: what it shows, what it accepts, and what the network and the records receive. */
import { refuse } from '@payment-passkeys/issuer/testing';
import { type Browser, headingOf, openBrowser, textOf } from '@payment-passkeys/web/testing';
import { describe, expect, test } from 'vitest';
import { DEMO_SIGN_IN } from '../src/index.ts';
import { NOW, PUBLIC_URL, useBank } from './bank.fixture.ts';

const { username, password } = DEMO_SIGN_IN;

const fixture = useBank();

describe('the registration screen', () => {
  test('has the selects, links and buttons of the contract', async () => {
    const page = await (await fixture.signedIn()).get('/passkeys/new');
    expect(page.body).toMatch(/<label for="country">Country<\/label>\s*<select id="country"/);
    expect(page.body).toMatch(/<label for="language">Language<\/label>\s*<select id="language"/);
    expect(page.body).toMatch(/<a [^>]*href="http:\/\/bank\.localhost:4001\/legal\/terms[^"]*"[^>]*>Terms of Use<\/a>/);
    expect(page.body).toMatch(
      /<a [^>]*href="http:\/\/bank\.localhost:4001\/legal\/privacy[^"]*"[^>]*>Privacy Notice<\/a>/,
    );
    expect(page.body).toMatch(/<button[^>]*>Agree and continue<\/button>/);
    expect(page.body).toMatch(/<button[^>]*>Not now<\/button>/);
    expect(textOf(page)).toContain('a•••@l•••.example');
  });

  test('follows country and language, and its links open', async () => {
    const browser = await fixture.signedIn();
    const page = await browser.get('/passkeys/new?country=MX&language=es');
    expect(page.body).toContain('<html lang="es"');
    expect(textOf(page)).toContain('Aceptar y continuar');
    const links = [...page.body.matchAll(/href="http:\/\/bank\.localhost:4001(\/legal\/[^"]+)"/g)].map(
      ([, path = '']) => path.replaceAll('&#38;', '&').replaceAll('&#61;', '='),
    );
    expect(links).toHaveLength(2);
    for (const path of links) expect(textOf(await openBrowser(fixture.bank).get(path))).toContain('México');
  });

  test('a country or language that is not served is refused', async () => {
    const browser = await fixture.signedIn();
    expect((await browser.get('/passkeys/new?country=ZZ')).statusCode).toBe(400);
    expect((await browser.get('/passkeys/new?language=xx')).statusCode).toBe(400);
  });

  test('what was agreed to is what the network and the records get', async () => {
    const browser = await fixture.signedIn();
    fixture.later(60);
    const page = await browser.get('/passkeys/new?country=CA&language=fr');
    expect((await browser.submit(page, '/passkeys')).statusCode).toBe(303);
    const { info, clientSessionId } = fixture.network.sessions.at(-1) ?? {};
    expect(info).toMatchObject({
      accountReferences: {
        cards: [{ primaryAccountNumber: '5555555555554444' }, { primaryAccountNumber: '5105105105105100' }],
        emailAddresses: ['avery@larkmoor.example'],
        mobileNumbers: [{ countryCode: '1', phoneNumber: '5555550100' }],
      },
      cardholderVerification: { method: 'ISSUER_LOGIN', verifiedAt: NOW.toISOString() },
      consent: { country: 'CA', language: 'fr', acceptedAt: fixture.now.toISOString() },
      locale: 'fr-CA',
    });
    expect(info?.complianceSettings?.complianceResources.map(({ uri }) => uri)).toEqual([
      `${PUBLIC_URL}/legal/terms?country=CA&language=fr`,
      `${PUBLIC_URL}/legal/privacy?country=CA&language=fr`,
    ]);
    expect(info?.callbackUri).toMatch(new RegExp(`^${PUBLIC_URL}/passkeys/callback\\?state=`));
    const { rows } = await fixture.database.pool.query('SELECT * FROM bank_enrolment');
    expect(rows[0]).toMatchObject({ client_session_id: clientSessionId });
    const receipt = await fixture.consents().find({ receiptId: rows[0].receipt_id });
    expect(receipt).toMatchObject({
      channel: 'WEB',
      country: 'CA',
      language: 'fr',
      acceptedAt: fixture.now,
      resources: info?.complianceSettings?.complianceResources,
      accounts: ['•••• 4444', '•••• 5100', 'a•••@l•••.example', '••• 00'],
    });
    expect(JSON.stringify([rows, receipt])).not.toMatch(/5555555555554444|5105105105105100|avery@|5555550100/);
  });

  test('signed out, it asks to sign in and goes on from there', async () => {
    const browser = openBrowser(fixture.bank);
    const answer = await browser.get('/passkeys/new');
    expect(answer.headers.location).toBe('/sign-in?next=%2Fpasskeys%2Fnew');
    const page = await browser.get(String(answer.headers.location));
    const signed = await browser.submit(page, '/sign-in', { username, password });
    expect(signed.headers.location).toBe('/passkeys/new');
  });

  test('a sign-in too old for the network to take is asked for once more', async () => {
    const browser = await fixture.signedIn();
    const page = await browser.get('/passkeys/new');
    fixture.later(14 * 60 + 1);
    const calls = fixture.network.calls.length;
    const answer = await browser.submit(page, '/passkeys');
    expect(answer.headers.location).toBe('/sign-in?next=%2Fpasskeys%2Fnew');
    expect(fixture.network.calls.length).toBe(calls);
    expect(textOf(await browser.get(String(answer.headers.location)))).toContain('sign in once more');
  });

  test("form-action names the network's origin, and nothing may frame or script the page", async () => {
    const page = await (await fixture.signedIn()).get('/passkeys/new');
    const policy = String(page.headers['content-security-policy']).split('; ');
    expect(policy).toContain(`form-action 'self' ${fixture.network.url}`);
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]),
    );
    expect(page.headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
    expect(page.headers['strict-transport-security']).toBeUndefined();
  });

  test.each([
    ['a refusal', refuse('CARD_EXPIRED'), 502, 'CARD_EXPIRED'],
    ['a 503', refuse('UNAVAILABLE'), 503, 'NETWORK_UNREACHABLE'],
  ])('the network answers %s: plain words with a reason code', async (_title, answer, status, code) => {
    const browser = await fixture.signedIn();
    const page = await browser.get('/passkeys/new');
    fixture.network.answerWith('/authentication/sessions', answer);
    const stopped = await browser.submit(page, '/passkeys');
    fixture.network.answerWith('/authentication/sessions', undefined);
    expect(stopped.statusCode).toBe(status);
    expect(textOf(stopped)).toContain(`Reason code: ${code}`);
    expect(textOf(stopped).includes('Try again')).toBe(status === 503);
  });
});

describe('what was agreed to', () => {
  const shownOn = async (browser: Browser, query = '') => browser.get(`/passkeys/new${query}`);

  test('the element and the plain form are told the same text', async () => {
    const page = await shownOn(await fixture.signedIn(), '?country=BR&language=pt');
    const { textHash } = await fixture.consents().show({ country: 'BR', language: 'pt' });
    expect(page.body).toContain(textHash);
    expect(page.body).toMatch(
      /<payment-passkey-registration name="consent" bank="Larkmoor Bank" country="BR" language="pt"/,
    );
    expect(page.body).toContain('<script type="module" src="/assets/payment-passkey-registration.js"');
  });

  test('only what was chosen is sent and kept', async () => {
    const browser = await fixture.signedIn();
    const page = await shownOn(browser);
    const { textHash } = await fixture.consents().show({ country: 'US', language: 'en' });
    const consent = {
      ...(await fixture.acceptNow({ country: 'US', language: 'en' })),
      textHash,
      accounts: ['card-2', 'mobile-1'],
    };
    const answer = await browser.submit(page, '/passkeys', { consent: JSON.stringify(consent) });
    expect(answer.statusCode).toBe(303);
    expect(fixture.network.sessions.at(-1)?.info.accountReferences).toEqual({
      cards: [expect.objectContaining({ primaryAccountNumber: '5105105105105100' })],
      emailAddresses: [],
      mobileNumbers: [{ countryCode: '1', phoneNumber: '5555550100' }],
    });
  });

  test.each([
    ['no card', { account: 'email-1' }, 'Choose at least one card'],
    ["an account that is nobody's", { account: 'card-9' }, 'Choose at least one card'],
    [
      'another text',
      { shown: (accepted: object) => ({ ...accepted, textHash: '0'.repeat(64) }) },
      'The text has changed',
    ],
    [
      'an older catalogue',
      { shown: (accepted: object) => ({ ...accepted, catalogueVersion: 'x' }) },
      'The text has changed',
    ],
    [
      'a country that is not eligible',
      { shown: (accepted: object) => ({ ...accepted, country: 'DE' }) },
      'cannot have payment passkeys yet',
    ],
    ['a made-up consent', { consent: '{"country":"MX"' }, 'Choose at least one card'],
  ])('%s: the screen again, with why, and nothing is kept or sent', async (_title, change, why) => {
    const browser = await fixture.signedIn();
    const page = await shownOn(browser);
    const [calls, before] = [fixture.network.calls.length, (await fixture.consents().findAll({})).length];
    const { shown, ...fields } = change as { shown?: (accepted: object) => object } & Record<string, string>;
    const accepted = shown && {
      shown: JSON.stringify(shown(await fixture.acceptNow({ country: 'US', language: 'en' }))),
    };
    const answer = await browser.submit(page, '/passkeys', { ...fields, ...accepted });
    expect(answer.statusCode).toBe(422);
    expect(textOf(answer)).toContain(why);
    expect([fixture.network.calls.length, (await fixture.consents().findAll({})).length]).toEqual([calls, before]);
  });

  test('the catalogue is served in files of its own, and only those', async () => {
    const browser = openBrowser(fixture.bank);
    const index = (await browser.get('/passkeys/catalogue/index.json')).json();
    expect(index.version).toBe('larkmoor-2026-10-01');
    for (const language of Object.keys(index.languages)) {
      const entries = (await browser.get(`/passkeys/catalogue/${language}.json`)).json();
      expect(entries.consent.terms).toBe(`${PUBLIC_URL}/legal/terms?country={country}&language={language}`);
      for (const document of ['terms', 'privacy']) {
        const page = await browser.get(`/legal/${document}?country=US&language=${language}`);
        expect(headingOf(page)).toBe(entries.words[document]);
      }
    }
    for (const path of ['qaa', 'constructor', '__proto__']) {
      expect((await browser.get(`/passkeys/catalogue/${path}.json`)).statusCode).not.toBe(200);
    }
  });

  test('a country that is not eligible says why, without a button to agree', async () => {
    const page = await shownOn(await fixture.signedIn(), '?country=DE&language=de');
    expect(textOf(page)).toContain('Europäischen Wirtschaftsraum');
    expect(textOf(page)).not.toContain('Zustimmen und fortfahren');
  });
});
