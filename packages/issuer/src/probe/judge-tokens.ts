/** The verdicts on OAuth 2.0: where tokens come from, how a client gets one, and how it is used. */
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
import type { Refusal } from './exchange.ts';
import { differs, type Judgement, notReached, seen } from './findings.ts';
import { judgeCredentials } from './judge-channel.ts';
import type { TokenSource } from './plan.ts';

type JudgeTokens = (evidence: Evidence, tokens: TokenSource) => Judgement;

const ofOAuth2 =
  (judge: JudgeTokens): ((evidence: Evidence) => Judgement) =>
  (evidence) =>
    evidence.tokens === undefined
      ? notReached('the probe has credentials of OAuth 1.0a')
      : judge(evidence, evidence.tokens);

export const judgeMetadata: (evidence: Evidence) => Judgement = ofOAuth2((evidence, { issuer, tokenEndpoint }) => {
  const reading = readingOf(evidence, 'metadata');
  if (reading.kind !== 'ANSWER') return notReached(`no metadata: ${reasonOfNothing(reading)}`);
  const { issuer: theirs, token_endpoint: address } = membersOf(reading.body);
  const faults = [
    ...(theirs === issuer ? [] : [`issuer is ${addressOf(theirs)}`]),
    ...(address === tokenEndpoint ? [] : [`token_endpoint is ${addressOf(address)}`]),
  ];
  return faults.length > 0 ? differs(faults.join('; ')) : seen('it names the same issuer and token endpoint');
});

export const judgeTokenEndpoint: (evidence: Evidence) => Judgement = ofOAuth2((evidence) => {
  const reading = readingOf(evidence, 'token');
  const isToken = reading.kind === 'ANSWER' || (reading.kind === 'REFUSAL' && reading.form === 'TOKEN');
  if (!isToken && isOfPath(reading)) return differs(`${describeRefusal(reading)}: no token endpoint is there`);
  return isToken ? seen('a token endpoint answers there') : notReached(reasonOfNothing(reading));
});

export const judgeAssertion: (evidence: Evidence) => Judgement = ofOAuth2((evidence) => {
  const exchange = exchangeOf(evidence, 'token');
  const reading = readingOf(evidence, 'token');
  if (reading.kind === 'ANSWER') return seen('the client assertion is accepted');
  if (reading.kind !== 'REFUSAL' || !/invalid_client/i.test(reading.reason ?? '')) {
    return notReached(reasonOfNothing(reading));
  }
  const ahead = exchange?.clockAheadSeconds ?? 0;
  const clock =
    Math.abs(ahead) > CLOCK_NOTED_SECONDS ? `; this machine's clock is ${ahead} s ahead of the endpoint's` : '';
  return differs(`the client was refused: ${describeRefusal(reading)}${clock}`);
});

/** Half the lifetime of an assertion. */
const CLOCK_NOTED_SECONDS = 45;

export const judgeNonce: (evidence: Evidence) => Judgement = ofOAuth2(({ exchanges }) => {
  const asked = exchanges.filter(({ reading }) => reading.kind === 'REFUSAL' && reading.asksForNonce);
  const [first] = asked;
  if (first === undefined) return notReached('no request was asked for a nonce');
  const { reading: refusal } = first as { readonly reading: Refusal };
  if (!refusal.hasNonce)
    return differs(`a nonce is asked for, and the answer has no DPoP-Nonce: ${describeRefusal(refusal)}`);
  if (refusal.status !== 400 && refusal.status !== 401) return differs(`a nonce is asked for with ${refusal.status}`);
  const again = exchanges.slice(exchanges.indexOf(first) + 1).find(({ step }) => step === first.step);
  if (again === undefined) return notReached('the request with the nonce was not sent');
  const refused = again.reading.kind === 'REFUSAL' && again.reading.asksForNonce;
  return refused
    ? differs(`the nonce of the answer is refused: ${describeRefusal(again.reading as Refusal)}`)
    : seen(`asked for with ${refusal.status}, and accepted`);
});

export const judgeToken: (evidence: Evidence) => Judgement = ofOAuth2((evidence) => {
  const reading = readingOf(evidence, 'token');
  if (reading.kind !== 'ANSWER') return notReached(reasonOfNothing(reading));
  const { token_type: type, expires_in: seconds } = membersOf(reading.body);
  const isDpop = typeof type === 'string' && type.toLowerCase() === 'dpop';
  const lasts = typeof seconds === 'number' && seconds > 0;
  if (isDpop && lasts) return seen(`DPoP, for ${Math.round(seconds)} seconds`);
  const named = typeof type === 'string' && /^[A-Za-z_-]{1,20}$/.test(type) ? type : 'not a name';
  const faults = [
    ...(isDpop ? [] : [`token_type is ${named}`]),
    ...(lasts ? [] : ['expires_in is no number of seconds']),
  ];
  return differs(faults.join('; '));
});

export const judgeCall: (evidence: Evidence) => Judgement = ofOAuth2((evidence) =>
  judgeCredentials(evidence, {
    one: 'a request with a token and a proof',
    many: 'requests with a token and a proof',
    without: 'a request without a token',
    checked: 'token',
  }),
);

export const judgeBearer: (evidence: Evidence) => Judgement = ofOAuth2((evidence) => {
  const reading = readingOf(evidence, 'bearer');
  if (wasRead(reading)) return differs('the token is accepted without a proof: whoever reads it can use it');
  return isOfSignature(reading) ? seen(describeRefusal(reading)) : notReached(reasonOfNothing(reading));
});

function membersOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {}; // every member is unknown
}

/** Public addresses of the server; anything else is not reported. */
function addressOf(value: unknown): string {
  return typeof value === 'string' && /^https?:\/\/[A-Za-z0-9._~:/-]{1,200}$/.test(value) ? value : 'no address';
}
