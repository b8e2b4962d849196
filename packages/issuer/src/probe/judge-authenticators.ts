/** The verdicts on the Authenticators call. It is made with a forged proof, so an endpoint that verifies proofs binds no passkey. */
import { describeRefusal, type Evidence, readingOf, reasonOfNothing, wasRead } from './evidence.ts';
import type { Refusal } from './exchange.ts';
import { differs, type Judgement, notReached, seen } from './findings.ts';
import { judgePath } from './judge-sessions.ts';

const BOUND_A_FORGERY = 'the endpoint bound a forged proof: it verifies none';

export function judgeAuthenticatorsCall(evidence: Evidence): Judgement {
  return judgePath([readingOf(evidence, 'authenticators')], evidence.profile.paths.authenticators);
}

export function judgeAuthenticatorsRequest(evidence: Evidence): Judgement {
  const reading = readingOf(evidence, 'authenticators');
  if (reading.kind === 'ANSWER') return notReached(BOUND_A_FORGERY);
  if (reading.kind !== 'REFUSAL' || !wasRead(reading)) return notReached(reasonOfNothing(reading));
  const { reason = '', source } = reading;
  const { profile } = evidence;
  if (isOfState(reading)) return seen(`the session was found: ${describeRefusal(reading)}`);
  if (profile.proofRefusals.includes(reason)) return seen(`the proof was read: ${describeRefusal(reading)}`);
  if (source === `/${profile.fields.proofOfAuthentication}` && !/MISSING|REQUIRED/i.test(reason)) {
    return seen(`the proof was read: ${describeRefusal(reading)}`);
  }
  return source === undefined ? notReached(reasonOfNothing(reading)) : differs(describeRefusal(reading));
}

/** A network may refuse the session's state before it reads the proof. */
function isOfState({ status, reason = '' }: Refusal): boolean {
  return status === 409 || /STATE|NOT_ENROLLED/i.test(reason);
}

export function judgeProofRefusals(evidence: Evidence): Judgement {
  const reading = readingOf(evidence, 'authenticators');
  if (reading.kind === 'ANSWER') return differs(BOUND_A_FORGERY);
  if (reading.kind !== 'REFUSAL' || !wasRead(reading)) return notReached(reasonOfNothing(reading));
  const { reason } = reading;
  if (isOfState(reading)) {
    return notReached(`the session was never launched, so the proof was not judged: ${describeRefusal(reading)}`);
  }
  if (reason !== undefined && evidence.profile.proofRefusals.includes(reason)) return seen(`a forged proof: ${reason}`);
  return differs(
    `a forged proof was refused by ${describeRefusal(reading)}: add the reason if it always means a refused proof`,
  );
}

/** Only a cardholder's visit can show it. */
export function judgeAfterVisit(): Judgement {
  return notReached("only after a cardholder's visit, with a real proof");
}
