import type { IgnoredBecause, Reason } from '@payment-passkeys/issuer/server';
import { html } from 'ghtml';
import { buildPage } from '../layout.ts';
import type { PaymentPasskey } from './records.ts';

interface Frame {
  readonly csrfToken: string;
  readonly displayName: string;
}

export function buildReadyPage({ accounts, ...signedIn }: Frame & Pick<PaymentPasskey, 'accounts'>): string {
  return buildPage({
    title: 'Your payment passkey is ready',
    signedIn,
    main: html`<div class="column narrow outcome">
!${GOOD}
<h1>Your payment passkey is ready</h1>
<p class="lead">From now on you can approve payments on this device with your fingerprint, your face or your screen lock.</p>
<section class="card" aria-labelledby="works"><h2 id="works">It works for</h2>
<ul class="shared">!${accounts.map((account) => html`<li>${account}</li>`)}</ul></section>
<p><a class="primary" href="/">Back to your accounts</a></p>
</div>`,
  });
}

interface Explanation {
  readonly heading: string;
  readonly sentence: string;
  /** Whether starting anew can help. */
  readonly again: boolean;
}

const OURS = 'The fault is ours, not yours. Your cards work as before. If it goes on, call us and name the code below.';

/** Every reason of the closed set, in plain words. */
const EXPLANATIONS: Readonly<Record<Reason, Explanation>> = {
  USER_CANCELLATION: {
    heading: 'You chose not to set it up',
    sentence: 'No payment passkey was created. You can set one up whenever you like.',
    again: true,
  },
  DUPLICATE_CREDENTIALS: {
    heading: 'This device has a passkey for your cards already',
    sentence: 'Try again and choose “Use a passkey I already have”.',
    again: true,
  },
  CREDENTIALS_CREATION_NOT_ALLOWED: {
    heading: 'The passkey was not created',
    sentence:
      'Your device’s window was closed, or it waited too long. Try again, and confirm with your fingerprint, your face or your screen lock.',
    again: true,
  },
  CREDENTIALS_NOT_VERIFIED: {
    heading: 'Your passkey was not confirmed',
    sentence:
      'Your device’s window was closed, or it waited too long. Try again, and confirm with your fingerprint, your face or your screen lock.',
    again: true,
  },
  INVALID_QUERY_PARAMS: { heading: 'Something in our request was not right', sentence: OURS, again: false },
  INVALID_ARGUMENT: { heading: 'Something in our request was not right', sentence: OURS, again: false },
  PERMISSION_DENIED: {
    heading: 'There was not enough time',
    sentence:
      'The link to the card network works for fifteen minutes, and only once. Start again, and you get a new one.',
    again: true,
  },
  FORBIDDEN: { heading: 'Your cards cannot have a payment passkey yet', sentence: OURS, again: false },
  NOT_FOUND: {
    heading: 'The card network lost the thread',
    sentence: 'It does not know this request any more. Start again, and it gets a new one.',
    again: true,
  },
  INVALID_STATE: {
    heading: 'The card network had a problem',
    sentence: 'No payment passkey was created. Please try again in a few minutes.',
    again: true,
  },
  SERVICE_UNAVAILABLE: {
    heading: 'The card network is not available just now',
    sentence: 'No payment passkey was created. Please try again in a few minutes.',
    again: true,
  },
  SERVICE_ERROR: {
    heading: 'The card network had a problem',
    sentence: 'No payment passkey was created. Please try again in a few minutes.',
    again: true,
  },
  UNKNOWN_ERROR: {
    heading: 'That did not work',
    sentence: 'Something unexpected happened on the card network’s page. Please try again.',
    again: true,
  },
};

export function buildFailurePage({ reason, ...signedIn }: Frame & { readonly reason: Reason }): string {
  return buildExplanationPage({ ...signedIn, ...EXPLANATIONS[reason], code: reason });
}

const NOTHING_CHANGED =
  'Nothing was changed. To set up a payment passkey, start from your accounts, in the browser that you want to use it in.';
const NOT_YOURS: Explanation = {
  heading: 'This link does not belong to this browser',
  sentence: NOTHING_CHANGED,
  again: false,
};

const IGNORED: Readonly<Record<IgnoredBecause, Explanation & { readonly status: number }>> = {
  MALFORMED: { heading: 'This link is not complete', sentence: NOTHING_CHANGED, again: false, status: 400 },
  UNKNOWN: { ...NOT_YOURS, status: 404 },
  OTHER_BROWSER: { ...NOT_YOURS, status: 403 },
  OTHER_CARDHOLDER: { ...NOT_YOURS, status: 403 },
  EXPIRED: {
    heading: 'That took too long',
    sentence: 'For your safety a setup has to be finished within half an hour. Nothing was changed.',
    again: true,
    status: 410,
  },
  PROOF_REFUSED: {
    heading: 'We could not confirm your passkey',
    sentence: 'The card network’s confirmation is not valid, or too old. Nothing was changed.',
    again: true,
    status: 403,
  },
};

/** For a callback that changed nothing: the page, and the HTTP status to send it with. */
export function buildIgnoredPage({ because, ...signedIn }: Frame & { readonly because: IgnoredBecause }): {
  readonly status: number;
  readonly page: string;
} {
  const { status, ...explanation } = IGNORED[because];
  return { status, page: buildExplanationPage({ ...signedIn, ...explanation, code: because }) };
}

export interface StoppedPage extends Frame {
  /** Where "Try again" leads; absent where it cannot help. */
  readonly again?: string | undefined;
  readonly code: string;
}

/** The network could not be asked: before the trip, or after it, when loading the callback once more finishes it. */
export function buildUnreachablePage(page: StoppedPage): string {
  return buildExplanationPage({
    ...page,
    heading: 'The card network is not available just now',
    sentence: 'Nothing is lost, and your cards work as before. Please try again in a moment.',
  });
}

/** The network was asked and said no. */
export function buildRefusedPage(page: StoppedPage): string {
  return buildExplanationPage({ ...page, heading: 'A payment passkey cannot be set up just now', sentence: OURS });
}

function buildExplanationPage(
  page: Frame & Omit<Explanation, 'again'> & { readonly again?: boolean | string | undefined; readonly code: string },
): string {
  const { heading, sentence, again, code, ...signedIn } = page;
  const address = typeof again === 'string' ? again : '/passkeys/new';
  return buildPage({
    title: heading,
    signedIn,
    main: html`<div class="column narrow outcome">
!${BAD}
<h1>${heading}</h1>
<p class="lead">${sentence}</p>
<p class="code">Reason code: <code>${code}</code></p>
<p class="actions">!${again ? html`<a class="primary" href="${address}">Try again</a>` : ''}
<a class="${again ? 'secondary' : 'primary'}" href="/">Back to your accounts</a></p>
</div>`,
  });
}

const GOOD = `<svg class="sign good" viewBox="0 0 48 48" width="56" height="56" aria-hidden="true" focusable="false"><circle cx="24" cy="24" r="23"/><path d="m15 24.5 6.2 6.2L33.5 18"/></svg>`;
const BAD = `<svg class="sign bad" viewBox="0 0 48 48" width="56" height="56" aria-hidden="true" focusable="false"><circle cx="24" cy="24" r="23"/><path d="M24 14v13M24 33.4v.2"/></svg>`;
