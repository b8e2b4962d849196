/**
 * The short form of `npm run faults`: the network is killed at points of its flow, and nothing is lost, done twice or left open. `npm run
 * drills` kills it at every point.
 */
import { globSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Evidence, findViolations } from './checker.ts';
import { type CrashReport, runCrashMatrix } from './crash-matrix.ts';
import { findEventFaults } from './final-events.ts';
import type { Replay } from './history.ts';

const IS_DRILL = Boolean(process.env.DRILLS);
const KILLS = IS_DRILL ? 40 : 3;
/** Ends a run that hangs. Every run needs less, also on a busy machine. */
const HUNG_MILLISECONDS = IS_DRILL ? 1_200_000 : 600_000;
/** The most examples of each kind that are checked, because each check takes time. */
const SAMPLE = 2;

let report: CrashReport;
beforeAll(async () => {
  report = await runCrashMatrix({ victim: 'NETWORK', kills: KILLS, everyPoint: IS_DRILL, seed: 1 });
}, HUNG_MILLISECONDS);

test('what was acknowledged is there, nothing is there twice, every session has ended, every cardholder got there', () => {
  expect(report.violations).toEqual([]);
  expect(report.kills).toBeGreaterThanOrEqual(KILLS);
});

test('every end of a session, every binding and every payment has its event, once, and no event is without its fact', () => {
  const { events, evidence } = report;
  expect(findEventFaults(evidence.state, events)).toEqual([]);
});

const points = IS_DRILL ? 'every point' : 'a point';
test(`somebody was at ${points} of the flow at each kill of the network`, () => {
  const missed = report.points.filter(({ struck }) => struck === 0).length;
  expect(missed).toBeLessThanOrEqual(IS_DRILL ? 0 : report.points.length - KILLS);
  expect(report.unheard).toBeGreaterThanOrEqual(report.kills);
});

/** Statements outside the load: those of housekeeping, of calls after the binding, and of reads after a refusal. Other tests cover them. */
const OUTSIDE_THE_FLOW = [
  'account-rekey',
  'account-replace-',
  'audit-arrears',
  'binding-of-passkey',
  'binding-or-passkey',
  'binding-search-',
  'binding-wait',
  'deliveries-claim',
  'delivery-failed',
  'delivery-taken',
  'events-cursor',
  'events-force',
  'events-page',
  'events-stored',
  'merchants-list',
  'operator-attempt-begin',
  'operator-attempt-consume',
  'operator-confirm',
  'operator-passkey-find',
  'operator-passkeys',
  'operator-session-end',
  'operator-session-find',
  'operator-sign-in',
  'passkey-delete',
  'passkey-forget-device',
  'passkeys-of-session',
  'sandbox-device-drop-oldest',
  'sandbox-device-find',
  'sandbox-device-keep',
  'sandbox-device-replace',
  'session-return',
  'session-search-',
  'session-search-open',
  'session-view',
  'session-walk-',
  'session-walk-end-',
  'timeline-note',
  'token-request-use',
  'visit-begin',
  'visit-challenged',
  'visit-drop',
  'visit-end',
  'visit-find',
  'visit-overview',
  'visit-sign-in',
  'webhook-switch-off',
];

test('every prepared statement of the network is part of the flow', () => {
  const source = new URL('../../src/', import.meta.url);
  const stores = globSync('**/*.ts', { cwd: source, exclude: (file) => file.endsWith('.test.ts') });
  const named = stores.flatMap((file) => readNames(readFileSync(new URL(file, source), 'utf8')));
  expect(named.length).toBeGreaterThan(15);
  const known = [...report.statements, ...OUTSIDE_THE_FLOW];
  expect(named.filter((start) => !known.some((name) => name.startsWith(start)))).toEqual([]);
});

/** Reads `name: '…'` of an object whose next member is `text:`; for a template, its constant beginning. */
function readNames(source: string): readonly string[] {
  return [...source.matchAll(/\bname:([^,]*),\s*(?:\/\/[^\n]*\s*)?text\b/g)].flatMap(([, names = '']) =>
    [...names.matchAll(/['`]([a-z]+-[a-z-]*)/g)].map(([, name = '']) => name),
  );
}

test.each<Replay['what']>(['REQUEST', 'TOKEN', 'CHALLENGE', 'PROOF'])(
  '%s: what was used up was tried again, after each start',
  (what) => {
    expect(report.evidence.history.replays.filter((replay) => replay.what === what).length).toBeGreaterThan(KILLS / 2);
  },
);

describe('the judge would have found', () => {
  const changed = (changes: Partial<Evidence['state']>) =>
    findViolations({ ...report.evidence, state: { ...report.evidence.state, ...changes } });

  test('an event that is missing, that is there twice, or that has no fact', () => {
    const { events, evidence } = report;
    const own = evidence.state.bindings.filter(({ clientId }) => clientId === 'test-bank');
    for (const type of ['session.ended', 'binding.created']) {
      const event = events.find(
        (one) =>
          one.type === type &&
          one.clientId === 'test-bank' &&
          (type === 'session.ended' || own.some(({ bindingId }) => bindingId === one.data.bindingId)),
      );
      if (event === undefined) throw new Error(`There is a ${type} of the bank.`);
      const others = events.filter((one) => one !== event);
      const unfounded = { ...event, data: { ...event.data, authenticationSessionId: 'none', bindingId: 'none' } };
      for (const wrong of [others, [...events, event], [...events, unfounded]]) {
        expect(findEventFaults(evidence.state, wrong)).toHaveLength(1);
      }
    }
  });

  test('any session that is missing', () => {
    const { sessions } = report.evidence.state;
    const acknowledged = ['bound', 'approved', 'cancelled'].flatMap((state) =>
      sessions.filter((session) => session.state === state).slice(0, SAMPLE),
    );
    expect(acknowledged.length).toBeGreaterThan(SAMPLE);
    for (const lost of acknowledged) {
      expect(changed({ sessions: sessions.filter((session) => session !== lost) }), lost.state).not.toEqual([]);
    }
  });

  test('any binding of a bank that is missing, that is there twice, or that has lost an account', () => {
    const { bindings } = report.evidence.state;
    for (const binding of bindings.filter(({ clientId }) => clientId === 'test-bank').slice(0, SAMPLE)) {
      const others = bindings.filter((one) => one !== binding);
      const [, ...rest] = binding.accounts;
      expect(changed({ bindings: others })).not.toEqual([]);
      expect(changed({ bindings: [...bindings, { ...binding, bindingId: 'another' }] })).not.toEqual([]);
      expect(changed({ bindings: [...others, { ...binding, accounts: rest }] })).not.toEqual([]);
    }
  });
});
