/** A slow disk: every change is answered late, or later than the caller waits. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AUTHENTICATORS_PATH, SESSIONS_PATH } from '@payment-passkeys/protocol';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createCardholder, enrol, persist } from './cardholder.ts';
import { findViolations } from './checker.ts';
import type { StatementGate } from './database-proxy.ts';
import { readFinalState } from './final-state.ts';
import { runLane, SCRIPT_COUNT } from './lanes.ts';
import { type Stage, startStage } from './stage.ts';

/** Ends a test that hangs. Every test needs less, also on a busy machine. */
const HUNG_MILLISECONDS = 300_000;
/** Only a change must be on the disk before PostgreSQL answers; a read needs no disk. */
const CHANGE_MILLISECONDS = 200;
/** Longer than a kit's attempt of 4.5 seconds, and short enough for a second attempt within its 10. */
const STALL_MILLISECONDS = 5_000;

let gate: StatementGate = () => undefined;
let stage: Stage;
beforeAll(async () => {
  stage = await startStage({ gateStatement: (passing) => gate(passing) });
}, HUNG_MILLISECONDS);
afterEach(() => {
  gate = () => undefined;
});
afterAll(() => stage.stop());

const isChange = (text: string) => /\b(INSERT|UPDATE|DELETE)\b/.test(text);
const violations = async () => findViolations({ ...stage, state: await readFinalState(stage.database.pool) });

test(
  'a fifth of a second for each change: everybody gets there',
  async () => {
    gate = ({ text, at }) => (at === 'AFTER' && isChange(text) ? sleep(CHANGE_MILLISECONDS) : undefined);
    const lanes = Array.from({ length: SCRIPT_COUNT }, (_, first) =>
      runLane(stage, { first, over: (turn) => turn > 0 }),
    );
    await Promise.all(lanes);
    expect(stage.history.exchanges.filter(({ answer }) => (answer?.status ?? 503) >= 500)).toEqual([]);
    expect(await violations()).toEqual([]);
  },
  HUNG_MILLISECONDS,
);

test(
  'later than the kit waits: it asks again, and gets the binding that has been made meanwhile',
  async () => {
    const first = stage.history.exchanges.length;
    let stalled = 0;
    gate = ({ text, at }) => {
      if (at === 'BEFORE' || stalled > 0 || !/\bINSERT INTO binding\b/.test(text)) return undefined;
      stalled += 1;
      return sleep(STALL_MILLISECONDS);
    };
    await persist(enrol, { cardholder: createCardholder(stage.network), name: 'enrol' }, stage);
    const talk = stage.history.exchanges.slice(first);
    const heard = talk.filter(({ path, answer }) => path === AUTHENTICATORS_PATH && answer?.heard);
    expect([stalled, heard.map(({ answer }) => answer?.status)]).toEqual([1, [200]]);
    expect(talk.filter(({ path }) => path === SESSIONS_PATH)).toHaveLength(1);
    expect(await violations()).toEqual([]);
  },
  HUNG_MILLISECONDS,
);
