/** The verdicts on the Sessions call: its path, the fields of the request, and those of the answer. */
import type { AssumptionId } from './assumptions.ts';
import {
  describeRefusal,
  type Evidence,
  exchangeOf,
  isOfPath,
  locate,
  readingOf,
  reasonOfNothing,
  textOf,
  wasRead,
} from './evidence.ts';
import { namesOf, type Reading, type Refusal } from './exchange.ts';
import { type Correction, differs, type Judgement, notReached, seen } from './findings.ts';

export function judgeSessionsCall(evidence: Evidence): Judgement {
  const readings = [readingOf(evidence, 'sessions'), readingOf(evidence, 'empty')];
  return judgePath(readings, evidence.profile.paths.sessions);
}

/** Whether a call's path is right. Shared with the verdict on Authenticators. */
export function judgePath(readings: readonly Reading[], path: string): Judgement {
  const wrong = readings.find(isOfPath);
  if (readings.some(wasRead)) return seen(`POST ${path} is there`);
  if (wrong !== undefined) return differs(`POST ${path}: ${describeRefusal(wrong)}`);
  return notReached(reasonOfNothing(readings.at(-1) ?? { kind: 'NONE', why: 'it was not sent' }));
}

/** For the rows about the content of the request. The endpoint judges the whole request, so only a refusal that names a field is about one row. */
export function judgeRequest(id: AssumptionId): (evidence: Evidence) => Judgement {
  return (evidence) => {
    const reading = readingOf(evidence, 'sessions');
    if (reading.kind === 'ANSWER') return seen(`Sessions accepted it (${reading.status})`);
    if (reading.kind !== 'REFUSAL') return notReached(reasonOfNothing(reading));
    const about = findSubject(reading, evidence);
    if (about === id) return differs(`Sessions refused it: ${describeRefusal(reading)}`);
    if (OF_ENCRYPTION.includes(id) && (about === 'session-info-shape' || about === 'compliance-settings')) {
      return seen(`Sessions decrypted it: ${describeRefusal(reading)}`);
    }
    return notReached(`Sessions refused the request: ${describeRefusal(reading)}`);
  };
}

const OF_ENCRYPTION: readonly AssumptionId[] = [
  'key-encryption',
  'content-encryption',
  'encryption-kid',
  'encrypted-object',
  'encrypted-field',
  'jwe-field',
];
const INSIDE = ['accountReferences', 'cardholderVerification', 'consent', 'callbackUri', 'locale'];

/** The row that a refusal is about, from its reason or from its pointer; undefined if it is about none, or about the test account. */
function findSubject({ reason = '', source, status }: Refusal, { profile }: Evidence): AssumptionId | undefined {
  if (status !== 400) return undefined;
  if (/KEY_?ID|UNKNOWN_KEY/i.test(reason)) return 'encryption-kid';
  if (/CRYPT/i.test(reason)) return 'content-encryption';
  if (source === undefined) return undefined;
  const { fields } = profile;
  const names = source.split('/').slice(1);
  if (names[0] === fields.clientSessionId) return 'client-session-id';
  if (names[0] === fields.authenticationReasons) return 'authentication-reasons';
  const ofObject = names[0] === fields.srcSessionInitiationRequestInfo;
  if (ofObject && names.length === 1) return 'encrypted-field';
  const [inner = ''] = ofObject ? names.slice(1).filter((name) => name !== fields.encryptedData) : names;
  if (inner === '') return 'jwe-field';
  if (inner === 'complianceSettings') return 'compliance-settings';
  if (ofObject || INSIDE.includes(inner)) return 'session-info-shape';
  return 'service-ids';
}

/** A different id in the answer means that the network chose its own. */
export function judgeClientSessionId(evidence: Evidence): Judgement {
  const { clientSessionId } = evidence.profile.fields;
  const exchange = exchangeOf(evidence, 'sessions');
  if (exchange?.reading.kind !== 'ANSWER') return judgeRequest('client-session-id')(evidence);
  const answered = textOf(locate(exchange.reading.body, clientSessionId));
  const sent = textOf(locate(exchange.sent, clientSessionId));
  if (answered === undefined) return seen('Sessions accepted it; the answer does not repeat it');
  if (answered.toLowerCase() === sent) return seen('Sessions accepted it, and repeats it in its answer');
  return differs('the answer has another clientSessionId than the request');
}

export function judgeSessionsAnswer(evidence: Evidence): Judgement {
  const reading = readingOf(evidence, 'sessions');
  if (reading.kind !== 'ANSWER') return notReached(reasonOfNothing(reading));
  const { fields } = evidence.profile;
  return judgeFields(reading.body, { authenticationSessionId: fields.authenticationSessionId, uri: fields.uri });
}

/** Whether the body has each field by its name. `wanted` maps our name of a field to the profile's. */
function judgeFields(body: unknown, wanted: Readonly<Record<string, string>>): Judgement {
  const corrections: Correction[] = [];
  const missing: string[] = [];
  for (const [ours, name] of Object.entries(wanted)) {
    const found = locate(body, name);
    if (found?.exact && typeof found.value === 'string') continue;
    missing.push(found === undefined ? `no ${name}` : `${found.pointer} in place of /${name}`);
    const [, top = '', ...deeper] = found?.pointer.split('/') ?? [];
    if (top !== '' && deeper.length === 0 && top !== name) corrections.push({ option: `fields.${ours}`, value: top });
  }
  const others = namesOf(body).filter((name) => !Object.values(wanted).includes(name));
  const further = others.length === 0 ? '' : `; other fields: ${others.join(', ')}`;
  if (missing.length > 0) return differs(missing.join('; ') + further, ...corrections);
  return seen(Object.values(wanted).join(', ') + further);
}
