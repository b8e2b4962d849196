/** Posts JSON to the back end of a page. */

/** How long a page waits for an answer. */
const ANSWER_SECONDS = 20;

export interface JsonAnswer {
  readonly ok: boolean;
  readonly status: number;
  /** Undefined if the body is not JSON. */
  readonly value: unknown;
}

/** Undefined if no answer arrived. Never rejects. */
export async function postJson(request: {
  readonly fetch: typeof globalThis.fetch;
  readonly path: string;
  readonly body: unknown;
  readonly token?: string | undefined;
}): Promise<JsonAnswer | undefined> {
  const { fetch, path, body, token } = request;
  try {
    const response = await fetch(path, {
      method: 'POST',
      credentials: 'same-origin',
      redirect: 'error',
      cache: 'no-store',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout?.(ANSWER_SECONDS * 1000) ?? null, // absent in Safari before 16
    });
    const { ok, status } = response;
    return { ok, status, value: parse(await response.text()) };
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
