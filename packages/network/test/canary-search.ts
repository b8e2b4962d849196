/** The end of the canary's run: nothing that left the network, and nothing that it stores, contains a mark. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MARKS } from './canary-accounts.ts';
import { copyTables, findMarks } from './canary-marks.ts';
import type { CanaryRecord, RecordedNetwork } from './canary-record.ts';

interface Run {
  readonly record: CanaryRecord;
  /** Answers the network of the run, which is started after the tests are declared. */
  readonly recorded: () => RecordedNetwork;
  /** Opens a session that has the marked accounts. */
  readonly open: () => Promise<unknown>;
}

/** Declares the tests of the search; the last one stops the network. */
export function describeSearch({ record: { logLines, answers, deliveries, addresses }, recorded, open }: Run): void {
  describe('no mark is seen', () => {
    test('in the log, at debug level', () => {
      expect(logLines.length).toBeGreaterThan(200);
      expect(logLines.some((line) => JSON.parse(line).level === 50)).toBe(true); // an error among them
      for (const line of logLines) expect(findMarks(line, MARKS), line).toEqual([]);
    });

    test('in an answer or its headers', () => {
      expect(answers.length).toBeGreaterThan(200);
      for (const answer of answers) expect(findMarks(answer, MARKS), answer.slice(0, 2000)).toEqual([]);
    });

    test('in a delivery or its headers', () => {
      expect(deliveries.length).toBeGreaterThan(50);
      for (const delivery of deliveries) expect(findMarks(delivery, MARKS), delivery).toEqual([]);
    });

    test('in an address that a browser, an issuer or a shop is sent to', () => {
      expect(addresses.filter((address) => address.includes('?')).length).toBeGreaterThan(15);
      for (const address of addresses) expect(findMarks(address, MARKS), address).toEqual([]);
    });

    test('in the metrics', async () => {
      const metrics = await (await fetch(`${recorded().at.network.address}/metrics`)).text();
      expect(metrics).toContain('payment_passkeys_sessions_ended_total');
      expect(findMarks(metrics, MARKS)).toEqual([]);
    });

    test('in any table, as COPY writes it, while sessions are open', async () => {
      await open(); // a session that still has its accounts
      const tables = await copyTables(recorded().at.network.database.url);
      expect(tables.size).toBeGreaterThan(10);
      for (const name of [
        'session',
        'binding_account',
        'deleted_binding',
        'account_replacement',
        'passkey',
        'device',
        'event',
        'audit_entry',
        'sandbox_recorded_request',
      ])
        expect(tables.get(name)?.length, name).toBeGreaterThan(0);
      for (const [name, content] of tables) expect(findMarks(content, MARKS), name).toEqual([]);
    });

    test('in DATA_DIR', async () => {
      for (const name of await readdir(join(recorded().at.network.dataDir, 'keys'))) {
        expect(findMarks(await readFile(join(recorded().at.network.dataDir, 'keys', name), 'utf8'), MARKS)).toEqual([]);
      }
    });

    test('in a trace: the last test, as the network sends what waits when it stops', async () => {
      await recorded().at.network.stop();
      const spans = recorded().collector.spans();
      expect(spans.length).toBeGreaterThan(400);
      for (const kind of ['verify signature', 'decrypt payload', 'session-by-id', 'POST /auth/passkeys/result'])
        expect(spans.map(({ name }) => name)).toContain(kind);
      expect(findMarks(recorded().collector.received(), MARKS)).toEqual([]);
    });
  });
}
