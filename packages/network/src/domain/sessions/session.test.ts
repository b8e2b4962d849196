import { createHash } from 'node:crypto';
import { SERVICE_ERRORS } from '@payment-passkeys/protocol';
import { describe, expect, test } from 'vitest';
import {
  decide,
  REFUSAL_ERRORS,
  SESSION_STATES,
  type SessionEvent,
  type SessionFacts,
  type SessionRefusal,
  type SessionState,
} from './session.ts';

const CREATED = new Date('2026-11-24T12:00:00Z');
const COMPLETED = new Date('2026-11-24T12:05:00Z');
const after = (start: Date, minutes: number, seconds = 0) =>
  new Date(start.getTime() + (minutes * 60 + seconds) * 1000);
const hash = (text: string) => createHash('sha256').update(text).digest();

/** A session in the given state, with the facts that it has by then. */
function session(state: SessionState, changes: Partial<SessionFacts> = {}): SessionFacts {
  const opened = state !== 'created';
  const enrolled = state === 'enrolled' || state === 'bound';
  const over = state !== 'created' && state !== 'opened' && state !== 'enrolled';
  return {
    state,
    reason: 'ACCOUNT_LOGIN',
    nextStep: null,
    expiresAt: after(CREATED, 15),
    tokenHash: hash('token'),
    ceremonyHash: opened ? hash('cookie') : null,
    challenge: state === 'opened' ? hash('challenge') : null,
    credentialHash: enrolled ? hash('credential') : null,
    verificationId: null,
    verifiedAt: null,
    confirmationChallenge: null,
    proofHash: enrolled ? hash('proof') : null,
    proofExpiresAt: enrolled ? after(COMPLETED, 15) : null,
    endedAt: over ? after(COMPLETED, 1) : null,
    ...changes,
  };
}

/** Each event, with the data with which it succeeds in the states that allow it. */
const EVENTS = {
  OPEN: { kind: 'OPEN', tokenHash: hash('token'), ceremonyHash: hash('cookie') },
  RESULT: { kind: 'RESULT', credentialHash: hash('credential'), challenge: hash('challenge') },
  END: { kind: 'END', reason: 'USER_CANCELLATION' },
  BIND: { kind: 'BIND', proofHash: hash('proof') },
  EXPIRE: { kind: 'EXPIRE' },
} as const satisfies Record<string, SessionEvent>;

const NOW = after(CREATED, 6);
const LATE = after(CREATED, 60);
const next = (state: SessionState) => ({ outcome: 'NEXT', next: state });
const refused = (refusal: SessionRefusal) => ({ outcome: 'REFUSED', refusal });
const repeated = { outcome: 'REPEATED' };

describe('every state and every event', () => {
  test.each([
    ['created', 'OPEN', next('opened')],
    ['created', 'RESULT', refused('NOT_OPENED')],
    ['created', 'END', refused('NOT_OPENED')],
    ['created', 'BIND', refused('NOT_ENROLLED')],
    ['created', 'EXPIRE', refused('NOT_YET')],
    ['opened', 'OPEN', next('opened')],
    ['opened', 'RESULT', next('enrolled')],
    ['opened', 'END', next('cancelled')],
    ['opened', 'BIND', refused('NOT_ENROLLED')],
    ['opened', 'EXPIRE', refused('NOT_YET')],
    ['enrolled', 'OPEN', refused('SESSION_OVER')],
    ['enrolled', 'RESULT', repeated],
    ['enrolled', 'END', refused('RESULT_TAKEN')],
    ['enrolled', 'BIND', next('bound')],
    ['enrolled', 'EXPIRE', refused('NOT_YET')],
    ['bound', 'OPEN', refused('SESSION_OVER')],
    ['bound', 'RESULT', repeated],
    ['bound', 'END', refused('RESULT_TAKEN')],
    ['bound', 'BIND', repeated],
    ['bound', 'EXPIRE', repeated],
    ['cancelled', 'OPEN', refused('SESSION_OVER')],
    ['cancelled', 'RESULT', refused('SESSION_OVER')],
    ['cancelled', 'END', repeated],
    ['cancelled', 'BIND', refused('NOT_ENROLLED')],
    ['cancelled', 'EXPIRE', repeated],
    ['failed', 'OPEN', refused('SESSION_OVER')],
    ['failed', 'RESULT', refused('SESSION_OVER')],
    ['failed', 'END', repeated],
    ['failed', 'BIND', refused('NOT_ENROLLED')],
    ['failed', 'EXPIRE', repeated],
    ['expired', 'OPEN', refused('SESSION_OVER')],
    ['expired', 'RESULT', refused('SESSION_OVER')],
    ['expired', 'END', refused('SESSION_OVER')],
    ['expired', 'BIND', refused('NOT_ENROLLED')],
    ['expired', 'EXPIRE', repeated],
  ] as const)('%s by %s: %j', (state, kind, expected) => {
    expect(decide(session(state), EVENTS[kind], NOW)).toEqual(expected);
  });

  test.each([
    ['created', 'OPEN', refused('TIME_IS_UP')],
    ['created', 'RESULT', refused('NOT_OPENED')],
    ['created', 'EXPIRE', next('expired')],
    ['opened', 'OPEN', refused('TIME_IS_UP')],
    ['opened', 'RESULT', refused('TIME_IS_UP')],
    ['opened', 'END', refused('TIME_IS_UP')],
    ['opened', 'EXPIRE', next('expired')],
    ['enrolled', 'BIND', refused('PROOF_TOO_OLD')],
    ['enrolled', 'EXPIRE', next('expired')],
    ['bound', 'BIND', repeated],
  ] as const)('too late, %s by %s: %j', (state, kind, expected) => {
    expect(decide(session(state), EVENTS[kind], LATE)).toEqual(expected);
  });
});

