/**
 * The life of a merchant's session: every state and every event of a payment, of a payment that registers a passkey on the way, and of a card that
 * is added.
 */
import { createHash } from 'node:crypto';
import { addSeconds, VERIFICATION_SECONDS } from '@payment-passkeys/protocol';
import { describe, expect, test } from 'vitest';
import {
  decide,
  SESSION_STATES,
  type SessionEvent,
  type SessionFacts,
  type SessionRefusal,
  type SessionState,
  stepOf,
  TRANSITIONS,
} from './session.ts';

const CREATED = new Date('2026-11-24T12:00:00Z');
const VERIFIED = addSeconds(CREATED, 180);
const NOW = addSeconds(CREATED, 240);
const hash = (text: string) => createHash('sha256').update(text).digest();

type Kind = 'AUTHENTICATE' | 'REGISTER' | 'ENROL';

function session(kind: Kind, state: SessionState, changes: Partial<SessionFacts> = {}): SessionFacts {
  const past = (states: readonly SessionState[]) => states.includes(state);
  const opened = !past(['created']);
  const proven = past(['enrolled', 'approved', 'bound']);
  return {
    state,
    reason: kind === 'ENROL' ? 'ENROL_FINANCIAL_INSTRUMENT' : 'TRANSACTION_AUTHENTICATION',
    nextStep: kind === 'ENROL' ? null : kind,
    expiresAt: addSeconds(CREATED, 900),
    tokenHash: hash('token'),
    ceremonyHash: opened ? hash('cookie') : null,
    challenge: past(['opened', 'verifying', 'verified', 'registered']) ? hash('challenge') : null,
    credentialHash: proven ? hash('credential') : state === 'registered' ? hash('first credential') : null,
    verificationId: past(['verifying', 'verified', 'registered', 'enrolled']) ? 'request' : null,
    verifiedAt: past(['verified', 'registered', 'enrolled']) ? VERIFIED : null,
    confirmationChallenge: kind === 'AUTHENTICATE' && state === 'created' ? hash('confirmation') : null,
    proofHash: proven ? hash('proof') : null,
    proofExpiresAt: proven ? addSeconds(VERIFIED, VERIFICATION_SECONDS) : null,
    endedAt: proven ? NOW : null,
    ...changes,
  };
}

/** Each event, with the data with which it succeeds in the states that allow it. */
const EVENTS = {
  OPEN: { kind: 'OPEN', tokenHash: hash('token'), ceremonyHash: hash('cookie') },
  REDIRECT_TO_ISSUER: { kind: 'REDIRECT_TO_ISSUER', deviceHasPasskey: false },
  VERIFY: { kind: 'VERIFY', inResponseTo: 'request', result: 'VERIFIED' },
  RESULT: { kind: 'RESULT', credentialHash: hash('credential'), challenge: hash('challenge') },
  CONFIRM: { kind: 'CONFIRM', credentialHash: hash('credential') },
  ABORT: { kind: 'ABORT' },
  END: { kind: 'END', reason: 'USER_CANCELLATION' },
  BIND: { kind: 'BIND', proofHash: hash('proof') },
  SUPERSEDE: { kind: 'SUPERSEDE' },
} as const satisfies Record<string, SessionEvent>;

const next = (state: SessionState) => ({ outcome: 'NEXT', next: state });
const refused = (refusal: SessionRefusal) => ({ outcome: 'REFUSED', refusal });
const repeated = { outcome: 'REPEATED' };
const judge = (facts: SessionFacts, event: SessionEvent, now = NOW) => decide(facts, event, now);

