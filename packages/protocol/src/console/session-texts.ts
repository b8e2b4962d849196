/**
 * The sentences of a session's timeline, in English: what happened, and why. The console and the command line show them, with the code beside
 * them.
 */
import type { Actor } from '../bindings.ts';
import { SERVICE_ERRORS } from '../errors.ts';
import { isReason, type Reason } from '../outcomes.ts';
import { fillText } from '../texts.ts';
import type { SessionView, TimelineStep } from './sessions.ts';

/** Why a session ended without a result: a sentence for each reason of a callback. */
export const REASON_TEXTS: { readonly [Code in Reason]: string } = {
  USER_CANCELLATION: 'The cardholder chose not to go on.',
  DUPLICATE_CREDENTIALS: 'The device already has a passkey for these accounts.',
  CREDENTIALS_CREATION_NOT_ALLOWED:
    "The device's dialog for a new passkey was closed, ran out of time, or failed. Most often the cardholder closed it.",
  CREDENTIALS_NOT_VERIFIED:
    "The device's dialog for the passkey was closed, ran out of time, or failed. Most often the cardholder closed it, or the passkey is not on this device.",
  INVALID_QUERY_PARAMS: 'The launch address was incomplete: it was cut off, or opened a second time.',
  INVALID_ARGUMENT: "The network's page sent a request that the network does not accept.",
  PERMISSION_DENIED:
    'The session had no access any more: its time was up, another browser opened it, the issuer did not confirm the cardholder, or what it would use was suspended, deleted or replaced.',
  FORBIDDEN: 'The client is suspended, or may not do this.',
  NOT_FOUND: 'The network does not know the session.',
  INVALID_STATE: 'The network had an internal error.',
  SERVICE_UNAVAILABLE: 'The network could not serve the request at that time.',
  SERVICE_ERROR: 'The network answered with an error.',
  UNKNOWN_ERROR: "Something unexpected happened in the cardholder's browser.",
};

/** Why an attempt was refused, more precisely than the caller is told. */
export const REFUSAL_TEXTS = {
  SESSION_OVER: 'The session had ended before.',
  TIME_IS_UP: 'It came after the session had expired.',
  TOKEN_REFUSED: 'The access token of the launch address was missing or wrong.',
  TOKEN_SPENT: 'Another browser had opened the session before: the launch address can be used in one browser only.',
  NOT_OPENED: 'Nobody had opened the session yet.',
  NOT_VERIFIED: 'The issuer had not confirmed the cardholder yet.',
  NOT_ASKED: 'The issuer was not asked, or was asked again since.',
  VERIFICATION_TOO_OLD: "The issuer's confirmation was too old.",
  RESULT_TAKEN: 'The session had a result already, and this was another one.',
  CHALLENGE_REFUSED: 'It did not answer the latest challenge: an old page, or a result that was copied.',
  NOT_ENROLLED: 'The session had no proof that could be bound.',
  ALREADY_BOUND: 'The passkey was bound before, with another proof or more than a day earlier.',
  PROOF_REFUSED: 'The proof is genuine, but of another session.',
  PROOF_INVALID: 'The proof is not genuine: it was changed, it is for another audience, or another key signed it.',
  PROOF_TOO_OLD: 'The proof had expired.',
  CONFIRMATION_OVER: 'The session was opened on the page, or had ended.',
  CONFIRMATION_NOT_OFFERED: 'The session offered no Secure Payment Confirmation, or its challenge was used up.',
  LATE: "The issuer's answer came too late.",
  OTHER_REQUEST: "It was the issuer's answer to another request.",
  FORGED: 'The issuer did not sign it.',
  // What the verification of an authenticator's answer found (WebAuthn).
  MALFORMED: "The browser's answer is not well formed.",
  WRONG_TYPE: 'The answer is of another kind of ceremony.',
  CHALLENGE_MISMATCH: 'The answer is to another challenge.',
  ORIGIN_NOT_ALLOWED: 'The passkey was used on another website.',
  CROSS_ORIGIN: 'The passkey was used in a frame of another website.',
  RP_ID_MISMATCH: 'The passkey belongs to another website.',
  USER_NOT_PRESENT: 'The authenticator did not see anybody.',
  USER_NOT_VERIFIED: 'The authenticator did not check fingerprint, face or screen lock.',
  BACKUP_STATE_INVALID: 'The authenticator contradicts itself about the backup of the passkey.',
  ALGORITHM_NOT_ALLOWED: 'The passkey uses an algorithm that is not allowed.',
  PUBLIC_KEY_INVALID: 'The public key of the passkey is not sound.',
  ATTACHMENT_NOT_ALLOWED: 'The passkey is not on the device itself, but on a security key or another device.',
  NOT_RESIDENT: 'The authenticator did not store the passkey.',
  ATTESTATION_NOT_ALLOWED: 'The authenticator proves its model in a way that is not allowed.',
  ATTESTATION_INVALID: "The proof of the authenticator's model is not valid.",
  ATTESTATION_NOT_TRUSTED: "The proof of the authenticator's model does not come from a maker that is trusted.",
  AAGUID_NOT_ALLOWED: "The authenticator's model is not allowed.",
  CREDENTIAL_MISMATCH: 'The passkey is none that was offered: it is suspended, deleted, or of other accounts.',
  USER_HANDLE_MISMATCH: 'The answer is for another user.',
  SIGNATURE_INVALID: 'The signature of the passkey is not valid.',
} as const;
export type RefusalCode = keyof typeof REFUSAL_TEXTS;

