/** How an enrolment ended, in plain words: what happened, and what the person can do about it. */
import type { IgnoredBecause, NextStep, Reason, RouteOutcome } from '@payment-passkeys/issuer/server';
import { html } from 'ghtml';
import { buildPage } from '../layout.ts';
import type { PaymentPasskey } from './records.ts';

interface Frame {
  readonly csrfToken: string;
  readonly displayName: string;
}

/** What the kit recommends. */
interface Advised {
  readonly nextStep: NextStep;
  readonly ifThatFails?: NextStep;
}

export function buildReadyPage({
  accounts,
  device,
  ...signedIn
}: Frame & Pick<PaymentPasskey, 'accounts' | 'device'>): string {
  return buildPage({
    title: 'Your payment passkey is ready',
    signedIn,
    main: html`<div class="column narrow outcome">
!${GOOD}
<h1>Your payment passkey is ready</h1>
<p class="lead">From now on you can approve payments on this device with your fingerprint, your face or your screen lock.</p>
<section class="card" aria-labelledby="works"><h2 id="works">It works for</h2>
<ul class="shared">!${accounts.map((account) => html`<li>${account}</li>`)}</ul>
!${device ? html`<p class="muted">Kept on: ${device}</p>` : ''}</section>
<p class="actions"><a class="primary" href="/">Back to your accounts</a>
<a class="secondary" href="/passkeys/consents">What did I agree to?</a></p>
</div>`,
  });
}

type Explanation = readonly [heading: string, sentence: string];

const OURS = 'The fault is ours, not yours. Your cards work as before.';
const NOTHING_CREATED = 'No payment passkey was created, and your cards work as before.';
const WINDOW_CLOSED = 'Your device’s window was closed, or it waited too long.';

/** Every reason of the closed set. */
const EXPLANATIONS: Readonly<Record<Reason, Explanation>> = {
  USER_CANCELLATION: ['You chose not to set it up', `${NOTHING_CREATED} You can set one up whenever you like.`],
  DUPLICATE_CREDENTIALS: [
    'This device has a passkey for your cards already',
    'It does not need a second one: use the one that is there.',
  ],
  CREDENTIALS_CREATION_NOT_ALLOWED: ['The passkey was not created', WINDOW_CLOSED],
  CREDENTIALS_NOT_VERIFIED: ['Your passkey was not confirmed', WINDOW_CLOSED],
  INVALID_QUERY_PARAMS: [
    'The way to the card network was not complete',
    'The link works only once, and only whole. Your cards work as before.',
  ],
  INVALID_ARGUMENT: ['Something in our request was not right', OURS],
  PERMISSION_DENIED: [
    'There was not enough time',
    'The link to the card network works for fifteen minutes, and only once. You get a new one when you start again.',
  ],
  FORBIDDEN: ['Your cards cannot have a payment passkey yet', OURS],
  NOT_FOUND: [
    'The card network lost the thread',
    'It does not know this request any more. Starting again makes a new one.',
  ],
  INVALID_STATE: ['The card network had a problem', NOTHING_CREATED],
  SERVICE_UNAVAILABLE: ['The card network is not available just now', NOTHING_CREATED],
  SERVICE_ERROR: ['The card network had a problem', NOTHING_CREATED],
  UNKNOWN_ERROR: [
    'That did not work',
    'Something unexpected happened on the card network’s page. Your cards work as before.',
  ],
};

export function buildFailurePage({
  reason,
  nextStep,
  ifThatFails,
  ...frame
}: Frame & Advised & { readonly reason: Reason }): string {
  const [heading, sentence] = EXPLANATIONS[reason];
  // Whoever chose not to may still change their mind.
  const again = nextStep === 'NONE' || AGAIN.has(nextStep) ? '/passkeys/new' : undefined;
  return buildExplanationPage({ ...frame, heading, sentence, code: reason, again, nextStep, ifThatFails });
}

const NOTHING_CHANGED = 'Nothing was changed.';
const NOT_YOURS: Explanation = ['This link does not belong to this browser', NOTHING_CHANGED];

const IGNORED: Readonly<
  Record<IgnoredBecause, { readonly status: number; readonly explanation: Explanation; readonly again: boolean }>
> = {
  MALFORMED: { status: 400, explanation: ['This link is not complete', NOTHING_CHANGED], again: false },
  UNKNOWN: { status: 404, explanation: NOT_YOURS, again: false },
  OTHER_BROWSER: { status: 403, explanation: NOT_YOURS, again: false },
  OTHER_CARDHOLDER: { status: 403, explanation: NOT_YOURS, again: false },
  EXPIRED: {
    status: 410,
    explanation: [
      'That took too long',
      `For your safety a setup has to be finished within half an hour. ${NOTHING_CHANGED}`,
    ],
    again: true,
  },
  PROOF_REFUSED: {
    status: 403,
    explanation: [
      'We could not confirm your passkey',
      `The card network’s confirmation is not valid, or too old. ${NOTHING_CHANGED}`,
    ],
    again: true,
  },
};

