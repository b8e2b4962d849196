/** The rules of domain/health: when something is a problem. Tests with a database cover how the doctor and the console show them. */
import { describe, expect, test } from 'vitest';
import type { Endpoint } from '../events/deliveries.ts';
import { findNetworkKeyProblem } from './keys.ts';
import { findTaskProblems, type TaskState } from './tasks.ts';
import { findWebhookProblems } from './webhooks.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);
const DAY_MINUTES = 24 * 60;

describe('a key of the network', () => {
  const find = (dates: readonly Date[], mode: 'sandbox' | 'production' = 'production') =>
    findNetworkKeyProblem('signing', dates, { mode, now: NOW });

  test.each([
    ['missing in production', [], 'WRONG'],
    ['not active yet', [ago(-5)], 'WRONG'],
    ['overdue for rotation', [ago(32 * DAY_MINUTES)], 'WARNING'],
    ['overdue, with the next one made', [ago(32 * DAY_MINUTES), ago(-5)], undefined],
    ['young', [ago(5)], undefined],
  ] as const)('that is %s', (_, dates, severity) => {
    expect(find(dates)?.severity).toBe(severity);
  });

  test('that is missing in the sandbox is made at the start', () => {
    expect(find([], 'sandbox')).toBeUndefined();
  });

  test('for events is optional', () => {
    const options = { mode: 'production', now: NOW } as const;
    expect(findNetworkKeyProblem('webhook-signing', [], options)?.severity).toBe('WARNING');
  });
});

describe('a webhook', () => {
  const healthy: Endpoint = {
    clientId: 'bank',
    uri: 'https://bank.example/events?secret=1',
    types: ['session.*'],
    disabledAt: null,
    waiting: 0,
    waitingSince: null,
    dead: 0,
    failure: null,
  };
  test.each([
    ['that takes everything', {}, []],
    ['with deliveries of a few hours', { waiting: 3, waitingSince: ago(5 * 60) }, []],
    ['with deliveries of more than six hours', { waiting: 3, waitingSince: ago(7 * 60) }, ['DELIVERIES_LATE']],
    ['with dead deliveries', { dead: 3, failure: 'TIMEOUT' }, ['DELIVERIES_DEAD']],
    ['that is off, with dead deliveries', { disabledAt: ago(5), dead: 3 }, ['WEBHOOK_OFF']],
  ] as const)('%s', (_, changes, kinds) => {
    const found = findWebhookProblems({ ...healthy, ...changes }, NOW);
    expect(found.map(({ kind }) => kind)).toEqual(kinds);
    expect(JSON.stringify(found)).not.toContain('secret');
  });
});

describe('a task', () => {
  const audit = { oldest: null, signedAt: null };
  const quiet: TaskState = {
    eventsSince: null,
    expirySince: null,
    audit,
    passes: [{ subject: 'session', endedAt: null }],
  };
  test.each([
    ['that has nothing to do', {}, []],
    ['that is at it', { eventsSince: ago(1), expirySince: ago(9) }, []],
    ['that moves no events', { eventsSince: ago(3) }, ['EVENTS_BEHIND']],
    ['that ends no sessions', { expirySince: ago(11) }, ['TASK_BEHIND']],
    [
      'that has not gone through a table',
      { passes: [{ subject: 'session', endedAt: ago(4 * DAY_MINUTES) }] },
      ['TASK_BEHIND'],
    ],
  ] as const)('%s', (_, changes, kinds) => {
    expect(findTaskProblems({ ...quiet, ...changes }, NOW).map(({ kind }) => kind)).toEqual(kinds);
  });
});