describe('what a session would use is suspended or deleted, or its card is replaced', () => {
  test.each(SESSION_STATES)('%s', (state) => {
    const open = ['created', 'opened', 'verifying', 'verified', 'registered', 'enrolled'].includes(state);
    expect(decide(session(state), { kind: 'REVOKE' }, NOW)).toEqual(open ? next('failed') : refused('SESSION_OVER'));
  });

  test('an enrolled session that is over is not bound', () => {
    const facts = session('failed', { proofHash: hash('proof'), proofExpiresAt: after(COMPLETED, 15) });
    expect(decide(facts, EVENTS.BIND, NOW)).toEqual(refused('NOT_ENROLLED'));
  });
});

describe('who may', () => {
  const open = (changes: Partial<typeof EVENTS.OPEN>) => ({ ...EVENTS.OPEN, ...changes }) as SessionEvent;

  test.each([undefined, hash('other token'), Buffer.alloc(0), hash('token').subarray(1)])(
    'a session is opened by its token and nothing else',
    (tokenHash) => {
      const event = { ...EVENTS.OPEN, tokenHash, ceremonyHash: undefined };
      expect(decide(session('created'), event, NOW)).toEqual(refused('TOKEN_REFUSED'));
    },
  );

  test('an opened one by the cookie of the browser that opened it: its token is spent', () => {
    expect(decide(session('opened'), { ...EVENTS.OPEN, tokenHash: undefined }, NOW)).toEqual(next('opened'));
    for (const ceremonyHash of [undefined, hash('other cookie')]) {
      expect(decide(session('opened'), { ...EVENTS.OPEN, ceremonyHash }, NOW)).toEqual(refused('TOKEN_SPENT'));
    }
    expect(decide(session('created'), open({ ceremonyHash: hash('cookie') }), NOW)).toEqual(next('opened'));
  });

  test('a result answers the current challenge', () => {
    const other = { ...EVENTS.RESULT, challenge: hash('old challenge') };
    expect(decide(session('opened'), other, NOW)).toEqual(refused('CHALLENGE_REFUSED'));
    expect(decide(session('opened', { challenge: null }), EVENTS.RESULT, NOW)).toEqual(refused('CHALLENGE_REFUSED'));
  });

  test.each(['enrolled', 'bound'] as const)('%s: another credential comes too late', (state) => {
    const other = { ...EVENTS.RESULT, credentialHash: hash('other credential') };
    expect(decide(session(state), other, NOW)).toEqual(refused('RESULT_TAKEN'));
  });

  test.each(['enrolled', 'expired'] as const)('%s: another proof is refused, in time or not', (state) => {
    const facts = session(state, { proofHash: hash('proof'), proofExpiresAt: after(COMPLETED, 15) });
    for (const now of [NOW, LATE]) {
      expect(decide(facts, { kind: 'BIND', proofHash: hash('other proof') }, now)).toEqual(refused('PROOF_REFUSED'));
    }
  });

  test('bound: a second, different proof is a conflict', () => {
    expect(decide(session('bound'), { kind: 'BIND', proofHash: hash('other proof') }, NOW)).toEqual(
      refused('ALREADY_BOUND'),
    );
  });

  test('an enrolled session that expired keeps refusing its own proof as too old', () => {
    const facts = session('expired', { proofHash: hash('proof'), proofExpiresAt: after(COMPLETED, 15) });
    expect(decide(facts, EVENTS.BIND, NOW)).toEqual(refused('PROOF_TOO_OLD'));
  });

  test('"Not now" cancels, every other reason fails', () => {
    for (const reason of [
      'DUPLICATE_CREDENTIALS',
      'CREDENTIALS_CREATION_NOT_ALLOWED',
      'CREDENTIALS_NOT_VERIFIED',
      'UNKNOWN_ERROR',
    ] as const) {
      expect(decide(session('opened'), { kind: 'END', reason }, NOW)).toEqual(next('failed'));
    }
  });
});

