/** The kit's HTTP: one place that signs, sets a deadline, reads an answer and says in one way what went wrong. Never logs, never retries. */
import type { KeyObject } from 'node:crypto';
import { type Signer, signRequest } from '@payment-passkeys/channel';
import { Agent, fetch as undiciFetch } from 'undici';
import { newSecret } from './browser.ts';
import { IssuerError, type NetworkRefusal } from './errors.ts';
import { lookupWithLocalhost } from './loopback.ts';

/** From the first byte sent to the last byte read. */
const DEADLINE_MILLISECONDS = 10_000;
const MAX_ANSWER_BYTES = 256 * 1024;

/** The part of the Fetch standard that the kit uses: `globalThis.fetch` and undici's both are one. */
export type Fetch = (
  url: string,
  init: {
    readonly method: 'GET' | 'POST';
    readonly headers: Record<string, string>;
    readonly body?: string;
    readonly redirect: 'error';
    readonly signal: AbortSignal;
  },
) => Promise<{ readonly status: number; text(): Promise<string> }>;

export interface NetworkClient {
  /** The JSON of a 2xx answer. Not signed: for what the network publishes. Throws the `NETWORK_…` codes of {@link IssuerError}. */
  get(path: string): Promise<unknown>;
  /** Signed with the client's key (contract §6). The JSON of a 2xx answer. Throws the `NETWORK_…` codes of {@link IssuerError}. */
  post(path: string, body: unknown): Promise<unknown>;
  /** Closes idle connections; calls under way are finished first. */
  close(): Promise<void>;
}

export interface NetworkClientOptions {
  /** Without a slash at its end. */
  readonly url: string;
  readonly consumerKey: string;
  readonly signingKey: KeyObject | Signer;
  readonly clock: () => Date;
  readonly fetch?: Fetch;
}

export function createNetworkClient({
  url,
  consumerKey,
  signingKey,
  clock,
  fetch,
}: NetworkClientOptions): NetworkClient {
  const agent = new Agent({ connect: { lookup: lookupWithLocalhost }, maxResponseSize: MAX_ANSWER_BYTES });
  const send: Fetch = fetch ?? ((target, init) => undiciFetch(target, { ...init, dispatcher: agent }));

  const call = async (target: string, init: Pick<Parameters<Fetch>[1], 'method' | 'headers' | 'body'>) => {
    const answer = await exchange(send, target, init);
    if (answer.status >= 200 && answer.status < 300) return readJson(answer.text);
    throw refusalOf(answer);
  };
  return {
    get: (path) => call(url + path, { method: 'GET', headers: { accept: 'application/json' } }),
    post: async (path, body) => {
      const request = { method: 'POST', url: url + path, body: JSON.stringify(body) } as const;
      const authorization = await signRequest({
        ...request,
        consumerKey,
        signingKey,
        algorithm: 'RSA-SHA256',
        now: clock(),
        nonce: newSecret(),
      });
      const headers = { accept: 'application/json', 'content-type': 'application/json', authorization };
      return call(request.url, { method: 'POST', headers, body: request.body });
    },
    close: () => agent.close(),
  };
}

interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

async function exchange(
  send: Fetch,
  target: string,
  init: Pick<Parameters<Fetch>[1], 'method' | 'headers' | 'body'>,
): Promise<RawAnswer> {
  try {
    const answer = await send(target, {
      ...init,
      redirect: 'error',
      signal: AbortSignal.timeout(DEADLINE_MILLISECONDS),
    });
    return { status: answer.status, text: await answer.text() };
  } catch (cause) {
    throw new IssuerError('NETWORK_UNREACHABLE', `no answer to ${init.method} ${new URL(target).pathname}`, { cause });
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new IssuerError('NETWORK_ANSWER_INVALID', 'the answer is not JSON', { cause });
  }
}

/** 429 and 5xx say "not now"; any other status says "not this". A 3xx cannot arrive: redirects are errors. */
function refusalOf({ status, text }: RawAnswer): IssuerError {
  if (status === 429 || status >= 500) return new IssuerError('NETWORK_UNREACHABLE', `the network answered ${status}`);
  const refusal: NetworkRefusal = { status, ...readRefusal(text) };
  return new IssuerError('NETWORK_REFUSED', `the network answered ${status} ${refusal.reason ?? ''}`.trimEnd(), {
    refusal,
  });
}

/** Tolerant of everything: what cannot be read stays undefined. Only codes and pointers come through, so no value of the request can. */
function readRefusal(text: string): Pick<NetworkRefusal, 'reason' | 'source'> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { reason: undefined, source: undefined };
  }
  const detail = member(member(body, 'errordetail'), '0');
  const gateway = member(member(member(body, 'Errors'), 'Error'), '0');
  const reasons = [member(detail, 'reason'), member(gateway, 'ReasonCode'), member(body, 'reason')];
  return {
    reason: reasons.find((reason) => typeof reason === 'string' && /^[A-Z0-9_]{1,64}$/.test(reason)) as
      | string
      | undefined,
    source: readPointer(member(detail, 'source')),
  };
}

function readPointer(value: unknown): string | undefined {
  return typeof value === 'string' && /^(\/[A-Za-z0-9_]{1,64}){1,8}$/.test(value) ? value : undefined;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
