/** Replaces the browser for the sandbox's cardholder: keeps cookies, and makes the calls of the hosted page to its back end. */
import {
  CONSENT_PATH,
  type ConsentRequest,
  END_PATH,
  type EndReason,
  type LaunchParameters,
  OPEN_PATH,
  type OpenAnswer,
  RESULT_PATH,
  RETURN_PATH,
  type Reason,
  type RedirectAnswer,
  type ResultAnswer,
  type ReturnAddressAnswer,
  reasonForHttpStatus,
  type ServiceErrorAnswer,
} from '@payment-passkeys/protocol';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import type { SandboxDevice } from './device.ts';

/** A request to the network's public server. */
export interface PageRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface PageResponse {
  readonly status: number;
  readonly location: string | undefined;
  readonly cookies: readonly { readonly name: string; readonly value: string }[];
  readonly body: string;
}

/** Sends a request through the whole pipeline of the public server. Rejects if no answer arrives. */
export type Send = (request: PageRequest) => Promise<PageResponse>;

/** How long a call waits for an answer: as long as the hosted page does. */
const ANSWER_MILLISECONDS = 20_000;
const pageLimit = () => AbortSignal.timeout(ANSWER_MILLISECONDS);

/** Answers whose connection was cut. `inject` delivers them nevertheless. */
const CUT = new WeakSet<object>();

/** Makes {@link sendInto} reject where a route of `app` cuts the connection in place of an answer. */
export function noteCutAnswers(app: NetworkServer): void {
  app.addHook('onRequest', async (_request, { raw }) => {
    raw.once('finish', () => void (raw.destroyed && CUT.add(raw)));
  });
}

/** `address` is the caller's, to which the rate limits apply. `limit` makes the signal that ends the wait for an answer. */
export function sendInto(server: Pick<NetworkServer, 'inject'>, address: string, limit = pageLimit): Send {
  return async ({ method, path, headers, body }) => {
    // `inject` has a signal too, but it ends nothing once the request was read.
    const signal = limit();
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    const answered = server.inject({
      method,
      url: path,
      remoteAddress: address,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
    const response = await Promise.race([answered, late]);
    if (CUT.has(response.raw.res)) throw new Error('The connection was cut.');
    const { statusCode: status, cookies, headers: received } = response;
    const location = typeof received.location === 'string' ? received.location : undefined;
    return { status, location, cookies, body: response.body };
  };
}

/** Why a call has no answer. The hosted page has a type like this one. */
export interface Refusal {
  readonly reason: Reason;
  readonly status?: number;
  readonly unreachable?: true;
  readonly returnTo?: string;
  /** The codes of the error. */
  readonly codes: readonly string[];
  /** The fields that they point to. */
  readonly sources: readonly string[];
}

export type Reply<Answer> = { readonly answer: Answer } | { readonly refusal: Refusal };

export interface PageBrowser {
  open(launch: LaunchParameters): Promise<Reply<OpenAnswer | RedirectAnswer>>;
  consent(consent: ConsentRequest): Promise<Reply<RedirectAnswer>>;
  /** Sent once more if no answer arrives. */
  result(credential: unknown): Promise<Reply<ResultAnswer>>;
  end(reason: EndReason): Promise<Reply<RedirectAnswer>>;
  /** The callback of a launch that could not be opened; undefined if the network knows none. */
  findReturnAddress(launch: LaunchParameters): Promise<string | undefined>;
  /** Follows a link. Returns the address that it leads to; undefined if it leads nowhere. */
  follow(path: string): Promise<string | undefined>;
}

/** The timeline shows this user agent as no browser. */
const USER_AGENT = 'payment-passkeys-cardholder';

export function openBrowser(
  device: SandboxDevice,
  { send, publicUrl }: { readonly send: Send; readonly publicUrl: string },
): PageBrowser {
  let opened: Pick<LaunchParameters, 'authenticationSessionId'> = {};

  async function call(
    request: Omit<PageRequest, 'headers'>,
    more: Readonly<Record<string, string>>,
  ): Promise<PageResponse> {
    const cookie = [...device.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { 'user-agent': USER_AGENT, ...(cookie && { cookie }), ...more };
    const response = await send({ ...request, headers });
    for (const { name, value } of response.cookies) device.cookies.set(name, value);
    return response;
  }

  async function post<Answer>(path: string, body: unknown, token?: string): Promise<Reply<Answer>> {
    const headers = {
      origin: publicUrl,
      'sec-fetch-site': 'same-origin',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const response = await call({ method: 'POST', path, body }, headers).catch(() => undefined);
    if (response === undefined)
      return { refusal: { reason: 'UNKNOWN_ERROR', unreachable: true, codes: [], sources: [] } };
    const { status } = response;
    const value = readJson(response.body);
    if (status === 200 && value !== undefined) return { answer: value as Answer }; // the network's own, by its schema
    return { refusal: readRefusal(status, value) };
  }

  return {
    open: ({ accessToken, verification: _back, ...body }) => {
      const { authenticationSessionId } = body;
      opened = authenticationSessionId === undefined ? {} : { authenticationSessionId };
      return post(OPEN_PATH, body, accessToken);
    },
    consent: (consent) => post(CONSENT_PATH, { ...opened, ...consent }),
    result: async (credential) => {
      const once = () => post<ResultAnswer>(RESULT_PATH, { ...opened, credential });
      const first = await once();
      return 'refusal' in first && first.refusal.unreachable ? once() : first;
    },
    end: (reason) => post(END_PATH, { ...opened, reason }),
    findReturnAddress: async ({ clientId, authenticationSessionId, callbackUri }) => {
      const reply = await post<ReturnAddressAnswer>(RETURN_PATH, { clientId, authenticationSessionId, callbackUri });
      return 'answer' in reply ? reply.answer.returnTo : undefined;
    },
    follow: async (path) => (await call({ method: 'GET', path }, {})).location,
  };
}

function readRefusal(status: number, body: unknown): Refusal {
  const { returnTo, errordetail = [] } = (body ?? {}) as Partial<ServiceErrorAnswer>; // the network's own
  return {
    reason: status === 200 ? 'UNKNOWN_ERROR' : reasonForHttpStatus(status),
    status,
    ...(returnTo !== undefined && { returnTo }),
    codes: errordetail.map(({ reason }) => reason),
    sources: errordetail.map(({ source }) => source),
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