const ACTOR_TEXTS: { readonly [Who in Actor]: string } = {
  ISSUER: "the card's issuer",
  MERCHANT: 'the merchant',
  CARDHOLDER: 'the cardholder',
  NETWORK: 'the network',
};

const OFFER_TEXTS = {
  CREATE: 'The page offered to create a passkey.',
  USE: 'The page offered to use the passkey of this device.',
  PAY: 'The page offered to approve the payment with a passkey.',
  CONFIRM:
    "The merchant got what it needs to have the payment confirmed in the browser's own dialog (Secure Payment Confirmation).",
  VERIFY: 'The page offered to confirm with {issuer}.',
};

const RESULT_TEXTS = {
  CREATE: 'The cardholder created a passkey, and the network verified it.',
  USE: 'The cardholder used a passkey, and the network verified it.',
  PAY: 'The cardholder approved the payment with a passkey, and the network verified it.',
  CONFIRM: "The cardholder approved the payment in the browser's dialog at the shop, and the network verified it.",
  VERIFY: '',
};

const START_TEXTS = {
  AUTHENTICATE: ' A passkey of the card can approve it.',
  REGISTER: ' The card has no passkey yet: one is created on the way.',
  STEP_UP: ' No passkey can be used, so the merchant has to authenticate the cardholder in another way.',
};

const REVOCATION_TEXTS = {
  SUSPENSION: '{by} suspended what the session would have used, so the session ended.',
  DELETION: '{by} deleted what the session would have used, so the session ended.',
  REPLACEMENT: '{by} replaced the card by a new one, so the session ended.',
};

/** A session, as far as its sentences name it. */
export type DescribedSession = Pick<SessionView, 'kind' | 'clientName' | 'payment' | 'nextStep' | 'issuerName'>;

export interface StepDescription {
  /** What happened. */
  readonly text: string;
  /** Why; undefined where there is nothing to explain. */
  readonly why: string | undefined;
}

/** What happened in a step and why, in plain words. */
export function describeStep(step: TimelineStep, session: DescribedSession): StepDescription {
  const { clientName, issuerName, payment } = session;
  const values = {
    client: clientName,
    issuer: issuerName ?? "the card's issuer",
    browser: browserOf(step),
    by: capital(ACTOR_TEXTS[step.by]),
    amount: payment === undefined ? '' : `${payment.amount} ${payment.currency}`,
    merchant: payment?.merchantName ?? '',
    order: payment?.orderId ?? '',
  };
  return { text: capital(fillText(textOf(step, session), values)), why: explain(step) };
}

