/** The bank's two pages: the registration screen, and the outcome. */

import { catalogue, consents } from './passkeys.mjs';
import { BANK } from './settings.mjs';
import { findCards } from './stand-in.mjs';

const PLACE = { country: 'US', language: 'en' };

// #region screen
/** The kit's element draws the screen. What is inside it is the same screen as a plain form, for a browser without script. */
export async function buildRegistration(customerId) {
  const { paragraphs, textHash } = await consents.show(PLACE);
  const accepted = { ...PLACE, catalogueVersion: catalogue.index.version, textHash };
  const lastFour = findCards(customerId).map(({ primaryAccountNumber }) => primaryAccountNumber.slice(-4));
  const accounts = lastFour.map((digits, at) => ({ kind: 'CARD', id: `card-${at}`, lastFour: digits }));
  return `<script type="module" src="/registration.js"></script>
<form method="post" action="/passkeys">
<payment-passkey-registration name="consent" bank="${BANK}" country="US" countries="US" language="en"
  decline-uri="/" remove-fallback accounts="${escapeHtml(JSON.stringify(accounts))}">
<h1>Set up a payment passkey</h1>
<p>It will work for: ${lastFour.map((digits) => `•••• ${digits}`).join(', ')}</p>
${paragraphs.map((pieces) => `<p>${pieces.map(buildPiece).join('')}</p>`).join('\n')}
<input type="hidden" name="consent" value="${escapeHtml(JSON.stringify(accepted))}">
<button type="submit">Agree and continue</button>
</payment-passkey-registration>
</form>`;
}
// #endregion

const buildPiece = (piece) =>
  typeof piece === 'string' ? escapeHtml(piece) : `<a href="${escapeHtml(piece.uri)}">${escapeHtml(piece.text)}</a>`;

/** `reason` and `nextStep` are codes: your page has words for each. */
export function buildOutcome({ status, reason = status, nextStep }) {
  return `<h1>Your passkey is not set up</h1><p>${escapeHtml(reason)}: ${escapeHtml(nextStep)}</p><p><a href="/">Back</a></p>`;
}

export const READY = '<h1>Your payment passkey is ready</h1>';

export function buildPage(main) {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${BANK}</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<main>${main}</main></html>`;
}

function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
