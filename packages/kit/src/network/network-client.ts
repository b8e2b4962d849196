/** A client's HTTP: signs, sets a deadline, retries, reads the answer, and reports every failure in one form. Never logs. */
import type { KeyObject } from 'node:crypto';
import { type SignatureDialect, type SignatureMethod, type Signer, signRequest } from '@payment-passkeys/channel';
import { CLOCK_SKEW_SECONDS, SIGNATURE_SKEW_SECONDS } from '@payment-passkeys/protocol';
import { Agent, fetch as undiciFetch } from 'undici';
import { newSecret } from '../callback/browser-cookie.ts';
import { KitError } from '../kit-error.ts';
import { type TraceContext, traceHeaders } from '../tracing/trace-context.ts';
import { type Circuit, createCircuit } from './circuit.ts';
import { lookupWithLocalhost } from './loopback.ts';
import { type AnswerOfScheme, createOAuth2Session, type OAuth2Settings } from './oauth2.ts';
import { readRefusal } from './read-refusal.ts';
import { type RetryPolicy, retry } from './retry.ts';

/** The longest time of one attempt, from the first byte sent to the last byte read. Two attempts fit into the deadline of a call. */
export const ATTEMPT_MILLISECONDS = 4500;
const MAX_ANSWER_BYTES = 256 * 1024;

/** The part of the Fetch standard that the kit uses; `globalThis.fetch` and undici's both fit. It must obey the signal. */
export type Fetch = (
  url: string,
  init: {
    readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
    readonly headers: Record<string, string>;
    readonly body?: string;
    readonly redirect: 'error';
    readonly signal: AbortSignal;
  },
) => Promise<{
  readonly status: number;
  readonly headers: {
    /** The header's value, or null. */
    get(name: string): string | null;
  };
  /** The whole body. */
  text(): Promise<string>;
}>;

/** The deadline and the trace of the host's call. Every call to the network that it causes gets them. */
export interface CallContext {
  /** The call ends by this time, including its retries. */
  readonly deadline: Date;
  readonly trace?: TraceContext | undefined;
}

export interface NetworkClient {
  /**
   * Returns the JSON of a 2xx answer. Not signed: for public resources of the network. Throws the `NETWORK_…` codes of {@link KitError}.
   */
  get(call: CallContext & { readonly url: string }): Promise<unknown>;
  /**
   * Sends a request that is signed with the client's key, its query included (contract §6), and returns the JSON of a 2xx answer. Throws the
   * `NETWORK_…` codes of {@link KitError}.
   */
  sendSigned(call: CallContext & SignedCall): Promise<unknown>;
  /**
   * How many seconds this machine's clock was ahead of the `Date` of the latest answer from that address's origin (negative: behind it).
   * Undefined if the difference is not more than `tolerance`, or if no answer had a `Date` so far.
   */
  clockAhead(url: string, tolerance: number): number | undefined;
  /** Closes the connections after the running calls have ended. */
  close(): Promise<void>;
}

export interface SignedCall {
  readonly method: Method;
  readonly url: string;
  /** The path without its ids, for messages; the default is the address's path. */
  readonly template?: string;
  /**
   * The body, as JSON; without it the request has none. Called again for each attempt: the answer to an earlier attempt may be lost although
   * the network acted on it.
   */
  readonly buildBody?: (() => unknown) | undefined;
}

/** How requests are signed: by OAuth 1.0a, or by OAuth 2.0. */
export type SchemeOptions =
  | {
      readonly consumerKey: string;
      readonly signingKey: KeyObject | Signer;
      readonly signature: { readonly dialect: SignatureDialect; readonly method: SignatureMethod };
    }
  | { readonly oauth2: OAuth2Settings };

export type NetworkClientOptions = Omit<RetryPolicy, 'circuit' | 'network'> &
  SchemeOptions & { readonly fetch?: Fetch };

/** Connections to the network: an answer has at most 256 KiB, and `localhost` names are loopback. `close` waits for the running calls. */
export function openConnections(): { readonly fetch: Fetch; close(): Promise<void> } {
  const agent = new Agent({ connect: { lookup: lookupWithLocalhost }, maxResponseSize: MAX_ANSWER_BYTES });
  return {
    fetch: (url, init) => undiciFetch(url, { ...init, dispatcher: agent }),
    close: () => agent.close(),
  };
}