/** Why an attempt was refused or a session ended. Undefined without a code. */
export function explain({
  code,
  because,
  revocation,
}: Pick<TimelineStep, 'code' | 'because' | 'revocation'>): string | undefined {
  if (revocation !== undefined) return undefined; // its sentence says it
  if (because !== undefined && because in REFUSAL_TEXTS) return REFUSAL_TEXTS[because as RefusalCode];
  if (code === undefined) return undefined;
  if (isReason(code)) return REASON_TEXTS[code];
  return code in SERVICE_ERRORS ? SERVICE_ERRORS[code as keyof typeof SERVICE_ERRORS].sentence : undefined;
}

function textOf(step: TimelineStep, session: DescribedSession): string {
  if (step.decision === 'REPEATED') return repeatedText(step);
  if (step.decision === 'REFUSED') return refusedText(step);
  switch (step.step) {
    case 'START':
      return session.kind === 'PAYMENT'
        ? `{client} started the payment of {amount} to {merchant}, order {order}.${START_TEXTS[session.nextStep ?? 'STEP_UP']}`
        : '{client} started a session for a passkey.';
    case 'OPEN':
      return 'The cardholder opened the page in {browser}.';
    case 'OFFER':
      return OFFER_TEXTS[step.offer ?? 'CREATE'];
    case 'ISSUER_REQUEST':
      return 'The cardholder agreed to the terms and was sent to {issuer}.';
    case 'ISSUER_ANSWER':
      return '{issuer} confirmed the cardholder.';
    case 'RESULT':
      return RESULT_TEXTS[step.offer ?? 'USE'];
    case 'PROOF':
      return 'The network signed the proof.';
    case 'BINDING':
      return session.kind === 'PAYMENT'
        ? 'The passkey was bound to the card at {client}.'
        : '{client} sent the proof, and the passkey was bound to the accounts.';
    case 'APPROVAL':
      return 'The payment was approved.';
    case 'OPT_OUT':
      return 'The cardholder does not want to confirm payments in the dialog at the shop any more.';
    case 'END':
      return endText(step, session);
  }
}

function endText({ state, by, revocation, because }: TimelineStep, { nextStep }: DescribedSession): string {
  if (revocation !== undefined) return REVOCATION_TEXTS[revocation];
  switch (state) {
    case 'cancelled':
      return 'The cardholder cancelled.';
    case 'superseded':
      return '{client} started another session for the same order, which took the place of this one.';
    case 'expired':
      if (nextStep === 'STEP_UP') return 'The time of the session ended. Nobody could open it.';
      return because === 'NOT_BOUND'
        ? '{client} did not send the proof in time, so the passkey was not bound.'
        : 'Nobody finished the session in time.';
    default:
      return by === 'ISSUER' ? '{issuer} did not confirm the cardholder.' : 'The session ended with a failure.';
  }
}

function repeatedText({ step }: TimelineStep): string {
  switch (step) {
    case 'OPEN':
      return 'The browser loaded the page again.';
    case 'APPROVAL':
      return 'The browser came back to the page and was sent to the merchant again, with the same proof.';
    case 'BINDING':
      return '{client} sent the same proof again and got the same answer.';
    case 'ISSUER_ANSWER':
      return 'The same answer of {issuer} came again and changed nothing.';
    case 'END':
      return 'The end was reported again and changed nothing.';
    default:
      return 'The same result came again and got the same answer.';
  }
}

function refusedText({ step }: TimelineStep): string {
  switch (step) {
    case 'OPEN':
      return 'Somebody tried to open the page in {browser} and was refused.';
    case 'BINDING':
      return '{client} sent a proof that was refused.';
    case 'ISSUER_REQUEST':
      return 'The browser asked to be sent to {issuer} and was refused.';
    case 'ISSUER_ANSWER':
      return 'An answer came in the name of {issuer} and was not accepted.';
    case 'END':
      return 'The report of an end was refused.';
    default:
      return "The authenticator's answer was refused.";
  }
}

function browserOf({ browserFamily }: TimelineStep): string {
  if (browserFamily === undefined || browserFamily === 'Unknown') return 'a browser';
  const [, name = '', form = ''] = /^(.*) (\w+)$/.exec(browserFamily) ?? [];
  return `${name === 'Other' ? 'another browser' : name} (${form})`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
