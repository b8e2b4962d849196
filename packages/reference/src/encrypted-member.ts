/** The member of a request's body that is sent encrypted: `encryptedData`, written in plain form by the person who makes the request. */

export interface PlainBody {
  /** The object to encrypt. */
  readonly payload: unknown;
  /** The body as JSON, with the JWE in the object's place. */
  readonly withJwe: (jwe: string) => string;
}

/** Undefined if the body is not JSON, has no `encryptedData`, or has a text there, which is sent as it is. */
export function findPlainBody(body: string): PlainBody | undefined {
  const value = parse(body);
  const holder = isObject(value) ? [value, value.srcSessionInitiationRequestInfo].find(holdsPlain) : undefined;
  if (holder === undefined) return undefined;
  return {
    payload: holder.encryptedData,
    withJwe: (jwe) => {
      holder.encryptedData = jwe;
      return JSON.stringify(value);
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const holdsPlain = (value: unknown): value is Record<string, unknown> =>
  isObject(value) && isObject(value.encryptedData);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