describe('a payment with a passkey that is there', () => {
  test.each([
    ['created', 'OPEN', next('opened')],
    ['created', 'REDIRECT_TO_ISSUER', refused('NOT_OPENED')],
    ['created', 'VERIFY', refused('NOT_ASKED')],
    ['created', 'RESULT', refused('NOT_OPENED')],
    ['created', 'CONFIRM', next('approved')],
    ['created', 'ABORT', next('cancelled')],
    ['created', 'BIND', refused('NOT_ENROLLED')],
    ['created', 'SUPERSEDE', next('superseded')],
    ['opened', 'OPEN', next('opened')],
    ['opened', 'REDIRECT_TO_ISSUER', next('verifying')],
    ['opened', 'RESULT', next('approved')],
    ['opened', 'CONFIRM', refused('CONFIRMATION_OVER')],
    ['opened', 'ABORT', refused('CONFIRMATION_OVER')],
    ['opened', 'END', next('cancelled')],
    ['opened', 'SUPERSEDE', next('superseded')],
    ['approved', 'OPEN', repeated],
    ['approved', 'RESULT', repeated],
    ['approved', 'CONFIRM', repeated],
    ['approved', 'ABORT', refused('CONFIRMATION_OVER')],
    ['approved', 'END', refused('RESULT_TAKEN')],
    ['approved', 'BIND', refused('NOT_ENROLLED')],
    ['approved', 'REDIRECT_TO_ISSUER', refused('SESSION_OVER')],
    ['approved', 'SUPERSEDE', refused('SESSION_OVER')],
    ['cancelled', 'ABORT', repeated],
    ['cancelled', 'CONFIRM', refused('CONFIRMATION_OVER')],
    ['cancelled', 'SUPERSEDE', refused('SESSION_OVER')],
    ['superseded', 'OPEN', refused('SESSION_OVER')],
    ['superseded', 'RESULT', refused('SESSION_OVER')],
    ['superseded', 'CONFIRM', refused('CONFIRMATION_OVER')],
    ['superseded', 'END', refused('SESSION_OVER')],
    ['superseded', 'REDIRECT_TO_ISSUER', refused('SESSION_OVER')],
  ] as const)('%s, %s', (state, event, decision) => {
    expect(judge(session('AUTHENTICATE', state), EVENTS[event])).toEqual(decision);
  });

  test('another credential than the one that approved it is refused, at the shop and on the page', () => {
    const approved = session('AUTHENTICATE', 'approved');
    const other = { credentialHash: hash('other') };
    expect(judge(approved, { ...EVENTS.CONFIRM, ...other })).toEqual(refused('RESULT_TAKEN'));
    expect(judge(approved, { ...EVENTS.RESULT, ...other })).toEqual(refused('RESULT_TAKEN'));
  });

  test('an approved one is answered again in its own browser alone, until its fifteen minutes are over', () => {
    const approved = session('AUTHENTICATE', 'approved');
    expect(judge(approved, { ...EVENTS.OPEN, ceremonyHash: hash('other') })).toEqual(refused('SESSION_OVER'));
    expect(judge(approved, { ...EVENTS.OPEN, ceremonyHash: undefined })).toEqual(refused('SESSION_OVER'));
    expect(judge(approved, EVENTS.OPEN, addSeconds(CREATED, 900))).toEqual(refused('SESSION_OVER'));
  });

  test('nothing is confirmed that was not offered, or whose challenge is used up, or too late', () => {
    const used = session('AUTHENTICATE', 'created', { confirmationChallenge: null });
    expect(judge(used, EVENTS.CONFIRM)).toEqual(refused('CONFIRMATION_NOT_OFFERED'));
    const late = addSeconds(CREATED, 900);
    expect(judge(session('AUTHENTICATE', 'created'), EVENTS.CONFIRM, late)).toEqual(refused('CONFIRMATION_OVER'));
    expect(judge(session('AUTHENTICATE', 'created'), EVENTS.ABORT, late)).toEqual(refused('CONFIRMATION_OVER'));
  });
});

describe('a new phone: the payment is confirmed with the bank instead', () => {
  test.each([
    ['opened', 'REDIRECT_TO_ISSUER', next('verifying')],
    ['opened', 'VERIFY', refused('NOT_ASKED')],
    ['verifying', 'OPEN', next('verifying')],
    ['verifying', 'REDIRECT_TO_ISSUER', next('verifying')],
    ['verifying', 'VERIFY', next('verified')],
    ['verifying', 'RESULT', next('approved')],
    ['verifying', 'CONFIRM', refused('CONFIRMATION_OVER')],
    ['verifying', 'ABORT', refused('CONFIRMATION_OVER')],
    ['verifying', 'END', next('cancelled')],
    ['verifying', 'SUPERSEDE', next('superseded')],
    ['verified', 'REDIRECT_TO_ISSUER', refused('NOT_ASKED')],
    ['verified', 'VERIFY', repeated],
    ['verified', 'RESULT', next('registered')],
    ['verified', 'CONFIRM', refused('CONFIRMATION_OVER')],
    ['registered', 'OPEN', next('registered')],
    ['registered', 'REDIRECT_TO_ISSUER', refused('NOT_ASKED')],
    ['registered', 'RESULT', next('approved')],
    ['registered', 'CONFIRM', refused('CONFIRMATION_OVER')],
    ['registered', 'END', next('cancelled')],
    ['approved', 'VERIFY', refused('NOT_ASKED')],
  ] as const)('%s, %s', (state, event, decision) => {
    expect(judge(session('AUTHENTICATE', state), EVENTS[event])).toEqual(decision);
  });

  test('not on a device that is known to hold a passkey of the card', () => {
    const onThisDevice = { ...EVENTS.REDIRECT_TO_ISSUER, deviceHasPasskey: true };
    for (const state of ['opened', 'verifying'] as const) {
      expect(judge(session('AUTHENTICATE', state), onThisDevice)).toEqual(refused('NOT_ASKED'));
      expect(judge(session('REGISTER', state), onThisDevice)).toEqual(next('verifying'));
    }
  });

  test('what was challenged before the browser left approves nothing', () => {
    const gone = session('AUTHENTICATE', 'verifying', { challenge: null });
    expect(judge(gone, EVENTS.RESULT)).toEqual(refused('CHALLENGE_REFUSED'));
  });

  test('the issuer’s word alone approves nothing: a passkey is made, and only then the payment is asked for', () => {
    const step = (state: SessionState) => stepOf(session('AUTHENTICATE', state));
    expect((['opened', 'verifying', 'verified', 'registered'] as const).map(step)).toEqual([
      'PAY',
      'PAY',
      'PASSKEY',
      'PAY',
    ]);
  });
});

