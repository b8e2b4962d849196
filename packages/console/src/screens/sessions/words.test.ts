import { describe, expect, it } from 'vitest';
import { sentenceOf, timeOf } from './words.ts';

const session = {
  kind: 'ENROLMENT',
  clientName: 'Larch Savings',
  createdAt: '2026-11-15T15:44:33.000Z',
  endedAt: '2026-11-15T15:59:33.000Z',
} as const;

describe('the sentence of a session', () => {
  it.each([
    ['SUCCEEDED', '{subject} succeeded on {when}: the passkey is bound at Larch Savings.'],
    [
      'UNBOUND',
      '{subject} was not completed on {when}: Larch Savings did not send the proof in time, so the passkey is not bound.',
    ],
    ['OPEN', '{subject} has been under way since {when}.'],
  ] as const)('%s', (outcome, sentence) => {
    expect(sentenceOf({ ...session, outcome, timeline: [] })).toBe(sentence);
  });

  it('has the time of its end', () => {
    expect(timeOf({ ...session, outcome: 'EXPIRED' })).toBe(session.endedAt);
    expect(timeOf({ outcome: 'OPEN', createdAt: session.createdAt })).toBe(session.createdAt);
  });

  it('has the time of its start if it was stepped up, which happens at the start', () => {
    expect(timeOf({ ...session, outcome: 'STEPPED_UP' })).toBe(session.createdAt);
  });
});
