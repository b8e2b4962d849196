/** The verdicts on the channel: address, signature, error object, time. */
import { ATTEMPT_MILLISECONDS } from '@payment-passkeys/kit';
import { SIGNATURE_SKEW_SECONDS } from '@payment-passkeys/protocol';
import {
  describeRefusal,
  type Evidence,
  exchangeOf,
  isOfPath,
  isOfSignature,
  readingOf,
  reasonOfNothing,
  wasRead,
} from './evidence.ts';
import type { Reading, Refusal } from './exchange.ts';
import { differs, type Judgement, notReached, seen } from './findings.ts';

const SIGNED = ['empty', 'sessions', 'authenticators'] as const;

export function judgeApiBase(evidence: Evidence): Judgement {
  // The authorization server may be another machine.
  const own = evidence.exchanges.filter(({ step }) => step !== 'metadata' && step !== 'token');
  const readings = own.map(({ reading }) => reading);
  const spoke = readings.filter(({ kind }) => kind === 'ANSWER' || kind === 'REFUSAL');
  const [first] = spoke;
  if (first === undefined) return notReached(reasonOfNothing(readings[0] ?? readingOf(evidence, 'unsigned')));
  if (spoke.every(isOfPath)) return differs(`every request got ${statusesOf(spoke)}`);
  return seen('an API answers there in JSON');
}

export function judgeSignature(evidence: Evidence): Judgement {
  if (evidence.tokens !== undefined) return notReached('the probe has credentials of OAuth 2.0');
  return judgeCredentials(evidence, {
    one: 'a signed request',
    many: 'signed requests',
    without: 'an unsigned request',
    checked: 'signature',
  });
}

/** Whether requests with credentials are read. Shared by the verdicts on signatures and on access tokens. */
export function judgeCredentials(
  evidence: Evidence,
  words: { readonly one: string; readonly many: string; readonly without: string; readonly checked: string },
): Judgement {
  for (const step of SIGNED) {
    const exchange = exchangeOf(evidence, step);
    if (exchange === undefined || !isOfSignature(exchange.reading)) continue;
    const ahead = exchange.clockAheadSeconds ?? 0;
    const clock =
      Math.abs(ahead) > SIGNATURE_SKEW_SECONDS ? `; this machine's clock is ${ahead} s ahead of the endpoint's` : '';
    return differs(`${words.one} was refused: ${describeRefusal(exchange.reading)}${clock}`);
  }
  const read = SIGNED.map((step) => readingOf(evidence, step)).find(wasRead);
  if (read === undefined) return notReached(reasonOfNothing(readingOf(evidence, 'empty')));
  const unsigned = readingOf(evidence, 'unsigned');
  if (wasRead(unsigned)) {
    return notReached(
      `${words.without} was read too (${statusesOf([unsigned])}): the endpoint checks no ${words.checked}`,
    );
  }
  return seen(
    `${words.many} are read, and the ${words.without.replace(/^an? /, '').replace('request', 'one')} is ${reasonOfNothing(unsigned)}`,
  );
}

export function judgeSecondToken(evidence: Evidence): Judgement {
  if (evidence.tokens !== undefined) return notReached('the probe has credentials of OAuth 2.0');
  const refused = SIGNED.map((step) => readingOf(evidence, step)).find(isOfSignature);
  const asked = refused?.schemes.filter((scheme) => scheme.toLowerCase() !== 'oauth') ?? [];
  if (asked.length > 0)
    return differs(`a signed request was refused, and WWW-Authenticate asks for ${asked.join(', ')}`);
  const { verdict, seen: text } = judgeSignature(evidence);
  return verdict === 'SEEN' ? seen('a request with the signature alone is read') : notReached(text);
}

export function judgeErrorObject({ exchanges }: Evidence): Judgement {
  const refusals = exchanges.flatMap(({ reading }) => (reading.kind === 'REFUSAL' ? [reading] : []));
  const foreign = refusals.find(({ form }) => form === 'OTHER');
  if (foreign !== undefined) {
    return differs(`the kit finds no reason in this object: ${describeRefusal(foreign)}`);
  }
  if (refusals.length === 0) return notReached('nothing was refused with JSON');
  const forms = new Set(refusals.map(({ form }) => FORMS[form]));
  return seen([...forms].join('; '));
}

const FORMS: Readonly<Record<Refusal['form'], string>> = {
  GATEWAY: "the gateway's Errors.Error[]",
  SERVICE: "the service's flat object",
  WRAPPED_SERVICE: "the service's object under error",
  TOKEN: "the token endpoint's error",
  OTHER: 'another',
};

export function judgeAnswerTime({ exchanges }: Evidence): Judgement {
  const timedOut = exchanges.find(({ reading }) => reading.kind === 'NONE' && reading.why === 'no answer in time');
  if (timedOut !== undefined) return differs(`no answer within ten seconds (${timedOut.step})`);
  const answered = exchanges.filter(({ reading }) => reading.kind !== 'NONE');
  if (answered.length === 0) return notReached('nothing was answered');
  const slowest = Math.max(...answered.map(({ milliseconds }) => milliseconds));
  const text = `the slowest of ${answered.length} answers took ${slowest} ms`;
  return slowest > ATTEMPT_MILLISECONDS ? differs(text) : seen(text);
}

function statusesOf(readings: readonly Reading[]): string {
  const statuses = readings.flatMap((reading) => ('status' in reading ? [reading.status] : []));
  return [...new Set(statuses)].join(', ');
}
