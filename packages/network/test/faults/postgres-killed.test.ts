/** PostgreSQL dies and comes back: the network answers 503 meanwhile, stays up, and has lost nothing that it has acknowledged. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AUTHENTICATORS_PATH, SESSIONS_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo, buildSessionRequest, createTestBrowser } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { proofOf } from '../running-network.ts';
import { findViolations } from './checker.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { readFinalState } from './final-state.ts';
import { runLane } from './lives.ts';
import { type Stage, startStage } from './stage.ts';

const KILLS = 3;
const LANES = 4;
const DOWN_MILLISECONDS = 300;
/** No test takes so long: it ends one that hangs, on a machine that is busy with other things. */
const HUNG_MILLISECONDS = 300_000;

let cluster: Cluster;
let stage: Stage;
const end = async () => {
  await stage?.stop();
  await cluster?.stop();
};
const begin = async (settings?: Readonly<Record<string, string>>) => {
  cluster = await startCluster(settings && { settings });
  stage = await startStage({ networkServerUrl: cluster.url });
};

async function untilReady(): Promise<void> {
  const ready = async () => (await fetch(`${stage.network.address}/health/ready`)).status;
  await expect.poll(ready, { timeout: HUNG_MILLISECONDS, interval: 50 }).toBe(200);
}

describe('under load', () => {
  beforeAll(() => begin(), HUNG_MILLISECONDS);
  afterAll(end);

  test(
    '503 with Retry-After, recovery without a restart, and nothing lost',
    async () => {
      let over = false;
      const lanes = Promise.all(
        Array.from({ length: LANES }, (_, first) => runLane(stage, { first, over: (turn) => over && turn > 0 })),
      );
      for (let kills = 0; kills < KILLS; kills++) {
        await sleep(500 + 200 * kills);
        await cluster.kill();
        const heard = await fetch(`${stage.network.address}/health/ready`);
        expect([heard.status, heard.headers.get('retry-after')]).toEqual([503, '5']);
        expect((await fetch(`${stage.network.address}/health/live`)).status).toBe(200);
        await sleep(DOWN_MILLISECONDS);
        await cluster.start();
        await untilReady();
      }
      over = true;
      await lanes;
      const { history } = stage;
      expect(
        history.exchanges.filter(({ answer, path }) => answer?.status === 503 && path !== '/health/ready'),
      ).not.toEqual([]);
      expect(findViolations({ ...stage, state: await readFinalState(stage.database.pool) })).toEqual([]);
    },
    HUNG_MILLISECONDS,
  );
});

describe('a nonce waits for no disk of its own (docs/decisions/0040)', () => {
  // Nothing that no commit waits for is written for so long.
  beforeAll(() => begin({ wal_writer_delay: '10s' }), HUNG_MILLISECONDS);
  afterAll(end);

  const send = async (request: { readonly path: string; readonly body: string; readonly authorization: string }) => {
    const { path, body, authorization } = request;
    const headers = { 'content-type': 'application/json', authorization };
    const response = await fetch(stage.network.address + path, { method: 'POST', headers, body });
    return { status: response.status, body: await response.json() };
  };
  const signed = async (path: string, body: string) => ({
    path,
    body,
    authorization: await stage.parties.bank.sign(path, body),
  });
  const crash = async () => {
    await cluster.kill();
    await cluster.start();
    await untilReady();
  };
  const rows = async (table: string) =>
    (await stage.database.pool.query(`SELECT to_jsonb(${table}) AS row FROM ${table} ORDER BY 1`)).rows;
  const everything = () => Promise.all(['session', 'binding', 'binding_account', 'passkey', 'device'].map(rows));

  test(
    'a change has taken its nonce along: the request is refused after the crash',
    async () => {
      const encrypted = await stage.parties.bank.encrypt(buildSessionInfo(new Date()));
      const request = await signed(SESSIONS_PATH, JSON.stringify(buildSessionRequest(encrypted)));
      expect((await send(request)).status).toBe(201);
      await crash();
      const again = await send(request);
      expect([again.status, JSON.stringify(again.body)]).toEqual([
        403,
        expect.stringContaining('nonce was used before'),
      ]);
      expect(await rows('session')).toHaveLength(1);
    },
    HUNG_MILLISECONDS,
  );

  test(
    'a request that changed nothing may be sent again, is answered as before, and changes nothing again',
    async () => {
      const { bank } = stage.parties;
      const browser = createTestBrowser(stage.network);
      const { authenticationSessionId, uri } = (await bank.startSession()).body;
      const { redirect } = (await browser.result(browser.answer((await browser.open(uri)).body))).body;
      const body = JSON.stringify({ authenticationSessionId, proofOfAuthentication: proofOf(redirect) });
      expect((await bank.send({ path: AUTHENTICATORS_PATH, body })).status).toBe(201);
      const before = await everything();
      const repeat = await signed(AUTHENTICATORS_PATH, body);
      const first = await send(repeat);
      expect(first.status).toBe(200);
      await crash();
      const second = await send(repeat);
      // Forgotten by the crash: it is the answer that the client has had. Were it remembered, it would be refused.
      expect(second).toEqual(first);
      expect(await everything()).toEqual(before);
    },
    HUNG_MILLISECONDS,
  );
});