export function createNetworkClient(options: NetworkClientOptions): NetworkClient {
  const { clock, timers } = options;
  const connections = openConnections();
  const send = options.fetch ?? connections.fetch;
  const circuits = new Map<string, Circuit>();
  const circuitOf = (url: string): Circuit => {
    const { origin } = new URL(url);
    const circuit = circuits.get(origin) ?? createCircuit({ clock });
    circuits.set(origin, circuit);
    return circuit;
  };

  const secondsAhead = new Map<string, number>();
  const clockAhead = (url: string, tolerance: number): number | undefined => {
    const ahead = secondsAhead.get(new URL(url).origin) ?? 0;
    return Math.abs(ahead) > tolerance ? ahead : undefined;
  };

  const transmit = async (
    url: string,
    init: RequestParts,
    { deadline }: CallContext,
    what: string,
  ): Promise<RawAnswer> => {
    const left = Math.max(1, deadline.getTime() - clock().getTime());
    const signal = timers.timeout(Math.min(ATTEMPT_MILLISECONDS, left));
    const answer = await receive(send, { url, what, init: { ...init, signal } });
    if (answer.date) {
      secondsAhead.set(new URL(url).origin, Math.round((clock().getTime() - answer.date.getTime()) / 1000));
    }
    return answer;
  };
  const settle = (answer: RawAnswer, url: string, what: string): unknown => {
    if (answer.status >= 200 && answer.status < 300) return readJson(answer.text, what);
    throw refusalOf(answer, {
      now: clock(),
      what,
      clockAhead: (tolerance) => answer.date && clockAhead(url, tolerance),
    });
  };
  const ask = (url: string, context: CallContext, attempt: () => Promise<unknown>) =>
    retry({
      attempt,
      deadline: context.deadline,
      policy: { ...options, circuit: circuitOf(url), network: new URL(url).origin },
    });

  const scheme =
    'oauth2' in options
      ? createTokenScheme(options.oauth2, { clock, transmit, settle })
      : createSignatureScheme(options);

  const sendSigned = ({ method, url, template, buildBody, ...context }: CallContext & SignedCall) =>
    ask(url, context, async () => {
      const { origin, pathname } = new URL(url);
      const what = `${method} ${origin}${template ?? pathname}`;
      const send = async () => {
        const body = buildBody && JSON.stringify(buildBody());
        const headers = {
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(await scheme.authorize({ method, url, body: body ?? '' }, context)),
          ...traceHeaders(context.trace),
        };
        return transmit(url, { method, headers, ...(body !== undefined && { body }) }, context, what);
      };
      const first = await send();
      return settle(scheme.mayRepeat(first) ? await send() : first, url, what);
    });

  return {
    get: ({ url, ...context }) =>
      ask(url, context, async () => {
        const what = `GET ${url}`;
        return settle(
          await transmit(url, { method: 'GET', headers: { accept: 'application/json' } }, context, what),
          url,
          what,
        );
      }),
    sendSigned,
    clockAhead,
    close: () => connections.close(),
  };
}

/** Each attempt is authorized anew: the network refuses a nonce that it has seen. */
interface Scheme {
  authorize(
    request: { readonly method: Method; readonly url: string; readonly body: string },
    context: CallContext,
  ): Promise<Record<string, string>>;
  /** Whether the request, authorized anew, can succeed after this answer. */
  mayRepeat(answer: RawAnswer): boolean;
}

function createSignatureScheme({
  consumerKey,
  signingKey,
  signature,
  clock,
}: Extract<NetworkClientOptions, { readonly consumerKey: string }>): Scheme {
  return {
    async authorize({ method, url, body }) {
      const authorization = await signRequest({
        method,
        url,
        body,
        consumerKey,
        signingKey,
        algorithm: signature.method,
        dialect: signature.dialect,
        now: clock(),
        nonce: newSecret(),
      }).catch((cause: unknown) => {
        throw new KitError('SIGNER_UNAVAILABLE', 'the request could not be signed', { cause });
      });
      return { authorization };
    },
    mayRepeat: () => false,
  };
}

