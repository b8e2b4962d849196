/** The timeline of a session as the console shows it: the stored steps, with what other columns of the session say of them. */
import type { Actor, AuthenticationReason, Reason, SessionState } from '@payment-passkeys/protocol';
import type { BrowserFamilyName, TimelineStep, TimelineStepName } from '@payment-passkeys/protocol/console';
import type { StoredStep } from './step.ts';

export interface TimelineSource {
  readonly reason: AuthenticationReason;
  readonly state: SessionState;
  readonly endReason: Reason | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly browserFamily: BrowserFamilyName | null;
  /** A W3C traceparent. */
  readonly traceContext: string | null;
  /** Whether Secure Payment Confirmation was offered with the answer to the Sessions call. */
  readonly confirmationOffered: boolean;
  readonly proofKeyId: string | null;
  readonly passkeyId: string | null;
  readonly deviceId: string | null;
  /** The algorithm of the session's passkey; null if the passkey is not stored any more. */
  readonly algorithm: number | null;
  readonly model: string | undefined;
  readonly steps: readonly StoredStep[];
}

/** The oldest step first. One stored step may become several: a verified result, the proof, the approval. */
export function buildTimeline(source: TimelineSource): readonly TimelineStep[] {
  const { steps, createdAt, confirmationOffered } = source;
  const started = { at: createdAt.getTime() };
  return [
    show({ ...started, step: 'START' }, source),
    ...(confirmationOffered ? [show({ ...started, step: 'OFFER', offer: 'CONFIRM' }, source)] : []),
    ...steps.flatMap((step) => expand(step, source)),
    ...(steps.length === 0 ? endOfEarlierRelease(source) : []),
  ];
}

function expand(stored: StoredStep, source: TimelineSource): readonly TimelineStep[] {
  const { at, decision, offer, to } = stored;
  const shown = show(stored, source);
  if (decision === 'REFUSED') return [shown];
  if (stored.step === 'OPEN') {
    const { offer: _shown, ...open } = shown;
    return [open, show({ at, step: 'OFFER', ...(offer && { offer }) }, source)];
  }
  switch (to) {
    case 'registered':
      return [shown, { ...show({ at, step: 'BINDING' }, source), by: 'CARDHOLDER' }];
    case 'enrolled':
      return [shown, show({ at, step: 'PROOF' }, source)];
    case 'approved':
      return [shown, show({ at, step: 'PROOF' }, source), show({ at, step: 'APPROVAL' }, source)];
    default:
      return [shown];
  }
}

function show(stored: StoredStep, source: TimelineSource): TimelineStep {
  const { at, step, decision = 'ACCEPTED', because, offer, state, revocation } = stored;
  const accepted = decision === 'ACCEPTED';
  const unbound = state === 'expired' && source.proofKeyId !== null;
  const code = stored.code ?? (step === 'END' && state === 'failed' ? source.endReason : undefined) ?? undefined;
  const browserFamily = stored.browser ?? (step === 'OPEN' ? source.browserFamily : null) ?? undefined;
  const traceId = stored.trace ?? (stored.step === 'END' && stored.code === undefined ? undefined : traceIdOf(source));
  const why = because ?? (unbound ? 'NOT_BOUND' : undefined);
  return {
    at: new Date(at).toISOString(),
    step,
    decision,
    by: stored.by ?? actorOf(step, source),
    ...(code !== undefined && { code }),
    ...(why !== undefined && { because: why }),
    ...(offer && { offer }),
    ...(state && { state }),
    ...(revocation && { revocation }),
    ...(step === 'PROOF' && source.proofKeyId !== null && { kid: source.proofKeyId }),
    ...(browserFamily !== undefined && { browserFamily }),
    ...(traceId !== undefined && { traceId }),
    ...(step === 'RESULT' && accepted && { verified: describeResult(stored, source) }),
  };
}

/** The session's passkey is that of its last result; an earlier result may have another one. */
function describeResult(stored: StoredStep, source: TimelineSource): NonNullable<TimelineStep['verified']> {
  const { uv = false, bs = false, counter = false, passkey = source.passkeyId } = stored;
  const known = passkey !== null && passkey === source.passkeyId;
  return {
    userPresent: true, // the verification refuses any other
    userVerified: uv,
    backedUp: bs,
    counterRegressed: counter,
    ...(known && source.algorithm !== null && { algorithm: source.algorithm }),
    ...(known && source.model !== undefined && { model: source.model }),
    ...(passkey !== null && { credentialId: passkey }),
    ...(source.deviceId !== null && { deviceId: source.deviceId }),
  };
}

function actorOf(step: TimelineStepName, { reason }: TimelineSource): Actor {
  switch (step) {
    case 'START':
    case 'BINDING':
      return reason === 'ACCOUNT_LOGIN' ? 'ISSUER' : 'MERCHANT';
    case 'OFFER':
    case 'PROOF':
      return 'NETWORK';
    case 'ISSUER_ANSWER':
      return 'ISSUER';
    default:
      return 'CARDHOLDER';
  }
}

/** Sessions of an earlier release have no steps. Who ended them is not known: the network is shown, except for a cancellation. */
function endOfEarlierRelease(source: TimelineSource): readonly TimelineStep[] {
  const { state, endedAt } = source;
  if (endedAt === null) return [];
  const at = endedAt.getTime();
  if (state === 'bound') return [show({ at, step: 'BINDING' }, source)];
  if (state === 'approved') return [show({ at, step: 'APPROVAL' }, source)];
  return [show({ at, step: 'END', state, by: state === 'cancelled' ? 'CARDHOLDER' : 'NETWORK' }, source)];
}

export function traceIdOf({ traceContext }: { readonly traceContext: string | null }): string | undefined {
  return traceContext?.slice(3, 35);
}
