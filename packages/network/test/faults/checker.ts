/** The checker of a run: compares what the network answered with what the database holds at the end. Pure. */
import { createHash } from 'node:crypto';
import {
  type AccountReferences,
  AUTHENTICATORS_PATH,
  CONSENT_PATH,
  END_PATH,
  OPEN_PATH,
  RESULT_PATH,
  SESSIONS_PATH,
} from '@payment-passkeys/protocol';
import type { FinalBinding, FinalSession, FinalState } from './final-state.ts';
import type { Answer, Exchange, History } from './history.ts';

export interface Evidence {
  readonly history: History;
  readonly state: FinalState;
  /** The network's indexes of these accounts, in lower-case hex. */
  readonly indexesOf: (accounts: AccountReferences) => readonly string[];
}

/** Sentences that describe violations; empty when there are none. */
export function findViolations(evidence: Evidence): readonly string[] {
  const said = evidence.history.exchanges.filter(isAnswered);
  return [
    ...findErrors(said),
    ...findLostSessions(said, evidence.state),
    ...findLostResults(said, evidence.state),
    ...findLostBindings(said, evidence.state),
    ...findLostEnds(said, evidence.state),
    ...findLostConsents(said, evidence.state),
    ...findLostOptOuts(said, evidence.state),
    ...findSecondTakers(said),
    ...findUnfinished(evidence.state),
    ...findDoubles(evidence.state),
    ...findWrongAccounts(evidence),
    ...evidence.history.replays
      .filter(({ status }) => status < 400)
      .map(({ what, status }) => `a ${what} was accepted twice: ${status}`),
    ...evidence.history.stuck.map(({ visit, because }) => `${visit} did not come to its end: ${because}`),
  ];
}

type Said = Exchange & { readonly answer: Answer };

function isAnswered(exchange: Exchange): exchange is Said {
  return exchange.answer !== undefined;
}

/** A fault may make the network unavailable for a while, but must not cause an internal error. */
function findErrors(said: readonly Said[]): readonly string[] {
  return said.flatMap(({ route, answer: { status, retryAfter } }) => {
    if (status < 500) return [];
    if (status !== 503) return [`${route} answered ${status}`];
    return /^[1-9]\d*$/.test(retryAfter ?? '') ? [] : [`${route} answered 503 without Retry-After`];
  });
}

function findLostSessions(said: readonly Said[], { sessions }: FinalState): readonly string[] {
  const known = new Map(sessions.map((session) => [session.sessionId, session]));
  return said.filter(is(SESSIONS_PATH, 201)).flatMap(({ answer }) => {
    const { authenticationSessionId: id, clientSessionId } = answer.body as Record<string, string>;
    const session = known.get(id ?? '');
    if (session === undefined) return [`the session ${id} was answered, and is not there`];
    return session.clientSessionId === clientSessionId
      ? []
      : [`the session ${id} is kept under another clientSessionId`];
  });
}

/** Checks all proofs: those of the page, and those of a confirmation at a shop. */
function findLostResults(said: readonly Said[], { sessions }: FinalState): readonly string[] {
  const answered = said.filter(({ answer }) => answer.status === 200).flatMap(({ answer }) => proofsOf(answer.body));
  const known = new Map(sessions.map((session) => [session.clientSessionId, session]));
  return answered.flatMap((proof) => {
    const { clientSessionId = '' } = claimsOf(proof);
    const session = known.get(clientSessionId);
    if (session === undefined) return [`a proof of ${clientSessionId} was answered, and its session is not there`];
    const kept = session.proofHash === sha256(proof) && session.passkeyId !== null;
    return kept ? [] : [`the session ${session.sessionId} has answered a proof that it does not hold`];
  });
}

function findLostBindings(said: readonly Said[], state: FinalState): readonly string[] {
  return said.filter(is(AUTHENTICATORS_PATH, 201, 200)).flatMap(({ answer, request }) => {
    const { credentialId, bindingId } = answer.body as Record<string, string>;
    const { authenticationSessionId } = request as Record<string, string>;
    const session = state.sessions.find(({ sessionId }) => sessionId === authenticationSessionId);
    const binding = state.bindings.find((one) => one.bindingId === bindingId);
    if (binding === undefined) return [`the binding ${bindingId} was answered, and is not there`];
    const isAsSaid =
      binding.passkeyId === credentialId &&
      session?.state === 'bound' &&
      session.passkeyId === credentialId &&
      session.clientId === binding.clientId;
    return isAsSaid
      ? []
      : [`the binding ${bindingId} is not of the session, passkey or client that it was answered for`];
  });
}