describe('the clocks', () => {
  test('opening, results and the end are taken until fifteen minutes after creation', () => {
    const cases = [
      ['created', 'OPEN'],
      ['opened', 'OPEN'],
      ['opened', 'RESULT'],
      ['opened', 'END'],
    ] as const;
    for (const [state, kind] of cases) {
      expect(decide(session(state), EVENTS[kind], after(CREATED, 14, 59))).toHaveProperty('next');
      expect(decide(session(state), EVENTS[kind], after(CREATED, 14, 59.999))).toHaveProperty('next');
      expect(decide(session(state), EVENTS[kind], after(CREATED, 15))).toEqual(refused('TIME_IS_UP'));
      expect(decide(session(state), EVENTS[kind], after(CREATED, 15, 1))).toEqual(refused('TIME_IS_UP'));
    }
  });

  test.each(['created', 'opened'] as const)('%s: expires at that very moment', (state) => {
    expect(decide(session(state), EVENTS.EXPIRE, after(CREATED, 14, 59.999))).toEqual(refused('NOT_YET'));
    expect(decide(session(state), EVENTS.EXPIRE, after(CREATED, 15))).toEqual(next('expired'));
  });

  test('a proof is taken for 900 seconds, past the session’s own fifteen minutes', () => {
    const bind = (seconds: number) => decide(session('enrolled'), EVENTS.BIND, after(COMPLETED, 0, seconds));
    expect(bind(899)).toEqual(next('bound'));
    expect(bind(899.999)).toEqual(next('bound'));
    expect(bind(900)).toEqual(refused('PROOF_TOO_OLD'));
    expect(bind(901)).toEqual(refused('PROOF_TOO_OLD'));
  });

  test('an enrolled session lives on until its proof expires', () => {
    const expire = (seconds: number) => decide(session('enrolled'), EVENTS.EXPIRE, after(COMPLETED, 0, seconds));
    expect(expire(899)).toEqual(refused('NOT_YET'));
    expect(expire(900)).toEqual(next('expired'));
  });

  test('the same Authenticators call is answered for 24 hours after the binding', () => {
    const bound = session('bound', { endedAt: COMPLETED });
    const bind = (minutes: number, seconds = 0) => decide(bound, EVENTS.BIND, after(COMPLETED, minutes, seconds));
    expect(bind(24 * 60 - 1, 59)).toEqual(repeated);
    expect(bind(24 * 60)).toEqual(refused('ALREADY_BOUND'));
    expect(bind(24 * 60, 1)).toEqual(refused('ALREADY_BOUND'));
  });

  test('a result is answered again however late, an end too', () => {
    expect(decide(session('bound'), EVENTS.RESULT, LATE)).toEqual(repeated);
    expect(decide(session('cancelled'), EVENTS.END, LATE)).toEqual(repeated);
  });
});

test('every refusal has an error of the contract', () => {
  const statuses = Object.fromEntries(
    Object.entries(REFUSAL_ERRORS).map(([refusal, code]) => [refusal, SERVICE_ERRORS[code].status]),
  );
  expect(statuses).toEqual({
    SESSION_OVER: 401,
    TIME_IS_UP: 401,
    NOT_VERIFIED: 401,
    NOT_ASKED: 401,
    VERIFICATION_TOO_OLD: 401,
    CONFIRMATION_OVER: 409,
    CONFIRMATION_NOT_OFFERED: 409,
    TOKEN_REFUSED: 401,
    TOKEN_SPENT: 401,
    NOT_OPENED: 401,
    RESULT_TAKEN: 409,
    CHALLENGE_REFUSED: 400,
    NOT_ENROLLED: 409,
    ALREADY_BOUND: 409,
    PROOF_REFUSED: 400,
    PROOF_TOO_OLD: 400,
    NOT_YET: 500,
  });
});
