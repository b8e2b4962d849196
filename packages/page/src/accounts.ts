/** The list of accounts: masked, in the session's order. A long list is folded. */
import type { Display } from '@payment-passkeys/protocol';
import { choosePluralForm, fillText } from '@payment-passkeys/protocol/texts';
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { ACCOUNTS } from './icons.ts';
import type { Language, Messages } from './language.ts';

/** How many accounts are shown; the others are folded. */
const SHOWN = 4;

type Account = Display['accounts'][number];

export function accountList(
  { accounts }: Display,
  { tag, messages }: Language,
  heading: string,
): TemplateResult | typeof nothing {
  if (accounts.length === 0) return nothing;
  const shown = accounts.length === SHOWN + 1 ? accounts.length : SHOWN;
  const rest = accounts.slice(shown);
  const moreAccounts = choosePluralForm(messages.moreAccounts, rest.length, tag);
  const row = (account: Account) => accountRow(account, messages);
  return html`<div class="accounts">
    <h2>${heading}</h2>
    <ul>
      ${accounts.slice(0, shown).map(row)}
    </ul>
    ${
      rest.length === 0
        ? nothing
        : html`<details>
            <summary>${fillText(moreAccounts, { count: String(rest.length) })}</summary>
            <ul>
              ${rest.map(row)}
            </ul>
          </details>`
    }
  </div>`;
}

/** The bullets of a mask make no sense in a screen reader, so a card is also described in words. */
function accountRow({ kind, masked, brand, issuerName }: Account, messages: Messages): TemplateResult {
  const shown = html`<bdi dir="ltr" aria-hidden=${kind === 'CARD' ? 'true' : nothing}>${masked}</bdi>`;
  const spoken =
    kind === 'CARD'
      ? fillText(messages.cardEnding, { digits: masked.replace(/\D/g, '') })
      : kind === 'EMAIL'
        ? messages.email
        : messages.mobile;
  return html`<li>
    ${ACCOUNTS[kind] ?? nothing}
    <p>${brand} <span class="unseen">${spoken}</span> ${shown} ${issuerName && html`<small>${issuerName}</small>`}</p>
  </li>`;
}
