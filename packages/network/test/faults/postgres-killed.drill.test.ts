/** PostgreSQL is killed and started again: the network answers 503 meanwhile, keeps running, and has lost nothing that it acknowledged. */
import { AUTHENTICATORS_PATH, SESSIONS_PATH, sessionPath } from '@payment-passkeys/protocol';
import { buildSessionInfo, buildSessionRequest, createTestBrowser } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { proofOf } from '../running-network.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { runCrashMatrix } from './crash-matrix.ts';
import { type Stage, startStage } from './stage.ts';

const KILLS = 20;
/** Ends a test that hangs. Every test needs less, also on a busy machine. */
const HUNG_MILLISECONDS = 1_200_000;

let cluster: Cluster;
let stage: Stage;
async function untilReady(): Promise<void> {
  const ready = async () => (await fetch(`${stage.network.address}/health/ready`)).status;
  await expect.poll(ready, { timeout: HUNG_MILLISECONDS, interval: 50 }).toBe(200);
}

test(
  'killed under load, at points of the flow: 503 with Retry-After, recovery without a restart, and nothing lost',
  async () => {
    const report = await runCrashMatrix({ victim: 'POSTGRESQL', kills: KILLS, everyPoint: false, seed: 1 });
    expect(report.violations).toEqual([]);
    const { exchanges, replays } = report.evidence.history;
    const refused = exchanges.filter(({ answer, path }) => answer?.status === 503 && !path.startsWith('/health'));
    expect(refused.length).toBeGreaterThanOrEqual(KILLS); // findViolations reports a 503 without Retry-After
    expect(new Set(replays.map(({ what }) => what)).size).toBeGreaterThan(2);
  },
  HUNG_MILLISECONDS,
);

describe('a nonce waits for no disk of its own (docs/decisions/0040)', () => {
  // Log records that no commit waits for stay in memory for up to ten seconds.
  beforeAll(async () => {
    cluster = await startCluster({ settings: { wal_writer_delay: '10s' } });
    stage = await startStage({ networkServerUrl: cluster.url });
  }, HUNG_MILLISECONDS);
  afterAll(async () => {
    await stage?.stop();
    await cluster?.stop();
  });

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
    // A repeated request is noted in the session's timeline, and changes nothing else.
    (await stage.database.pool.query(`SELECT to_jsonb(${table}) - 'timeline' AS row FROM ${table} ORDER BY 1`)).rows;
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
      const path = sessionPath(authenticationSessionId);
      const headers = { authorization: await bank.sign(path, '', 'GET') };
      const read = async () => {
        const response = await fetch(stage.network.address + path, { headers });
        return { status: response.status, body: await response.json() };
      };
      const first = await read();
      expect(first.status).toBe(200);
      await crash();
      const second = await read();
      // The crash lost this nonce, so the same request is answered again. A stored nonce would cause a refusal.
      expect(second).toEqual(first);
      expect(await everything()).toEqual(before);
    },
    HUNG_MILLISECONDS,
  );
});
