/** Tests the checker of the crash matrix: one enrolment without a fault, then exactly one thing wrong with it. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Evidence, findViolations } from './checker.ts';
import type { FinalBinding, FinalPasskey, FinalSession, FinalState } from './final-state.ts';
import type { Exchange, History } from './history.ts';

const ACCOUNTS = {
  cards: [{ primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2032' }],
  emailAddresses: ['avery@mail.example'],
};

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const proofOf = (clientSessionId: string) => `header.${base64url({ clientSessionId })}.signature`;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const PROOF = proofOf('own-1');
const CREDENTIAL = { id: 'credential-1', response: { clientDataJSON: base64url({ challenge: 'challenge-1' }) } };

interface ExchangeParts {
  readonly path: string;
  readonly status?: number;
  readonly request?: unknown;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function exchange({ path, status = 200, request, body, headers = {} }: ExchangeParts): Exchange {
  return {
    at: 0,
    route: `POST ${path}`,
    path,
    requestHeaders: headers,
    request,
    requestText: JSON.stringify(request),
    answer: { status, body, retryAfter: status === 503 ? '5' : undefined, heard: false },
  };
}

/** The exchanges of one enrolment. */
const ENROLMENT = {
  session: exchange({
    path: '/authentication/sessions',
    status: 201,
    body: { authenticationSessionId: 'session-1', clientSessionId: 'own-1' },
  }),
  open: exchange({
    path: '/auth/passkeys/open',
    request: { authenticationSessionId: 'session-1' },
    headers: { authorization: 'Bearer token-1' },
  }),
  result: exchange({
    path: '/auth/passkeys/result',
    request: { authenticationSessionId: 'session-1', credential: CREDENTIAL },
    body: { redirect: `http://bank.localhost/back?status=ENROLLED&proofOfAuthentication=${PROOF}` },
  }),
  binding: exchange({
    path: '/authentication/authenticators',
    status: 201,
    request: { authenticationSessionId: 'session-1', proofOfAuthentication: PROOF },
    body: { credentialId: 'passkey-1', bindingId: 'binding-1' },
  }),
};

const SESSION: FinalSession = {
  sessionId: 'session-1',
  clientId: 'bank',
  clientSessionId: 'own-1',
  state: 'bound',
  passkeyId: 'passkey-1',
  cardIndex: '',
  orderKey: null,
  proofHash: sha256(PROOF),
  confirmationPasskeys: null,
  hasAccounts: false,
};
const BINDING: FinalBinding = {
  bindingId: 'binding-1',
  passkeyId: 'passkey-1',
  clientId: 'bank',
  cardIndex: '',
  accounts: ['index of 5555555555554444', 'index of avery@mail.example'],
};
const PASSKEY: FinalPasskey = { passkeyId: 'passkey-1', webauthnId: 'id-1' };

const STATE: FinalState = {
  sessions: [SESSION],
  bindings: [BINDING],
  passkeys: [PASSKEY],
  optOuts: [],
  consentsOfSessions: [],
};
const HISTORY: History = {
  faults: [],
  exchanges: Object.values(ENROLMENT),
  intents: [{ clientId: 'bank', clientSessionId: 'own-1', accounts: ACCOUNTS }],
  replays: [{ what: 'TOKEN', status: 401 }],
  stuck: [],
};
const indexesOf: Evidence['indexesOf'] = ({ cards, emailAddresses = [] }) =>
  [...cards.map((card) => card.primaryAccountNumber), ...emailAddresses].map((account) => `index of ${account}`);

function judge({ state = {}, history = {} }: { state?: Partial<FinalState>; history?: Partial<History> } = {}) {
  return findViolations({ state: { ...STATE, ...state }, history: { ...HISTORY, ...history }, indexesOf });
}

const withAnother = (...more: readonly Exchange[]) => ({ history: { exchanges: [...HISTORY.exchanges, ...more] } });

test('an enrolment without a fault is found to be one', () => {
  expect(judge()).toEqual([]);
});

test('what was never answered may be there or not', () => {
  const { answer: _lost, ...unanswered } = ENROLMENT.binding;
  const exchanges = [ENROLMENT.session, ENROLMENT.open, ENROLMENT.result, unanswered];
  expect(judge({ history: { exchanges } })).toEqual([]);
  const state = { sessions: [{ ...SESSION, state: 'expired' }], bindings: [] };
  expect(judge({ state, history: { exchanges } })).toEqual([]);
});

test('the same answer twice is no fault: 201 and then 200 with the same ids', () => {
  expect(judge(withAnother({ ...ENROLMENT.binding, answer: { ...answerOf(ENROLMENT.binding), status: 200 } }))).toEqual(
    [],
  );
});

