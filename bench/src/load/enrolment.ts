/** One complete enrolment over HTTP, with the requests of the bank's server and the cardholder's browser. */
import {
  AUTHENTICATORS_PATH,
  OPEN_PATH,
  type OpenAnswer,
  RESULT_PATH,
  readLaunchUrl,
  SESSIONS_PATH,
  type SessionAnswer,
} from '@payment-passkeys/protocol';
import type { Dispatcher } from 'undici';
import type { Step } from './job.ts';
import type { PasskeyMaker } from './passkey.ts';
import type { Cardholder, Sign, SignedCall } from './session-call.ts';

/** Sends the request to the next server. */
export type Send = (request: {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}) => Promise<Dispatcher.ResponseData>;

export interface Dependencies {
  readonly send: Send;
  readonly sign: Sign;
  readonly passkeys: PasskeyMaker;
  readonly origin: string;
  /** Receives the duration of each request, in milliseconds. */
  readonly onStep: (step: Step, milliseconds: number) => void;
}

/**
 * Throws, naming step and answer, for any answer that is not the contract's: a refusal is faster than a success and must not count.
 * Afterwards the cardholder has a device and a passkey.
 */
export async function enrol(cardholder: Cardholder, call: SignedCall, dependencies: Dependencies): Promise<void> {
  const { sign, passkeys, origin } = dependencies;
  const ask = (step: Step, status: number, request: Parameters<Send>[0]) =>
    askStep({ step, status, request, ...dependencies });
  const json = { 'content-type': 'application/json' };
  const signed = (authorization: string) => ({ ...json, authorization });

  const session = await ask('sessions', 201, {
    path: SESSIONS_PATH,
    method: 'POST',
    headers: signed(call.authorization),
    body: call.body,
  });
  const { authenticationSessionId, uri } = session.body as SessionAnswer;
  const { accessToken, ...launch } = readLaunchUrl(uri);
  const { pathname, search } = new URL(uri);
  await ask('page', 200, { path: pathname + search, method: 'GET', headers: { accept: 'text/html' } });

  const browser = { ...json, origin, 'sec-fetch-site': 'same-origin' };
  const opened = await ask('open', 200, {
    path: OPEN_PATH,
    method: 'POST',
    headers: { ...browser, ...cookieHeader([cardholder.device]), authorization: `Bearer ${accessToken}` },
    body: JSON.stringify(launch),
  });
  const credential = await answerOffer(opened.body as OpenAnswer, cardholder, passkeys);
  cardholder.device = opened.cookies.find((cookie) => cookie.startsWith('__Host-device=')) ?? cardholder.device;
  const ceremony = opened.cookies.find((cookie) => cookie.startsWith('__Host-ceremony='));
  const result = await ask('result', 200, {
    path: RESULT_PATH,
    method: 'POST',
    headers: { ...browser, ...cookieHeader([cardholder.device, ceremony]) },
    body: JSON.stringify({ credential }),
  });
  const { redirect } = result.body as { readonly redirect: string };
  const proofOfAuthentication = new URL(redirect).searchParams.get('proofOfAuthentication');
  const body = JSON.stringify({ authenticationSessionId, proofOfAuthentication });
  const authorization = await sign(AUTHENTICATORS_PATH, body);
  await ask('authenticators', 201, { path: AUTHENTICATORS_PATH, method: 'POST', headers: signed(authorization), body });
}

interface Answer {
  readonly body: unknown;
  /** `name=value` */
  readonly cookies: readonly string[];
}

async function askStep(
  options: Pick<Dependencies, 'send' | 'onStep'> & {
    readonly step: Step;
    readonly status: number;
    readonly request: Parameters<Send>[0];
  },
): Promise<Answer> {
  const { step, status, request, send, onStep } = options;
  const start = performance.now();
  const response = await send(request);
  const text = await response.body.text();
  onStep(step, performance.now() - start);
  if (response.statusCode !== status) throw new Error(`${step}: ${response.statusCode} ${text.slice(0, 200)}`);
  const lines = [response.headers['set-cookie'] ?? []].flat();
  const cookies = lines.map((line) => line.slice(0, line.indexOf(';')));
  return { body: step === 'page' ? undefined : JSON.parse(text), cookies };
}

async function answerOffer(offer: OpenAnswer, cardholder: Cardholder, passkeys: PasskeyMaker) {
  const expected = cardholder.passkey === undefined ? 'CREATE' : 'USE';
  if (offer.scenario !== expected) throw new Error(`open: offers ${offer.scenario} instead of ${expected}`);
  if (offer.scenario === 'CREATE') {
    const { challenge, user } = offer.options;
    const { passkey, credential } = passkeys.create({ challenge, userHandle: user.id });
    cardholder.passkey = passkey;
    return credential;
  }
  if (offer.scenario === 'USE' && cardholder.passkey !== undefined) {
    return passkeys.use(cardholder.passkey, offer.options.challenge);
  }
  throw new Error(`open: offers ${offer.scenario}`);
}

function cookieHeader(cookies: readonly (string | undefined)[]): Record<string, string> {
  const held = cookies.filter((cookie) => cookie !== undefined);
  return held.length === 0 ? {} : { cookie: held.join('; ') };
}
