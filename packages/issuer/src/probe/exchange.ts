/** One request of the probe and what came back, as recorded beneath the kit: the kit itself makes and judges the calls. */
import { type Fetch, readRefusal } from '@payment-passkeys/kit';

/** The requests of the probe, in the order in which they are sent. */
export type Step = 'key-sets' | 'metadata' | 'unsigned' | 'token' | 'empty' | 'bearer' | 'sessions' | 'authenticators';

/** What came back. `status` is the HTTP status. */
export type Reading =
  /** There was no request, or no usable answer to it; `why` is a sentence. */
  | { readonly kind: 'NONE'; readonly why: string }
  /** Not JSON: a page of a proxy or a portal. */
  | { readonly kind: 'PAGE'; readonly status: number; readonly why: string }
  /** A 2xx with JSON. */
  | { readonly kind: 'ANSWER'; readonly status: number; readonly body: unknown }
  | Refusal;

export interface Refusal {
  readonly kind: 'REFUSAL';
  readonly status: number;
  /** The form of the error object. `TOKEN`: that of RFC 6749 §5.2. `OTHER`: JSON in which the kit finds no reason. */
  readonly form: 'GATEWAY' | 'SERVICE' | 'WRAPPED_SERVICE' | 'TOKEN' | 'OTHER';
  readonly reason: string | undefined;
  readonly source: string | undefined;
  /** Masked. */
  readonly description: string | undefined;
  /** The names at the top of the object. */
  readonly names: readonly string[];
  /** The schemes of `WWW-Authenticate`, such as `DPoP`. */
  readonly schemes: readonly string[];
  /** A new DPoP nonce is asked for (RFC 9449 §8, §9). Whether the answer has one is in `hasNonce`. */
  readonly asksForNonce: boolean;
  readonly hasNonce: boolean;
}

/** A request with its reading. */
export interface Exchange {
  readonly step: Step;
  readonly method: string;
  readonly url: string;
  /** The JSON that was sent. Undefined for a form, which has a client assertion in it. */
  readonly sent: unknown;
  readonly sentAt: Date;
  /** From the first byte sent to the last byte read. */
  readonly milliseconds: number;
  /** How far this machine's clock is ahead of the answer's `Date`, in seconds. */
  readonly clockAheadSeconds: number | undefined;
  readonly reading: Reading;
}

/**
 * Records what passes through `fetch`. `begin` sets the step of the requests that follow. But a form is always a token request, and a GET is
 * always one of the key sets, except in the step of the metadata.
 */
export interface Recorder {
  readonly fetch: Fetch;
  readonly exchanges: readonly Exchange[];
  begin(step: Step): void;
}

/** The recorder passes everything on unchanged. */
export function createRecorder({ fetch, clock }: { readonly fetch: Fetch; readonly clock: () => Date }): Recorder {
  const exchanges: Exchange[] = [];
  let step: Step = 'unsigned';
  return {
    exchanges,
    begin(next) {
      step = next;
    },
    async fetch(url, init) {
      const sentAt = clock();
      const isForm = init.headers['content-type'] === 'application/x-www-form-urlencoded';
      const own = isForm ? 'token' : init.method === 'GET' && step !== 'metadata' ? 'key-sets' : step;
      const common = { step: own, method: init.method, url, sentAt } as const;
      const record = (reading: Reading, date: string | null = null) => {
        const now = clock();
        exchanges.push({
          ...common,
          sent: init.body === undefined || isForm ? undefined : JSON.parse(init.body),
          milliseconds: now.getTime() - sentAt.getTime(),
          clockAheadSeconds: secondsAhead(date, now),
          reading,
        });
      };
      try {
        const answer = await fetch(url, init);
        const text = await answer.text();
        const { status, headers } = answer;
        const [authenticate, nonce] = [headers.get('www-authenticate'), headers.get('dpop-nonce')];
        record(readAnswer({ status, text, authenticate, nonce }), headers.get('date'));
        return { status, headers, text: async () => text };
      } catch (error) {
        const why = init.signal.aborted ? 'no answer in time' : 'the connection broke, or a redirect came';
        record({ kind: 'NONE', why });
        throw error;
      }
    },
  };
}

function secondsAhead(date: string | null, now: Date): number | undefined {
  const there = date === null ? Number.NaN : Date.parse(date);
  return Number.isNaN(there) ? undefined : Math.round((now.getTime() - there) / 1000);
}

/** Reads an answer. Never throws. */
export function readAnswer({
  status,
  text,
  authenticate,
  nonce,
}: {
  readonly status: number;
  readonly text: string;
  readonly authenticate: string | null;
  /** The header DPoP-Nonce. */
  readonly nonce: string | null;
}): Reading {
  const body = parseJson(text);
  const isJson = typeof body === 'object' && body !== null;
  if (!isJson) {
    const what = /^\s*<(!doctype|html|\?xml)/i.test(text) ? 'a page' : text === '' ? 'nothing' : 'no JSON object';
    return { kind: 'PAGE', status, why: `${status} with ${what}: a proxy or another server answered` };
  }
  if (status >= 200 && status < 300) return { kind: 'ANSWER', status, body };
  const { reason, source, description } = readRefusal(text);
  const schemes = [...(authenticate ?? '').matchAll(/(?:^|,\s*)([A-Za-z][A-Za-z0-9-]{1,20})(?=\s|$)/g)].flatMap(
    ([, scheme]) => (scheme === undefined ? [] : [scheme]),
  );
  return {
    kind: 'REFUSAL',
    status,
    form: formOf(body, reason),
    reason,
    source,
    description,
    names: namesOf(body),
    schemes,
    asksForNonce: reason?.toLowerCase() === 'use_dpop_nonce' || /error="use_dpop_nonce"/.test(authenticate ?? ''),
    hasNonce: nonce !== null,
  };
}

function formOf(body: object, reason: string | undefined): Refusal['form'] {
  if (reason === undefined) return 'OTHER';
  if ('Errors' in body) return 'GATEWAY';
  if (!('error' in body)) return 'SERVICE';
  return typeof body.error === 'string' ? 'TOKEN' : 'WRAPPED_SERVICE';
}

/** The names of an object's fields, for a report: those that could hold a value of a cardholder are replaced by `…`. */
export function namesOf(body: unknown): readonly string[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [];
  return Object.keys(body)
    .slice(0, 20)
    .map((name) => (isPlainName(name) ? name : '…'));
}

/** Whether a name can be reported: its form excludes a value of a cardholder. */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z_$][A-Za-z0-9_.$-]{0,63}$/.test(name) && !/[0-9]{6}/.test(name);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
