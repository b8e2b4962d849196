/**
 * The hostile callback addresses of packages/protocol/src/callback-corpus.json, sent in every way that the contract has (contract §3). The
 * drills send all of them; `npm test` sends some of each trick, because the unit tests of the rules read them all.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RETURN_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rotateKeys } from '../src/domain/keys/key-folder.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

interface Entry {
  readonly trick: string;
  readonly address: string;
  readonly endsAt?: string;
}

// The corpus is data beside the rules that it tests. No code of that package is imported by path.
const ALL = JSON.parse(
  readFileSync(new URL('../../protocol/src/callback-corpus.json', import.meta.url), 'utf8'),
) as readonly Entry[];
const CORPUS = process.env.DRILLS ? ALL : [...Map.groupBy(ALL, chooseKind).values()].flatMap(chooseSample);

/** The kind of an address: its trick, and where an accepted address ends. */
function chooseKind({ trick, endsAt }: Entry): string {
  return `${trick}: ${endsAt}`;
}

/** The first and the last. */
function chooseSample(entries: readonly Entry[]): readonly Entry[] {
  return entries.length <= 2 ? entries : [entries.at(0), entries.at(-1)].flatMap((entry) => entry ?? []);
}

let network: TestNetwork;
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'callbacks-'));
  await rotateKeys({ folder: join(dataDir, 'keys'), mode: 'production', now: new Date('2026-11-24T12:00:00Z') });
  network = await startTestNetwork({
    MODE: 'production',
    PUBLIC_URL: 'https://verify.network.example',
    DATA_DIR: dataDir,
  });
});
afterAll(async () => {
  await network.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function addClient() {
  return network.addClient({
    clientId: 'corpus',
    consumerKey: 'corpus',
    accountRanges: ['222300'],
    callbackDomains: ['bank.example', '*.app.bank.example', 'pay.bank.example:8443'],
    callbackSchemes: ['com.example.bank'],
  });
}

const card = { primaryAccountNumber: '2223003122003222', panExpirationMonth: '12', panExpirationYear: '2032' };
const infoWith = (callbackUri: string | undefined) => {
  const { callbackUri: _own, ...info } = buildSessionInfo(network.now, { accountReferences: { cards: [card] } });
  return callbackUri === undefined ? info : { ...info, callbackUri };
};

describe('at launch', () => {
  test('the page’s back end tells and keeps registered addresses alone, and the browser ends at one', async () => {
    const client = await addClient();
    const { body: session } = await client.sendInfo(infoWith(undefined));
    let taken = 0;
    for (const { address, endsAt } of CORPUS) {
      const browser = network.browser();
      const { status, body } = await browser.open(session.uri, { callbackUri: address });
      if (endsAt === undefined) {
        expect([400, 403], address).toContain(status);
        expect([body.returnTo, body.options], address).toEqual([undefined, undefined]);
        continue;
      }
      expect([status, new URL(body.returnTo).origin], address).toEqual([200, endsAt]);
      const { redirect } = (await browser.end('USER_CANCELLATION')).body;
      expect(new URL(redirect).origin).toBe(endsAt);
      expect(new URL(redirect).searchParams.getAll('status')).toEqual(['CANCELLED']);
      taken += 1;
      session.uri = (await client.sendInfo(infoWith(undefined))).body.uri; // that session is over
    }
    expect(taken).toBe(CORPUS.filter(({ endsAt }) => endsAt !== undefined).length);
    expect(taken).toBeGreaterThan(10);
  });

  test('the page is told registered addresses alone, and a browser without scripts is sent to them alone', async () => {
    await addClient();
    for (const { address, endsAt } of CORPUS) {
      const launch = { clientId: 'corpus', callbackUri: address };
      const page = await fetch(`${network.address}/auth/passkeys?${new URLSearchParams(launch)}`);
      expect([page.status, page.headers.get('location')], address).toEqual([200, null]);
      const [, link = ''] = /<a id="no-script-return"[^>]* href="([^"]*)"/.exec(await page.text()) ?? [];
      // An empty address counts as none.
      expect(link, address).toMatch(address === '' ? /^$/ : /^\/auth\/passkeys\/back\?launch=[A-Za-z0-9_-]+$/);
      const followed = await fetch(network.address + link, { redirect: 'manual' });
      const { body } = await network.browser().post(RETURN_PATH, launch);
      const away = [followed.headers.get('location'), body.returnTo].filter((one) => one != null);
      for (const place of away) expect(new URL(place).origin, address).toBe(endsAt);
      expect(away, address).toHaveLength(endsAt === undefined ? 0 : 2);
      if (link !== '') expect(followed.status, address).toBe(endsAt === undefined ? 404 : 303);
    }
  });
});

test('in a Sessions call: an address is refused, or it is where the callback goes, whatever is tried with it', async () => {
  const client = await addClient();
  for (const { address } of CORPUS) {
    const { status, body: session } = await client.sendInfo(infoWith(address));
    if (status === 400) {
      expect(session.errordetail[0].source, address).toMatch(/callbackUri$/);
      continue;
    }
    expect(status, address).toBe(201);
    const browser = network.browser();
    // A launch with another address changes nothing: the session's own address is used.
    const opened = await browser.open(session.uri, { callbackUri: 'https://bank.example/other' });
    const { redirect } = (await browser.end('USER_CANCELLATION')).body;
    expect(redirect.startsWith(opened.body.returnTo), address).toBe(true);
    expect(redirect).toMatch(/^(https:\/\/[a-z0-9[][^\\\s@]*|com\.example\.bank:[\x21-\x7e]*)$|\?/);
    expect(new URL(redirect).protocol).toMatch(/^(https|com\.example\.bank):$/);
    expect(new URL(redirect).username).toBe('');
    // The host as a person reads it: the text between the slashes. (A number may be an IP address in any notation.)
    const [, read = ''] = /^https:\/\/([^/?#]*)/i.exec(address) ?? [];
    if (/[a-z]/i.test(read) && !/^0x|%|^\[/i.test(read)) {
      expect(new URL(redirect).host, address).toBe(read.toLowerCase().replace(/:(0*443)?$/, ''));
    }
  }
});
