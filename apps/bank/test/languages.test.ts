/** Every page of the bank is in the customer's language: the browser's, or the chosen one. */
import { refuse } from '@payment-passkeys/issuer/testing';
import { type Browser, headingOf, openBrowser, plainTextOf, textOf } from '@payment-passkeys/web/testing';
import type { LightMyRequestResponse } from 'fastify';
import { describe, expect, test } from 'vitest';
import { LANGUAGES } from '../src/language.ts';
import { useBank } from './bank.fixture.ts';

const fixture = useBank();

const languageOf = (page: LightMyRequestResponse) => /<html lang="([^"]*)" dir="([^"]*)">/.exec(page.body)?.slice(1);
const pathOf = (address: unknown) => String(address).replace(/^https?:\/\/[^/]+/, '');

/** The path of the consent receipt of the latest enrolment. */
async function latestReceipt(): Promise<string> {
  const { rows } = await fixture.database.pool.query(
    'SELECT receipt_id FROM bank_enrolment WHERE client_session_id = $1',
    [fixture.network.sessions.at(-1)?.clientSessionId],
  );
  return `/passkeys/consents/${rows[0].receipt_id}`;
}

/** Every page from the sign-in to the outcome and after it, failures included, by name. */
async function walk(browser: Browser): Promise<ReadonlyMap<string, LightMyRequestResponse>> {
  const { network } = fixture;
  const pages = new Map<string, LightMyRequestResponse>();
  const see = async (name: string, page: Promise<LightMyRequestResponse>) => {
    pages.set(name, await page);
    return page;
  };
  const signIn = await see('sign-in', browser.get('/sign-in?next=/passkeys/new'));
  await see('sign-in refused', browser.submit(signIn, '/sign-in', { username: 'nobody', password: 'x' }));
  await see('overview', browser.get('/'));
  const form = await see('registration', browser.get('/passkeys/new'));
  await see('not agreed', browser.submit(form, '/passkeys', { account: 'email-1' }));
  network.answerWith('/authentication/sessions', refuse('UNAVAILABLE'));
  await see('unfinished', browser.submit(form, '/passkeys'));
  network.answerWith('/authentication/sessions', undefined);
  await browser.submit(form, '/passkeys');
  const callback = (result: Parameters<typeof network.callback>[0]) => browser.get(pathOf(network.callback(result)));
  await see('cancelled', callback({ status: 'CANCELLED', reason: 'USER_CANCELLATION' }));
  await see('failed', callback({ status: 'ERROR', reason: 'DUPLICATE_CREDENTIALS' }));
  await see('ignored', browser.get('/passkeys/callback'));
  const { location } = (await callback({ proof: await network.issueProof() })).headers;
  await see('ready', browser.get(String(location)));
  await see('overview with a passkey', browser.get('/'));
  const { credentialId = '' } = network.heldBindings.at(-1) ?? {};
  const passkey = `/passkeys/of/${credentialId}`;
  const card = [{ primaryAccountNumber: '5555555555554444' }];
  const shop = { heldBy: { role: 'merchant', name: 'Tidewick' }, panLastFour: '4444' } as const;
  const { bindingId } = network.holdBinding({ credentialId, accounts: card, ...shop });
  for (const by of ['ISSUER', 'MERCHANT', 'CARDHOLDER', 'NETWORK'] as const) {
    network.changeBinding({ bindingId, action: 'SUSPEND', by });
  }
  await see('passkey', browser.get(passkey));
  await see('unblock', browser.get(`${passkey}/unblock?binding=${bindingId}`));
  await see('remove', browser.get(`${passkey}/remove`));
  await see('replace', browser.get('/cards/2/replace'));
  const lost = await see('lost', browser.get('/passkeys/lost'));
  const order = (await browser.submit(lost, '/passkeys/lost')).headers.location;
  await see('blocked', browser.get(String(order)));
  await see('receipts', browser.get('/passkeys/consents'));
  await see('receipt', browser.get(await latestReceipt()));
  await see('terms', browser.get('/legal/terms'));
  await see('privacy', browser.get('/legal/privacy'));
  await see('nothing there', browser.get('/nowhere'));
  await see('no such address', browser.get('/%'));
  await see('malformed', browser.get('/passkeys/new?country=ZZ'));
  await see('stale', browser.post('/sign-out', {}));
  return pages;
}

/** Names, codes and addresses, which are the same in every language. */
const NAMES =
  /Larkmoor|Bank|Avery|Lindqvist|Everyday|Debit|Voyager|Credit|passkey-demo|avery|Tidewick|SIM|larkmoor|example|SHA|UTC|PIN|light|my|request|[A-Z_]{6,}|[0-9a-f-]{32,}|https?:\S+|GPT|LGPD/g;
const LANGUAGE_NAMES = new RegExp(LANGUAGES.map(({ name }) => name).join('|'), 'g');
const isWrittenInLatin = (tag: string) => new Intl.Locale(tag).maximize().script === 'Latn';

/** Every language in the drills; else one that is written from right to left without Latin letters, and one with them. */
const WALKED = LANGUAGES.filter(({ tag }) => process.env.DRILLS || ['ar', 'de'].includes(tag));

for (const { tag, direction } of WALKED) {
  test(`${tag}: from the sign-in to the outcome, and on every page of failure, the browser's language is kept`, async () => {
    const browser = await fixture.signedIn();
    browser.acceptLanguage = `${tag},en;q=0.5`;
    for (const [name, page] of await walk(browser)) {
      expect(languageOf(page), name).toEqual([tag, direction]);
      expect(headingOf(page), name).not.toBe('');
      expect(textOf(page), name).not.toMatch(/\{\w+\}|undefined/);
      if (isWrittenInLatin(tag)) continue;
      expect(
        textOf(page)
          .replace(LANGUAGE_NAMES, '')
          .replace(NAMES, '')
          .match(/[A-Za-z]{3,}/g) ?? [],
        name,
      ).toEqual([]);
    }
  });
}

describe('the choice', () => {
  test('is offered on the pages, outdoes the browser, leads back to the page, and stays', async () => {
    const browser = openBrowser(fixture.bank);
    browser.acceptLanguage = 'fr';
    const page = await browser.get('/sign-in?next=/passkeys/new');
    const answer = await browser.submit(page, '/language', { language: 'ja' });
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/sign-in?next=/passkeys/new']);
    expect(answer.cookies).toContainEqual(
      expect.objectContaining({ name: '__Host-bank_language', secure: true, httpOnly: true, maxAge: 31_536_000 }),
    );
    expect(languageOf(await browser.get('/sign-in'))).toEqual(['ja', 'ltr']);
  });

  test('on the registration screen is one of the whole bank', async () => {
    const browser = await fixture.signedIn();
    await browser.get('/passkeys/new?country=AE&language=ar');
    expect(languageOf(await browser.get('/'))).toEqual(['ar', 'rtl']);
  });
});

describe('an ending', () => {
  const endOf = async (path: string) => {
    const browser = await fixture.signedIn();
    await browser.submit(await browser.get('/passkeys/new'), '/passkeys');
    return browser.get(path);
  };
  const failure = (status: string, reason: string) => pathOf(fixture.network.callback({ status, reason }));

  test('that was chosen has no sign of alarm; a failure has', async () => {
    const browser = await fixture.signedIn();
    await browser.submit(await browser.get('/passkeys/new'), '/passkeys');
    expect((await browser.get(failure('CANCELLED', 'USER_CANCELLATION'))).body).not.toContain('class="sign bad"');
    expect((await browser.get(failure('ERROR', 'UNKNOWN_ERROR'))).body).toContain('class="sign bad"');
  });

  test('by DUPLICATE_CREDENTIALS names the buttons that are there', async () => {
    const browser = await fixture.signedIn();
    await browser.submit(await browser.get('/passkeys/new'), '/passkeys');
    const page = await browser.get(failure('ERROR', 'DUPLICATE_CREDENTIALS'));
    expect(plainTextOf(page)).toContain(
      'Choose “Try again”. On the card network’s page choose “Use a passkey I already have”, or “Use passkey”',
    );
    expect(page.body).toMatch(/<a [^>]*href="\/passkeys\/new"[^>]*>Try again<\/a>/);
  });

  test.each(['/passkeys/callback', '/passkeys/callback?state=x', '/passkeys/callback?state=x&status=ENROLLED'])(
    'that says to try again has the button: %s',
    async (path) => {
      const page = await endOf(path);
      const says = textOf(page).includes('“\u2068Try again\u2069”');
      expect([says, page.body.includes('>Try again</a>')]).toEqual([true, true]);
    },
  );
});

test('a receipt shows its documents by name, version and date; addresses stand only in the text as it is kept', async () => {
  const browser = await fixture.signedIn();
  await browser.submit(await browser.get('/passkeys/new?country=BR&language=pt'), '/passkeys');
  browser.cookies.delete('__Host-bank_language');
  const page = await browser.get(await latestReceipt());
  const [shown = ''] = page.body.split('<details>');
  expect(shown).toMatch(/<a href="[^"]+" lang="pt"><bdi>Termos de Uso<\/bdi><\/a>/);
  expect(plainTextOf(page)).toContain('Termos de Uso version 1.0, October 1, 2026');
  expect(shown.replace(/href="[^"]*"/g, '')).not.toContain('/legal/');
});