function findLostEnds(said: readonly Said[], { sessions }: FinalState): readonly string[] {
  const ended = [
    ...said.filter(is(END_PATH, 200)).map(({ request }) => sessionOf(request)),
    ...said.filter(isAssertion('CANCELLED')).map(({ path }) => sessionOfAssertion(path)),
  ];
  return ended
    .filter((id) => !sessions.some(({ sessionId, state }) => sessionId === id && /^(cancelled|failed)$/.test(state)))
    .map((id) => `the session ${id} was ended, and is not`);
}

function findLostConsents(said: readonly Said[], { consentsOfSessions }: FinalState): readonly string[] {
  const taken = said.filter(is(CONSENT_PATH, 200)).map(({ request }) => sessionOf(request) ?? '');
  const count = (ids: readonly string[], id: string) => ids.filter((one) => one === id).length;
  return [...new Set(taken)]
    .filter((id) => count(consentsOfSessions, id) < count(taken, id))
    .map((id) => `a consent to the session ${id} was answered, and there is no record of it`);
}

/** An enrolment at the shop would opt in again, but no cardholder of the load enrols there after an opt-out. */
function findLostOptOuts(said: readonly Said[], { sessions, optOuts }: FinalState): readonly string[] {
  const opted = said
    .filter(isAssertion('REDIRECT'))
    .filter(({ request }) => (request as Record<string, unknown>).outcome === 'OPTED_OUT')
    .map(({ path }) => sessionOfAssertion(path));
  const kept = new Set(optOuts.map(({ clientId, cardIndex }) => `${clientId} ${cardIndex}`));
  return sessions
    .filter(({ sessionId }) => opted.includes(sessionId))
    .filter(({ clientId, cardIndex }) => !kept.has(`${clientId} ${cardIndex}`))
    .map(({ sessionId }) => `the card of the session ${sessionId} was opted out, and is offered at the shop again`);
}

/** A token opens once without the ceremony cookie, a challenge is answered by one credential, and a proof is bound by one answer of 201. */
function findSecondTakers(said: readonly Said[]): readonly string[] {
  const tokens = said
    .filter(is(OPEN_PATH, 200))
    .filter(({ requestHeaders }) => !requestHeaders.cookie?.includes('__Host-ceremony='))
    .map(({ requestHeaders }) => requestHeaders.authorization);
  const answers = said.filter(is(RESULT_PATH, 200)).map(({ request }) => readCredential(request));
  const credentials = new Map<string, Set<string>>();
  for (const { challenge, credential } of answers) {
    credentials.set(challenge, (credentials.get(challenge) ?? new Set()).add(credential));
  }
  const proofs = said.filter(is(AUTHENTICATORS_PATH, 201)).map(({ request }) => proofOf(request));
  return [
    ...repeated(tokens).map(() => 'a token opened its session twice'),
    ...[...credentials.values()]
      .filter(({ size }) => size > 1)
      .map(() => 'a challenge was answered by two credentials'),
    ...repeated(proofs).map(() => 'a proof was bound twice'),
    ...differing(said.filter(is(AUTHENTICATORS_PATH, 201, 200))).map(() => 'a proof was answered two bindings'),
  ];
}

const FINAL = ['bound', 'approved', 'cancelled', 'failed', 'superseded', 'expired'];

function findUnfinished({ sessions }: FinalState): readonly string[] {
  return sessions.flatMap(({ sessionId, state, hasAccounts }) => [
    ...(FINAL.includes(state) ? [] : [`the session ${sessionId} is ${state} for ever`]),
    ...(hasAccounts ? [`the session ${sessionId} keeps its account references`] : []),
  ]);
}

function findDoubles({ sessions, bindings, passkeys }: FinalState): readonly string[] {
  const approved = sessions.filter(({ state }) => state === 'approved');
  return [
    ...repeated(bindings.map(placeOf)).map((place) => `there are two bindings of ${place}`),
    ...repeated(passkeys.map(({ webauthnId }) => webauthnId)).map((id) => `the credential ${id} is two passkeys`),
    ...repeated(approved.map(({ clientId, orderKey }) => `${clientId} ${orderKey}`)).map(
      (order) => `${order} was approved twice`,
    ),
    ...repeated(sessions.map(({ clientId, clientSessionId }) => `${clientId} ${clientSessionId}`)).map(
      (id) => `${id} is two sessions`,
    ),
  ];
}

