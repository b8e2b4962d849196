/**
 * The probe: it makes the kit's calls once each with a test account, and gives a verdict on each assumption of
 * docs/moving-to-mastercard.md.
 */
import { openConnections, systemTimers } from '@payment-passkeys/kit';
import { checkProfile } from '../server/profile.ts';
import { ASSUMPTIONS } from './assumptions.ts';
import type { Evidence } from './evidence.ts';
import { createRecorder, type Step } from './exchange.ts';
import type { Correction, Finding } from './findings.ts';
import { JUDGES } from './judges.ts';
import { type ProbeOptions, planProbe, readScheme } from './plan.ts';
import { sendRequests } from './send.ts';

/** A request of the probe, after it was sent. */
export interface SentRequest {
  readonly step: Step;
  readonly method: string;
  readonly url: string;
  /** The HTTP status; undefined without an answer. */
  readonly status: number | undefined;
  readonly milliseconds: number;
}

/** What the probe found. It holds no value of the account, no key, no token and no proof. */
export interface ProbeReport {
  /** One for each row of the table, in its order. */
  readonly findings: readonly Finding[];
  /** Settings of the profile, with the values that would correct them. Compare them with the network's specification before you use them. */
  readonly corrections: readonly Correction[];
  readonly requests: readonly SentRequest[];
}

/**
 * Sends the requests of `planProbe`, once each, and judges the answers. It opens a session and never launches it, and tries to bind
 * with a proof that it has forged: an endpoint that verifies proofs changes nothing. A request that an earlier answer makes pointless is not
 * sent. Throws IssuerError `INVALID_OPTIONS`, `INVALID_ENROLMENT` or `SIGNER_UNAVAILABLE`; an endpoint that refuses or does not answer is a
 * finding and no error.
 */
export async function runProbe(options: ProbeOptions): Promise<ProbeReport> {
  planProbe(options);
  const { clock = () => new Date(), timers = systemTimers, clientId, callback } = options;
  const profile = checkProfile(options.profile);
  const scheme = readScheme(options, profile);
  const tokens = 'oauth2' in scheme ? scheme.oauth2 : undefined;
  const connections = openConnections();
  const recorder = createRecorder({ fetch: options.fetch ?? connections.fetch, clock });
  const skipped: Partial<Record<Step, string>> = {};
  const evidence: Evidence = { profile, clientId, callback, skipped, tokens, exchanges: recorder.exchanges };
  try {
    await sendRequests({ ...options, profile, scheme, clock, timers }, { recorder, evidence, skipped });
  } finally {
    await connections.close();
  }
  return report(evidence);
}

function report(evidence: Evidence): ProbeReport {
  const judged = ASSUMPTIONS.map(({ id }) => ({ id, ...JUDGES[id](evidence) }));
  return {
    findings: judged.map(({ id, verdict, seen }) => ({ id, verdict, seen })),
    corrections: judged.flatMap(({ corrections = [] }) => corrections),
    requests: evidence.exchanges.map(({ step, method, url, milliseconds, reading }) => {
      return { step, method, url, status: 'status' in reading ? reading.status : undefined, milliseconds };
    }),
  };
}
