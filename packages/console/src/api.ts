/** The calls of the console's JSON API. Answers are typed by `@payment-passkeys/protocol/console`; the server checks them by schema. */
import { ApiProblem, readProblem } from './problem.ts';

/** How long the console waits for an answer. */
const ANSWER_SECONDS = 30;

/** Every call throws `ApiProblem`, and nothing else but the `AbortError` of its own signal. */
export interface Api {
  get<Answer>(path: string, options?: CallOptions): Promise<Answer>;
  post<Answer>(path: string, body?: object, options?: CallOptions): Promise<Answer>;
  put<Answer>(path: string, body: object, options?: CallOptions): Promise<Answer>;
  delete<Answer>(path: string, options?: CallOptions): Promise<Answer>;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** A 401 is an error like others, because nobody is signed in yet: for the sign-in and the invitation. */
  readonly signedOut?: boolean;
  /** The operator did not start the call, as for a refresh. It does not count as use of the console, so an idle console session still ends. */
  readonly background?: boolean;
}

export interface ApiDependencies {
  readonly fetch: typeof globalThis.fetch;
  /** Called when the server does not know the console session any more. */
  readonly signedOut: () => void;
  /** Asks the operator to use the passkey. True if it was confirmed, so that the call is made again. */
  readonly confirm: (api: Api) => Promise<boolean>;
}

/** The code of the answer to a call that needs a fresh use of the passkey. */
const CONFIRMATION_NEEDED = 'CONFIRMATION_REQUIRED';

/** The passkey of a confirmation was not accepted, or came too late. The console session goes on. */
const CONFIRMATION_REFUSED = 'SIGN_IN_REFUSED';

const BACKGROUND_HEADER = 'x-background';

export function buildApi({ fetch, signedOut, confirm }: ApiDependencies): Api {
  const call = async <Answer>(request: ApiRequest, options: CallOptions = {}): Promise<Answer> => {
    const problem = await send(request, options);
    if (!(problem instanceof ApiProblem)) return problem.value as Answer; // the server checks its answers by the schema
    if (problem.status === 401 && problem.code !== CONFIRMATION_REFUSED && !options.signedOut) signedOut();
    if (problem.code !== CONFIRMATION_NEEDED || !(await confirm(api))) throw problem;
    const again = await send(request, options);
    if (again instanceof ApiProblem) throw again;
    return again.value as Answer; // as above
  };
  const send = async ({ method, path, body }: ApiRequest, { signal, background }: CallOptions) => {
    const late = AbortSignal.timeout(ANSWER_SECONDS * 1000);
    try {
      const response = await fetch(path, {
        method,
        credentials: 'same-origin',
        redirect: 'error',
        cache: 'no-store',
        headers: {
          accept: 'application/json',
          ...(body && { 'content-type': 'application/json' }),
          ...(background && { [BACKGROUND_HEADER]: '1' }),
        },
        body: body ? JSON.stringify(body) : null,
        signal: signal ? AbortSignal.any([signal, late]) : late,
      });
      const value = parse(await response.text());
      return response.ok ? { value } : readProblem({ status: response.status, value, entered: body !== undefined });
    } catch (error) {
      if (signal?.aborted) throw error;
      return readProblem(undefined);
    }
  };
  const api: Api = {
    get: (path, options) => call({ method: 'GET', path }, options),
    post: (path, body = {}, options) => call({ method: 'POST', path, body }, options),
    put: (path, body, options) => call({ method: 'PUT', path, body }, options),
    delete: (path, options) => call({ method: 'DELETE', path }, options),
  };
  return api;
}

interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