/** A binding covers exactly the accounts of the sessions that it was made from. */
function findWrongAccounts({ history, state, indexesOf }: Evidence): readonly string[] {
  const intents = new Map(history.intents.map((intent) => [`${intent.clientId} ${intent.clientSessionId}`, intent]));
  const accountsOf = ({ clientId, clientSessionId }: FinalSession) => {
    const accounts = intents.get(`${clientId} ${clientSessionId}`)?.accounts;
    return accounts === undefined ? [] : indexesOf(accounts);
  };
  return state.bindings.flatMap((binding) => {
    const sessions = state.sessions.filter(
      (session) => session.passkeyId !== null && placeOf(session) === placeOf(binding),
    );
    const due = new Set(sessions.filter(({ state: it }) => it === 'bound' || it === 'approved').flatMap(accountsOf));
    const asked = new Set(sessions.flatMap(accountsOf));
    const missing = [...due].filter((index) => !binding.accounts.includes(index));
    const more = binding.accounts.filter((index) => !asked.has(index));
    return [
      ...(sessions.length > 0 ? [] : [`nobody has asked for the binding ${binding.bindingId}`]),
      ...(missing.length === 0 ? [] : [`the binding ${binding.bindingId} lacks ${missing.length} of its accounts`]),
      ...(more.length === 0
        ? []
        : [`the binding ${binding.bindingId} has ${more.length} accounts that are not its own`]),
    ];
  });
}

/** The key that at most one binding may have. */
function placeOf({ passkeyId, clientId, cardIndex }: FinalBinding | FinalSession): string {
  return [passkeyId, clientId, cardIndex].join(' ');
}

function is(path: string, ...statuses: readonly number[]) {
  return (said: Said) => said.path === path && said.route.startsWith('POST') && statuses.includes(said.answer.status);
}

function isAssertion(status: string) {
  return ({ path, answer }: Said) =>
    path.endsWith('/assertion') && answer.status === 200 && (answer.body as Record<string, unknown>).status === status;
}

function sessionOfAssertion(path: string): string | undefined {
  return path.split('/').at(-2);
}

function sessionOf(request: unknown): string | undefined {
  return (request as { readonly authenticationSessionId?: string }).authenticationSessionId;
}

function proofOf(request: unknown): string | undefined {
  return (request as { readonly proofOfAuthentication?: string }).proofOfAuthentication;
}

/** The proofs in the callback of a result or an opening, or in the answer to a confirmation. */
function proofsOf(body: unknown): readonly string[] {
  const { redirect, proofOfAuthentication } = (body ?? {}) as { redirect?: unknown; proofOfAuthentication?: unknown };
  const onCallback =
    typeof redirect === 'string' ? new URL(redirect).searchParams.get('proofOfAuthentication') : undefined;
  return [onCallback, proofOfAuthentication].filter((proof) => typeof proof === 'string');
}

function claimsOf(jwt: string): { readonly clientSessionId?: string } {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

function readCredential(request: unknown): { readonly challenge: string; readonly credential: string } {
  const { credential } = request as { readonly credential: { readonly response: { readonly clientDataJSON: string } } };
  const clientData = JSON.parse(Buffer.from(credential.response.clientDataJSON, 'base64url').toString('utf8'));
  return { challenge: clientData.challenge, credential: JSON.stringify(credential) };
}

/** Proofs that were answered with different ids. */
function differing(bindings: readonly Said[]): readonly string[] {
  const answers = new Map<string, Set<string>>();
  for (const { request, answer } of bindings) {
    const { credentialId, bindingId } = answer.body as Record<string, string>;
    const proof = proofOf(request) ?? '';
    answers.set(proof, (answers.get(proof) ?? new Set()).add(`${credentialId} ${bindingId}`));
  }
  return [...answers].filter(([, ids]) => ids.size > 1).map(([proof]) => proof);
}

function repeated<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Set(values.filter((value, position) => values.indexOf(value) !== position))];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
