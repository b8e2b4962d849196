/** A client's HTTP: one place that signs, sets a deadline, asks again, reads an answer and says in one way what went wrong. Never logs. */
import type { KeyObject } from 'node:crypto';
import { SIGNATURE_SKEW_SECONDS } from '@payment-passkeys/protocol';
import { Agent, fetch as undiciFetch } from 'undici';
import { type SignatureDialect, type SignatureMethod, signRequest } from '../oauth/signature.ts';
import type { Signer } from '../rsa.ts';
import { newSecret } from './browser.ts';
import { type Circuit, createCircuit } from './circuit.ts';
import { ClientError } from './client-error.ts';
import { lookupWithLocalhost } from './loopback.ts';
import { readRefusal } from './refusal.ts';
import { type Patience, retry } from './retry.ts';
import { type TraceContext, traceHeaders } from './trace-context.ts';

/** From the first byte sent to the last byte read, of one attempt: two of them fit the deadline of a call. */
const ATTEMPT_MILLISECONDS = 4500;
const MAX_ANSWER_BYTES = 256 * 1024;

/** The part of the Fetch standard that the kit uses: `globalThis.fetch` and undici's both are one. It has to heed the signal. */
export type Fetch = (
  url: string,
  init: {
    readonly method: 'GET' | 'POST';
    readonly headers: Record<string, string>;
    readonly body?: string;
    readonly redirect: 'error';
    readonly signal: AbortSignal;
  },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}>;

/** What a call of the host's brings along to every call to the network that is made for it. */
export interface Errand {
  /** By then it is over, asked again or not. */
  readonly deadline: Date;
  readonly trace?: TraceContext | undefined;
}

export interface NetworkClient {
  /** The JSON of a 2xx answer. Not signed: for what the network publishes. Throws the `NETWORK_…` codes of {@link ClientError}. */
  get(call: Errand & { readonly url: string }): Promise<unknown>;
  /**
   * Signed with the client's key (contract §6). The JSON of a 2xx answer. Throws the `NETWORK_…` codes of {@link ClientError}.
   * `buildBody` is asked again for each attempt, as its answer may be lost while the network has acted on it.
   */
  post(call: Errand & { readonly url: string; readonly buildBody: () => unknown }): Promise<unknown>;
  /** Closes idle connections; calls under way are finished first. */
  close(): Promise<void>;
}

export interface NetworkClientOptions extends Omit<Patience, 'circuit'> {
  readonly consumerKey: string;
  readonly signingKey: KeyObject | Signer;
  readonly signature: { readonly dialect: SignatureDialect; readonly method: SignatureMethod };
  readonly fetch?: Fetch;
}

export function createNetworkClient(options: NetworkClientOptions): NetworkClient {
  const { consumerKey, signingKey, signature, clock, timers } = options;
  const agent = new Agent({ connect: { lookup: lookupWithLocalhost }, maxResponseSize: MAX_ANSWER_BYTES });
  const send: Fetch = options.fetch ?? ((target, init) => undiciFetch(target, { ...init, dispatcher: agent }));
  const circuits = new Map<string, Circuit>();
  const circuitOf = (url: string): Circuit => {
    const { origin } = new URL(url);
    const circuit = circuits.get(origin) ?? createCircuit({ clock });
    circuits.set(origin, circuit);
    return circuit;
  };

  const exchange = async (url: string, init: RequestParts, { deadline }: Errand): Promise<unknown> => {
    const left = Math.max(1, deadline.getTime() - clock().getTime());
    const signal = timers.timeout(Math.min(ATTEMPT_MILLISECONDS, left));
    const answer = await receive(send, url, { ...init, signal });
    if (answer.status >= 200 && answer.status < 300) return readJson(answer.text);
    throw refusalOf(answer, clock());
  };
  const ask = (url: string, errand: Errand, attempt: () => Promise<unknown>) =>
    retry({ attempt, deadline: errand.deadline, patience: { ...options, circuit: circuitOf(url) } });

  // For each attempt anew: the network remembers the nonces it has seen.
  const sign = (url: string, body: string) =>
    signRequest({
      method: 'POST',
      url,
      body,
      consumerKey,
      signingKey,
      algorithm: signature.method,
      dialect: signature.dialect,
      now: clock(),
      nonce: newSecret(),
    }).catch((cause: unknown) => {
      throw new ClientError('SIGNER_UNAVAILABLE', 'the request could not be signed', { cause });
    });

  return {
    get: ({ url, ...errand }) =>
      ask(url, errand, () => exchange(url, { method: 'GET', headers: { accept: 'application/json' } }, errand)),
    post: ({ url, buildBody, ...errand }) =>
      ask(url, errand, async () => {
        const body = JSON.stringify(buildBody());
        const authorization = await sign(url, body);
        const headers = {
          accept: 'application/json',
          'content-type': 'application/json',
          authorization,
          ...traceHeaders(errand.trace),
        };
        return exchange(url, { method: 'POST', headers, body }, errand);
      }),
    close: () => agent.close(),
  };
}