function createTokenScheme(
  oauth2: OAuth2Settings,
  {
    clock,
    transmit,
    settle,
  }: {
    readonly clock: () => Date;
    readonly transmit: (url: string, init: RequestParts, context: CallContext, what: string) => Promise<RawAnswer>;
    readonly settle: (answer: RawAnswer, url: string, what: string) => unknown;
  },
): Scheme {
  const { tokenEndpoint } = oauth2;
  const what = `POST ${tokenEndpoint}`;
  return createOAuth2Session<RawAnswer, CallContext>(oauth2, {
    clock,
    postForm: ({ url, form, dpop }, context) => {
      const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', dpop };
      return transmit(url, { method: 'POST', headers, body: new URLSearchParams(form).toString() }, context, what);
    },
    settle: (answer) => {
      try {
        return settle(answer, tokenEndpoint, what);
      } catch (error) {
        if (!(error instanceof KitError)) throw error;
        const { code, message, refusal, retryAfterSeconds } = error;
        throw new KitError(code, `no access token: ${message}`, { refusal, retryAfterSeconds, cause: error });
      }
    },
  });
}

type Method = Parameters<Fetch>[1]['method'];
type RequestParts = Pick<Parameters<Fetch>[1], 'method' | 'headers' | 'body'>;

interface RawAnswer extends AnswerOfScheme {
  readonly date: Date | undefined;
  readonly retryAfter: string | null;
}

async function receive(
  send: Fetch,
  {
    url,
    what,
    init,
  }: { readonly url: string; readonly what: string; readonly init: RequestParts & { readonly signal: AbortSignal } },
): Promise<RawAnswer> {
  try {
    const answer = await send(url, { ...init, redirect: 'error' });
    const date = new Date(answer.headers.get('date') ?? Number.NaN);
    return {
      status: answer.status,
      text: await answer.text(),
      date: Number.isNaN(date.getTime()) ? undefined : date,
      retryAfter: answer.headers.get('retry-after'),
      dpopNonce: answer.headers.get('dpop-nonce'),
      challenge: answer.headers.get('www-authenticate'),
    };
  } catch (cause) {
    throw new KitError('NETWORK_UNREACHABLE', `no answer to ${what}: ${describeFailure(cause)}`, { cause });
  }
}

/** The code of the system, of TLS or of undici, found anywhere in the chain of causes: `ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`. */
function describeFailure(error: unknown): string {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth += 1) {
    if ('code' in each && typeof each.code === 'string' && /^[A-Z][A-Z0-9_]{2,63}$/.test(each.code)) return each.code;
    if (each.name === 'TimeoutError' || each.name === 'AbortError') return 'none in time';
    if (each.message === 'unexpected redirect') return 'a redirect, which is not followed';
  }
  return 'the connection failed';
}

function readJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own error would quote the answer.
    throw new KitError('NETWORK_ANSWER_INVALID', `the answer to ${what} is not JSON`);
  }
}

/** 429 and 5xx mean "try again later"; any other status is a refusal. A 3xx cannot arrive: fetch treats redirects as errors. */
function refusalOf(
  { status, text, retryAfter }: RawAnswer,
  {
    now,
    what,
    clockAhead,
  }: {
    readonly now: Date;
    readonly what: string;
    readonly clockAhead: (tolerance: number) => number | undefined;
  },
): KitError {
  if (status === 429 || status >= 500) {
    const retryAfterSeconds = readRetryAfter(retryAfter, now);
    return new KitError('NETWORK_UNREACHABLE', `the network answered ${status} to ${what}`, {
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    });
  }
  const read = readRefusal(text);
  const ofSignature = status === 401 || status === 403;
  const clockAheadSeconds = ofSignature
    ? clockAhead(SIGNATURE_SKEW_SECONDS)
    : read.reason === 'STALE'
      ? clockAhead(CLOCK_SKEW_SECONDS)
      : undefined;
  const refusal = { status, ...read, clockAheadSeconds };
  const { reason, source, description } = refusal;
  const answered = ['the network answered', status, reason, source].filter((part) => part !== undefined).join(' ');
  const said = description === undefined ? '' : `: ${description}`;
  return new KitError('NETWORK_REFUSED', answered + said + describeClock(clockAheadSeconds), { refusal });
}

/** A sentence to append to a message; empty if the clock is right. */
export function describeClock(secondsAhead: number | undefined): string {
  if (secondsAhead === undefined) return '';
  const direction = secondsAhead > 0 ? 'ahead of' : 'behind';
  return `; this machine's clock is ${Math.abs(secondsAhead)} s ${direction} the network's`;
}

/** Whole seconds from now, from either form of RFC 9110 §10.2.3. Undefined for any other text. */
function readRetryAfter(header: string | null, now: Date): number | undefined {
  if (header === null) return undefined;
  if (/^[0-9]{1,9}$/.test(header)) return Number(header);
  const until = Date.parse(header);
  return Number.isNaN(until) ? undefined : Math.max(0, Math.ceil((until - now.getTime()) / 1000));
}
