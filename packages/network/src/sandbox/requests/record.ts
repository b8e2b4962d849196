/** What is kept of a request: how it was answered, what was wrong, and its shape. Pure except for the decryption that is passed in. */
import { readSignedRequest, type SignedRequest } from '@payment-passkeys/channel';
import type { RecordedError, RecordedMember, RecordedRequest } from '@payment-passkeys/protocol/sandbox';
import { GatewayError } from '../../platform/errors/errors.ts';
import { TokenError } from '../../platform/errors/token-error.ts';
import { readSessionId } from '../session-id.ts';
import { readClaims } from './claims.ts';
import { hasForeignParameters, shownBaseStrings, showTarget } from './mask.ts';
import { shapeOf } from './shape.ts';

/** A request that has ended, as the hooks saw it. */
export interface SeenRequest {
  readonly requestId: string;
  readonly receivedAt: Date;
  readonly milliseconds: number;
  /** The client whose list the record is in. */
  readonly clientId: string;
  readonly scheme: RecordedRequest['scheme'];
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  /** The pattern of its route. */
  readonly route: string | undefined;
  readonly authorization: string;
  readonly token: string | undefined;
  readonly proof: string | undefined;
  readonly assertion: string | undefined;
  /** The server nonce of the answer. */
  readonly nonce: string | undefined;
  /** Undefined: the connection ended before the answer. */
  readonly status: number | undefined;
  /** The answer's body, if it is text. */
  readonly answer: string | undefined;
  readonly unknownFields: string | undefined;
  /** Bytes until the signature is verified, then the parsed JSON. */
  readonly body: unknown;
  /** The signature is verified; with OAuth 2.0, the proof and the token are, or the proof and the assertion. */
  readonly verified: boolean;
  /** Present if it is verified by OAuth 1.0a. */
  readonly signed: SignedRequest | undefined;
  readonly error: unknown;
}

export interface RecordOptions {
  readonly publicUrl: string;
  /** The content of an encrypted object, or undefined if it cannot be read. `pointer` is the place of the object. */
  readonly decrypt: (jwe: string, pointer: string) => Promise<unknown>;
}

/** Values of the request are left out or masked (shape.ts, mask.ts, claims.ts), except the session's id. */
export async function buildRecord(
  seen: SeenRequest,
  options: RecordOptions,
): Promise<Omit<RecordedRequest, 'position'>> {
  const { requestId, receivedAt, milliseconds, scheme, method, status, error } = seen;
  const shown = showTarget(seen.target, seen.route);
  const wrong = error instanceof GatewayError || error instanceof TokenError;
  const because = (wrong && error.detail.because) || '';
  const mismatch = because === 'SIGNATURE_MISMATCH' ? readSigned(seen, options) : undefined;
  const baseStrings = mismatch === undefined ? [] : await shownBaseStrings(mismatch, shown);
  const right = seen.verified && !wrong;
  const answer = parse(seen.answer);
  const sessionId = readSessionId(answer) ?? (right ? readSessionId(seen.body) : undefined);
  return {
    requestId,
    receivedAt: receivedAt.toISOString(),
    milliseconds: Math.round(milliseconds),
    method,
    path: cut(shown.path + (shown.search === '' ? '' : `?${shown.search}`), 500),
    ...(status !== undefined && { status }),
    scheme,
    signature: wrong ? 'WRONG' : right ? 'RIGHT' : 'NOT_CHECKED',
    errors: readErrors(answer),
    baseStrings: baseStrings.map((text) => cut(text, 8192)),
    claims: scheme === 'OAUTH2' ? readClaims({ ...seen, because, publicUrl: options.publicUrl }) : [],
    masked: shown.masked || (mismatch !== undefined && hasForeignParameters(mismatch)),
    shape: right ? [...(await readShape(seen.body, options))] : [],
    unknownFields: seen.unknownFields?.split(', ') ?? [],
    ...(sessionId !== undefined && { sessionId }),
  };
}

/** The request whose signature does not hold. Its body is still the bytes that arrived. */
function readSigned(
  { signed, method, target, authorization, body, receivedAt }: SeenRequest,
  { publicUrl }: RecordOptions,
) {
  if (signed !== undefined) return signed;
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const reading = readSignedRequest({ method, url: publicUrl + target, authorization, body: bytes, now: receivedAt });
  return reading.ok ? reading.request : undefined;
}

/** The errors as the client got them, without the base strings: the record has these separately. */
function readErrors(answer: Members): RecordedError[] {
  if (typeof answer.error === 'string') {
    return [{ code: cut(answer.error, 64), sentence: cut(String(answer.error_description), 1000) }];
  }
  const gateway = membersOf(answer.Errors).Error;
  const service = answer.errordetail;
  if (Array.isArray(gateway)) {
    return gateway.map(membersOf).map(({ ReasonCode, Description }) => ({
      code: cut(String(ReasonCode), 64),
      sentence: cut(String(Description).split(BASE_STRINGS)[0] ?? '', 1000),
    }));
  }
  if (!Array.isArray(service)) return [];
  return service.map(membersOf).map(({ reason, source, message }) => ({
    code: cut(String(reason), 64),
    ...(typeof source === 'string' && source !== '' && { pointer: cut(source, 500) }),
    sentence: cut(String(message), 1000),
  }));
}

/** The beginning of what the guard adds to its sentence in the sandbox. */
const BASE_STRINGS = / The network computed this signature base string:/;

/** The shape of the body. The shape of each encrypted object's content follows the object, at the same place. */
async function readShape(body: unknown, { decrypt }: RecordOptions): Promise<readonly RecordedMember[]> {
  if (body === undefined || body === null || Buffer.isBuffer(body)) return [];
  const members: RecordedMember[] = [];
  for (const member of shapeOf(body)) {
    members.push(member);
    if (!member.pointer.endsWith('/encryptedData') || member.type !== 'string') continue;
    const place = member.pointer.slice(0, -'/encryptedData'.length);
    const content = await decrypt(String(valueAt(body, member.pointer)), place).catch(() => undefined);
    if (content === undefined) continue;
    members.push(
      ...shapeOf(content, place)
        .slice(1)
        .map((inside) => ({ ...inside, decrypted: true })),
    );
  }
  return members;
}

function valueAt(body: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, name) => membersOf(value)[name], body);
}

type Members = Readonly<Record<string, unknown>>;

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {}; // every member is unknown
}

function parse(text: string | undefined): Members {
  try {
    return membersOf(JSON.parse(text ?? ''));
  } catch {
    return {};
  }
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
