/** What the probe has seen, and how a verdict on an assumption reads it. */
import type { NetworkProfile } from '../server/profile.ts';
import { type Exchange, isPlainName, type Reading, type Refusal, type Step } from './exchange.ts';
import type { TokenSource } from './plan.ts';

export interface Evidence {
  readonly profile: NetworkProfile;
  readonly clientId: string;
  readonly exchanges: readonly Exchange[];
  /** Undefined: the probe has credentials of OAuth 1.0a. */
  readonly tokens: TokenSource | undefined;
  /** Why a request was not sent. */
  readonly skipped: Readonly<Partial<Record<Step, string>>>;
  /** A callback's address that a person brought from a test enrolment. */
  readonly callback: string | undefined;
}

/** The latest exchange of a step. */
export function exchangeOf({ exchanges }: Evidence, step: Step): Exchange | undefined {
  return exchanges.findLast((exchange) => exchange.step === step);
}

export function readingOf(evidence: Evidence, step: Step): Reading {
  const why = evidence.skipped[step] ?? 'it was not sent';
  return exchangeOf(evidence, step)?.reading ?? { kind: 'NONE', why };
}

/** Why a reading says nothing about a row: for `NOT_REACHED`. */
export function reasonOfNothing(reading: Reading): string {
  if (reading.kind === 'NONE' || reading.kind === 'PAGE') return reading.why;
  return reading.kind === 'REFUSAL' ? `refused: ${describeRefusal(reading)}` : `answered ${reading.status}`;
}

export function describeRefusal({ status, reason, source, description, names }: Refusal): string {
  const parts = [status, reason ?? `with the fields ${names.join(', ') || 'none'}`, source && `at ${source}`];
  return parts.filter((part) => part !== undefined).join(' ') + (description === undefined ? '' : ` (${description})`);
}

const OF_SIGNATURE = /AUTHENTICATION_FAILED|SIGNATURE|BODY_HASH|OAUTH/i;

/** The gateway refused the signature or asks for another scheme. A 403 of the service itself is about the client or the account. */
export function isOfSignature(reading: Reading): reading is Refusal {
  if (reading.kind !== 'REFUSAL') return false;
  const ofGateway = reading.form === 'GATEWAY' || reading.form === 'OTHER';
  return reading.status === 401 || OF_SIGNATURE.test(reading.reason ?? '') || (reading.status === 403 && ofGateway);
}

/** The path or the method is not the endpoint's. */
export function isOfPath(reading: Reading): reading is Refusal {
  return reading.kind === 'REFUSAL' && (reading.status === 404 || reading.status === 405);
}

/** The service behind the gateway read the request: it answered, or refused its content. */
export function wasRead(reading: Reading): boolean {
  if (reading.kind === 'ANSWER') return true;
  return reading.kind === 'REFUSAL' && reading.status < 500 && !isOfSignature(reading) && !isOfPath(reading);
}

/** A field of an answer. `pointer` is where it was found. `exact`: it is at the top, with the name that the profile has. */
export interface Located {
  readonly pointer: string;
  readonly exact: boolean;
  readonly value: unknown;
}

/** Finds a field by the profile's name at the top; otherwise by any spelling of that name, at the top or at most two levels deeper. */
export function locate(body: unknown, name: string): Located | undefined {
  if (!isObject(body)) return undefined;
  if (name in body) return { pointer: `/${name}`, exact: true, value: body[name] };
  return search(body, normalize(name), '', 0);
}

function search(
  body: Readonly<Record<string, unknown>>,
  wanted: string,
  base: string,
  depth: number,
): Located | undefined {
  const names = Object.keys(body).filter(isPlainName);
  const found = names.find((name) => normalize(name) === wanted);
  if (found !== undefined) return { pointer: `${base}/${found}`, exact: false, value: body[found] };
  if (depth === 2) return undefined;
  for (const name of names) {
    const inner = body[name];
    const below = isObject(inner) ? search(inner, wanted, `${base}/${name}`, depth + 1) : undefined;
    if (below !== undefined) return below;
  }
  return undefined;
}

/** Letters and digits only, so that `authentication_session_id` is `authenticationSessionId`. */
function normalize(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of a located field; undefined for anything else. */
export function textOf(located: Located | undefined): string | undefined {
  return typeof located?.value === 'string' ? located.value : undefined;
}