/** For a callback that changed nothing: the page, and the HTTP status to send it with. */
export function buildIgnoredPage({
  because,
  nextStep,
  ifThatFails,
  ...frame
}: Frame & Advised & { readonly because: IgnoredBecause }): { readonly status: number; readonly page: string } {
  const { status, explanation, again } = IGNORED[because];
  const [heading, sentence] = explanation;
  const address = again ? '/passkeys/new' : undefined;
  return {
    status,
    page: buildExplanationPage({ ...frame, heading, sentence, code: because, again: address, nextStep, ifThatFails }),
  };
}

type Unfinished = Extract<RouteOutcome, { readonly status: 'UNFINISHED' }>;

/** The network could not be asked, or was asked and said no: before the trip, or after it, when `again` finishes it. */
export function buildUnfinishedPage({
  error,
  again,
  nextStep,
  ifThatFails,
  csrfToken,
  displayName,
}: Frame & Unfinished & { readonly again: string }): { readonly status: number; readonly page: string } {
  const refused = error.refusal !== undefined;
  const [heading, sentence]: Explanation = refused
    ? ['A payment passkey cannot be set up just now', OURS]
    : ['The card network is not available just now', 'Nothing is lost, and your cards work as before.'];
  const code = error.refusal?.reason ?? error.code;
  const frame = { csrfToken, displayName };
  const address = AGAIN.has(nextStep) || nextStep === 'SIGN_IN' ? again : undefined;
  return {
    status: refused ? 502 : 503,
    page: buildExplanationPage({ ...frame, heading, sentence, code, again: address, nextStep, ifThatFails }),
  };
}

const AGAIN: ReadonlySet<NextStep> = new Set([
  'TRY_AGAIN',
  'TRY_LATER',
  'RELOAD',
  'USE_EXISTING_PASSKEY',
  'USE_ANOTHER_DEVICE',
]);

/** What a step means for a person at this bank. */
const STEPS: Readonly<Record<NextStep, string | undefined>> = {
  NONE: undefined,
  TRY_AGAIN: 'Start again, and confirm with your fingerprint, your face or your screen lock when your device asks.',
  TRY_LATER: 'Wait a few minutes, and try again.',
  RELOAD: 'Try again in a moment: it goes on where it stopped.',
  USE_EXISTING_PASSKEY: 'Start again, and choose “Use a passkey I already have” on the card network’s page.',
  USE_ANOTHER_DEVICE:
    'Use another device, one with a screen lock and an up-to-date browser: sign in there, and start again.',
  SWITCH_BROWSER: 'Go back to the browser or app that you started in.',
  SIGN_IN: 'Sign in again as the person who started, and go on from there.',
  CONTACT_US: 'Call us, and name the reason code below. The number is on the back of your card.',
};

function buildExplanationPage(
  page: Frame & {
    readonly heading: string;
    readonly sentence: string;
    readonly code: string;
    readonly again: string | undefined;
    readonly nextStep: NextStep;
    readonly ifThatFails?: NextStep | undefined;
  },
): string {
  const { heading, sentence, again, code, nextStep, ifThatFails, ...signedIn } = page;
  const step = STEPS[nextStep];
  const otherwise = ifThatFails && STEPS[ifThatFails];
  return buildPage({
    title: heading,
    signedIn,
    main: html`<div class="column narrow outcome">
!${BAD}
<h1>${heading}</h1>
<p class="lead">${sentence}</p>
!${
      step
        ? html`<section class="card" aria-labelledby="next"><h2 id="next">What you can do</h2>
<p>${step}</p>
!${otherwise ? html`<p class="muted">If that does not help: ${otherwise.charAt(0).toLowerCase()}${otherwise.slice(1)}</p>` : ''}</section>`
        : ''
    }
<p class="actions">!${again ? html`<a class="primary" href="${again}">Try again</a>` : ''}
<a class="${again ? 'secondary' : 'primary'}" href="/">Back to your accounts</a></p>
<p class="code">Reason code: <code>${code}</code></p>
</div>`,
  });
}

const GOOD = `<svg class="sign good" viewBox="0 0 48 48" width="56" height="56" aria-hidden="true" focusable="false"><circle cx="24" cy="24" r="23"/><path d="m15 24.5 6.2 6.2L33.5 18"/></svg>`;
const BAD = `<svg class="sign bad" viewBox="0 0 48 48" width="56" height="56" aria-hidden="true" focusable="false"><circle cx="24" cy="24" r="23"/><path d="M24 14v13M24 33.4v.2"/></svg>`;