describe('the way to the issuer and back', () => {
  test.each([
    ['ENROL', 'created', 'OPEN', next('opened')],
    ['ENROL', 'opened', 'REDIRECT_TO_ISSUER', next('verifying')],
    ['ENROL', 'opened', 'RESULT', refused('NOT_VERIFIED')],
    ['ENROL', 'opened', 'VERIFY', refused('NOT_ASKED')],
    ['ENROL', 'verifying', 'OPEN', next('verifying')],
    ['ENROL', 'verifying', 'REDIRECT_TO_ISSUER', next('verifying')],
    ['ENROL', 'verifying', 'RESULT', refused('NOT_VERIFIED')],
    ['ENROL', 'verifying', 'VERIFY', next('verified')],
    ['ENROL', 'verifying', 'END', next('cancelled')],
    ['ENROL', 'verified', 'OPEN', next('verified')],
    ['ENROL', 'verified', 'REDIRECT_TO_ISSUER', refused('NOT_ASKED')],
    ['ENROL', 'verified', 'VERIFY', repeated],
    ['ENROL', 'verified', 'RESULT', next('enrolled')],
    ['ENROL', 'verified', 'END', next('cancelled')],
    ['ENROL', 'enrolled', 'BIND', next('bound')],
    ['ENROL', 'enrolled', 'VERIFY', refused('NOT_ASKED')],
    ['ENROL', 'failed', 'VERIFY', refused('NOT_ASKED')],
    ['ENROL', 'failed', 'OPEN', refused('SESSION_OVER')],
    ['REGISTER', 'created', 'CONFIRM', refused('CONFIRMATION_NOT_OFFERED')],
    ['REGISTER', 'opened', 'REDIRECT_TO_ISSUER', next('verifying')],
    ['REGISTER', 'opened', 'RESULT', refused('NOT_VERIFIED')],
    ['REGISTER', 'verified', 'RESULT', next('registered')],
    ['REGISTER', 'registered', 'OPEN', next('registered')],
    ['REGISTER', 'registered', 'VERIFY', repeated],
    ['REGISTER', 'registered', 'REDIRECT_TO_ISSUER', refused('NOT_ASKED')],
    ['REGISTER', 'registered', 'RESULT', next('approved')],
    ['REGISTER', 'registered', 'END', next('cancelled')],
    ['REGISTER', 'registered', 'SUPERSEDE', next('superseded')],
    ['REGISTER', 'registered', 'BIND', refused('NOT_ENROLLED')],
  ] as const)('%s: %s, %s', (kind, state, event, decision) => {
    expect(judge(session(kind, state), EVENTS[event])).toEqual(decision);
  });

  test('REFUSED ends the session; an answer to another request is ignored, whatever it says', () => {
    const verifying = session('ENROL', 'verifying');
    expect(judge(verifying, { ...EVENTS.VERIFY, result: 'REFUSED' })).toEqual(next('failed'));
    const another = { ...EVENTS.VERIFY, inResponseTo: 'another' };
    expect(judge(verifying, another)).toEqual(refused('NOT_ASKED'));
    expect(judge(verifying, { ...another, result: 'REFUSED' })).toEqual(refused('NOT_ASKED'));
    expect(judge({ ...verifying, verificationId: null }, EVENTS.VERIFY)).toEqual(refused('NOT_ASKED'));
  });

  test('after VERIFIED neither counts any more', () => {
    const verified = session('ENROL', 'verified');
    expect(judge(verified, { ...EVENTS.VERIFY, result: 'REFUSED' })).toEqual(refused('NOT_ASKED'));
    expect(judge(verified, { ...EVENTS.VERIFY, inResponseTo: 'another' })).toEqual(refused('NOT_ASKED'));
  });

  test('no other browser goes on with it, not even with the token of the launch', () => {
    for (const state of ['verifying', 'verified', 'registered'] as const) {
      const facts = session('REGISTER', state);
      expect(judge(facts, { ...EVENTS.OPEN, ceremonyHash: undefined })).toEqual(refused('TOKEN_SPENT'));
    }
  });

  test('five minutes after the verification no passkey is made any more; a payment that has one may still be approved', () => {
    const [last, over] = [addSeconds(VERIFIED, 299), addSeconds(VERIFIED, 300)];
    for (const kind of ['ENROL', 'REGISTER'] as const) {
      const verified = session(kind, 'verified');
      expect(judge(verified, EVENTS.RESULT, last)).toHaveProperty('next');
      expect(judge(verified, EVENTS.RESULT, over)).toEqual(refused('VERIFICATION_TOO_OLD'));
      expect(judge(verified, EVENTS.OPEN, over)).toEqual(refused('VERIFICATION_TOO_OLD'));
    }
    expect(judge(session('REGISTER', 'registered'), EVENTS.RESULT, over)).toEqual(next('approved'));
  });

  test('five minutes after the verification nothing is bound any more', () => {
    const enrolled = session('ENROL', 'enrolled');
    expect(judge(enrolled, EVENTS.BIND, addSeconds(VERIFIED, 299))).toEqual(next('bound'));
    expect(judge(enrolled, EVENTS.BIND, addSeconds(VERIFIED, 300))).toEqual(refused('PROOF_TOO_OLD'));
  });

  test('the credential that made the passkey is answered again, and approves no payment', () => {
    const registered = session('REGISTER', 'registered');
    const first = { credentialHash: hash('first credential') };
    expect(judge(registered, { ...EVENTS.RESULT, ...first })).toEqual(repeated);
    expect(judge(registered, { ...EVENTS.RESULT, challenge: hash('other') })).toEqual(refused('CHALLENGE_REFUSED'));
  });

  test('the fifteen minutes hold for every step', () => {
    const late = addSeconds(CREATED, 900);
    const verifiedLate = { verifiedAt: addSeconds(CREATED, 890) };
    expect(judge(session('ENROL', 'opened'), EVENTS.REDIRECT_TO_ISSUER, late)).toEqual(refused('TIME_IS_UP'));
    expect(judge(session('ENROL', 'verifying'), EVENTS.VERIFY, late)).toEqual(refused('TIME_IS_UP'));
    expect(judge(session('ENROL', 'verified', verifiedLate), EVENTS.RESULT, late)).toEqual(refused('TIME_IS_UP'));
    expect(judge(session('REGISTER', 'registered'), EVENTS.OPEN, late)).toEqual(refused('TIME_IS_UP'));
    expect(judge(session('REGISTER', 'registered'), EVENTS.END, late)).toEqual(refused('TIME_IS_UP'));
  });
});

test('every state that can still change expires, and an end is an end', () => {
  const late = addSeconds(CREATED, 3600);
  for (const state of SESSION_STATES) {
    const live = Object.keys(TRANSITIONS[state]).length > 0;
    expect(judge(session('REGISTER', state), { kind: 'EXPIRE' }, late)).toEqual(live ? next('expired') : repeated);
  }
});

test('only a payment is paid, and only once there is a passkey', () => {
  const step = (kind: Kind, state: SessionState) => stepOf(session(kind, state));
  expect(step('AUTHENTICATE', 'opened')).toBe('PAY');
  expect((['opened', 'verifying', 'verified', 'registered'] as const).map((state) => step('REGISTER', state))).toEqual([
    'VERIFY',
    'VERIFY',
    'PASSKEY',
    'PAY',
  ]);
  expect((['opened', 'verifying', 'verified'] as const).map((state) => step('ENROL', state))).toEqual([
    'VERIFY',
    'VERIFY',
    'PASSKEY',
  ]);
});