describe('a loss', () => {
  test.each([
    ['of a session', { sessions: [] }, /session session-1 was answered, and is not there/],
    ['of a session’s own id', { sessions: [{ ...SESSION, clientSessionId: 'own-2' }] }, /another clientSessionId/],
    ['of a result', { sessions: [{ ...SESSION, proofHash: null }] }, /a proof that it does not hold/],
    ['of a binding', { bindings: [] }, /binding binding-1 was answered, and is not there/],
    ['of what made the session bound', { sessions: [{ ...SESSION, state: 'expired' }] }, /is not of the session/],
    ['of an account', { bindings: [{ ...BINDING, accounts: BINDING.accounts.slice(1) }] }, /lacks 1 of its accounts/],
  ])('%s', (_, state, sentence) => {
    expect(judge({ state })).toContainEqual(expect.stringMatching(sentence));
  });

  test('of an end, a consent and an opting out', () => {
    const request = { authenticationSessionId: 'session-1' };
    const cancelled = exchange({ path: '/auth/passkeys/end', request });
    expect(judge(withAnother(cancelled))).toContainEqual(expect.stringMatching(/was ended, and is not/));
    const consent = exchange({ path: '/auth/passkeys/consent', request });
    expect(judge(withAnother(consent))).toContainEqual(expect.stringMatching(/there is no record of it/));
    expect(judge({ ...withAnother(consent), state: { consentsOfSessions: ['session-1'] } })).toEqual([]);
    const path = '/authentication/sessions/session-1/assertion';
    const optOut = exchange({ path, request: { outcome: 'OPTED_OUT' }, body: { status: 'REDIRECT' } });
    const sessions = [{ ...SESSION, confirmationPasskeys: ['passkey-1'] }];
    expect(judge({ ...withAnother(optOut), state: { sessions } })).toContainEqual(expect.stringMatching(/opted out/));
    const optOuts = sessions.map(({ clientId, cardIndex }) => ({ clientId, cardIndex }));
    expect(judge({ ...withAnother(optOut), state: { sessions, optOuts } })).toEqual([]);
  });
});

describe('something twice', () => {
  test('a binding, a credential, a session', () => {
    const twice = (state: Partial<FinalState>) => judge({ state });
    expect(twice({ bindings: [BINDING, { ...BINDING, bindingId: 'binding-2' }] })).toContainEqual(
      expect.stringMatching(/two bindings/),
    );
    expect(twice({ passkeys: [PASSKEY, { ...PASSKEY, passkeyId: 'passkey-2' }] })).toContainEqual(
      expect.stringMatching(/two passkeys/),
    );
    expect(twice({ sessions: [SESSION, { ...SESSION, sessionId: 'session-2' }] })).toContainEqual(
      expect.stringMatching(/two sessions/),
    );
  });

  test('an order approved', () => {
    const approved = { ...SESSION, state: 'approved', orderKey: 'shop order-1' };
    const another = { ...approved, sessionId: 'session-2', clientSessionId: 'own-2' };
    expect(judge({ state: { sessions: [approved, another] } })).toContainEqual(expect.stringMatching(/approved twice/));
  });

  test('a token, a challenge, a proof', () => {
    expect(judge(withAnother(ENROLMENT.open))).toEqual(['a token opened its session twice']);
    const reload = {
      ...ENROLMENT.open,
      requestHeaders: { ...ENROLMENT.open.requestHeaders, cookie: '__Host-ceremony=secret' },
    };
    expect(judge(withAnother(reload))).toEqual([]);
    const request = { authenticationSessionId: 'session-1', credential: { ...CREDENTIAL, id: 'credential-2' } };
    expect(judge(withAnother({ ...ENROLMENT.result, request }))).toEqual([
      'a challenge was answered by two credentials',
    ]);
    expect(judge(withAnother(ENROLMENT.binding))).toEqual(['a proof was bound twice']);
    const body = { credentialId: 'passkey-1', bindingId: 'binding-2' };
    const other = { ...ENROLMENT.binding, answer: { ...answerOf(ENROLMENT.binding), status: 200, body } };
    expect(judge(withAnother(other))).toContain('a proof was answered two bindings');
  });

  test('a replay that is accepted', () => {
    const history = { replays: [{ what: 'REQUEST', status: 201 } as const] };
    expect(judge({ history })).toEqual(['a REQUEST was accepted twice: 201']);
  });
});

describe('what is left over', () => {
  test('a session that has not ended, or that keeps its accounts', () => {
    const open = { ...SESSION, sessionId: 'session-2', clientSessionId: 'own-2', passkeyId: null, state: 'opened' };
    expect(judge({ state: { sessions: [SESSION, open] } })).toEqual(['the session session-2 is opened for ever']);
    expect(judge({ state: { sessions: [{ ...SESSION, hasAccounts: true }] } })).toEqual([
      'the session session-1 keeps its account references',
    ]);
  });

  test('a binding or an account that nobody has asked for', () => {
    const unasked = { ...BINDING, bindingId: 'binding-2', passkeyId: 'passkey-2' };
    expect(judge({ state: { bindings: [BINDING, unasked] } })).toContain('nobody has asked for the binding binding-2');
    const more = { ...BINDING, accounts: [...BINDING.accounts, 'index of somebody else'] };
    expect(judge({ state: { bindings: [more] } })).toEqual([
      'the binding binding-1 has 1 accounts that are not its own',
    ]);
  });

  test('an error of the network’s own, and a cardholder who did not get there', () => {
    expect(judge(withAnother(exchange({ path: '/auth/passkeys/open', status: 500 })))).toEqual([
      'POST /auth/passkeys/open answered 500',
    ]);
    const unavailable = exchange({ path: '/auth/passkeys/open', status: 503 });
    expect(judge(withAnother(unavailable))).toEqual([]);
    const forEver = { ...unavailable, answer: { ...answerOf(unavailable), retryAfter: undefined } };
    expect(judge(withAnother(forEver))).toEqual(['POST /auth/passkeys/open answered 503 without Retry-After']);
    expect(judge({ history: { stuck: [{ visit: 'enrol', because: 'it hung' }] } })).toEqual([
      'enrol did not come to its end: it hung',
    ]);
  });
});

function answerOf({ answer }: Exchange) {
  if (answer === undefined) throw new Error('It was answered.');
  return answer;
}