type RequestParts = Pick<Parameters<Fetch>[1], 'method' | 'headers' | 'body'>;

interface RawAnswer {
  readonly status: number;
  readonly text: string;
  readonly date: Date | undefined;
  readonly retryAfter: string | null;
}

async function receive(
  send: Fetch,
  url: string,
  init: RequestParts & { readonly signal: AbortSignal },
): Promise<RawAnswer> {
  try {
    const answer = await send(url, { ...init, redirect: 'error' });
    const date = new Date(answer.headers.get('date') ?? Number.NaN);
    return {
      status: answer.status,
      text: await answer.text(),
      date: Number.isNaN(date.getTime()) ? undefined : date,
      retryAfter: answer.headers.get('retry-after'),
    };
  } catch (cause) {
    throw new ClientError('NETWORK_UNREACHABLE', `no answer to ${init.method} ${new URL(url).pathname}`, { cause });
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own error would quote what arrived.
    throw new ClientError('NETWORK_ANSWER_INVALID', 'the answer is not JSON');
  }
}

/** 429 and 5xx say "not now"; any other status says "not this". A 3xx cannot arrive: redirects are errors. */
function refusalOf({ status, text, date, retryAfter }: RawAnswer, now: Date): ClientError {
  if (status === 429 || status >= 500) {
    const retryAfterSeconds = readRetryAfter(retryAfter, now);
    return new ClientError('NETWORK_UNREACHABLE', `the network answered ${status}`, {
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    });
  }
  const clockAheadSeconds = status === 401 || status === 403 ? readClock(date, now) : undefined;
  const refusal = { status, ...readRefusal(text), clockAheadSeconds };
  const clock = clockAheadSeconds === undefined ? '' : `; this clock is ${clockAheadSeconds} s ahead of the network's`;
  return new ClientError(
    'NETWORK_REFUSED',
    `the network answered ${[status, refusal.reason].join(' ').trimEnd()}${clock}`,
    {
      refusal,
    },
  );
}

/** Whole seconds from now, of the two forms of RFC 9110 §10.2.3. Undefined where it is neither. */
function readRetryAfter(header: string | null, now: Date): number | undefined {
  if (header === null) return undefined;
  if (/^[0-9]{1,9}$/.test(header)) return Number(header);
  const until = Date.parse(header);
  return Number.isNaN(until) ? undefined : Math.max(0, Math.ceil((until - now.getTime()) / 1000));
}

/** How far ahead of the network's this clock is, where it is too far for a signature. */
function readClock(date: Date | undefined, now: Date): number | undefined {
  const ahead = date && Math.round((now.getTime() - date.getTime()) / 1000);
  return ahead !== undefined && Math.abs(ahead) > SIGNATURE_SKEW_SECONDS ? ahead : undefined;
}
