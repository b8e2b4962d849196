/** "What did I agree to?": the receipts of a customer's own consents, and one of them word by word. */
import type { Catalogue, ConsentReceipt } from '@payment-passkeys/issuer/consent';
import { html } from 'ghtml';
import { buildPage } from '../layout.ts';

interface Frame {
  readonly csrfToken: string;
  readonly displayName: string;
}

const MOMENT = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
const CHANNELS: Readonly<Record<ConsentReceipt['channel'], string>> = {
  WEB: 'On our website',
  APP: 'In our app',
  BRANCH: 'In a branch',
  PHONE: 'On the phone',
};

export function buildReceiptsPage({
  receipts,
  catalogue,
  ...signedIn
}: Frame & { readonly receipts: readonly ConsentReceipt[]; readonly catalogue: Catalogue }): string {
  return buildPage({
    title: 'What did I agree to?',
    signedIn,
    main: html`<div class="column narrow">
!${BACK}
<h1>What did I agree to?</h1>
<p class="lead">Each time you agreed to link your cards to a payment passkey, we kept what was on the screen, word for word. Nobody can change it afterwards.</p>
!${receipts.length === 0 ? html`<p class="card">You have not agreed to anything yet.</p>` : html`<ul class="receipts">!${receipts.map((receipt) => buildReceiptLine(receipt, catalogue))}</ul>`}
</div>`,
  });
}

function buildReceiptLine(receipt: ConsentReceipt, catalogue: Catalogue): string {
  const { receiptId, accounts } = receipt;
  return html`<li><a class="receipt-line" href="/passkeys/consents/${receiptId}"><strong>!${buildMoment(receipt)}</strong>
<span class="muted">${placeOf(receipt, catalogue)}</span>
<span class="accounts">${accounts.join(', ')}</span></a></li>`;
}

export function buildReceiptPage({
  receipt,
  catalogue,
  ...signedIn
}: Frame & { readonly receipt: ConsentReceipt; readonly catalogue: Catalogue }): string {
  const { language, text, textHash, textVersion, catalogueVersion, receiptId, accounts, channel, resources } = receipt;
  const direction = catalogue.index.languages[language]?.direction ?? 'ltr';
  return buildPage({
    title: 'What you agreed to',
    signedIn,
    main: html`<div class="column narrow">
<p><a class="back" href="/passkeys/consents">What did I agree to?</a></p>
<h1>What you agreed to</h1>
<p class="lead">!${buildMoment(receipt)}</p>
<section class="card" aria-labelledby="shown"><h2 id="shown">As it was on the screen</h2>
<div class="consent" lang="${language}" dir="${direction}" data-consent>!${text.split('\n').map((line) => html`<p>${line}</p>`)}</div>
<p class="actions">!${resources.map(({ complianceType, uri }) => html`<a href="${uri}">${DOCUMENTS[complianceType] ?? complianceType}</a>`)}</p></section>
<section class="card" aria-labelledby="linked"><h2 id="linked">What you linked</h2>
<ul class="shared">!${accounts.map((account) => html`<li>${account}</li>`)}</ul></section>
<section class="card" aria-labelledby="record"><h2 id="record">Our record</h2>
<dl class="facts">
!${buildFact('Where', CHANNELS[channel])}
!${buildFact('Country and language', placeOf(receipt, catalogue))}
!${buildFact('Version of the text', `${textVersion} (${catalogueVersion})`)}
!${buildFact('Receipt', receiptId)}
!${buildFact('Fingerprint of the text (SHA-256)', textHash)}
</dl></section>
</div>`,
  });
}

const DOCUMENTS: Readonly<Record<string, string>> = {
  TERMS_AND_CONDITIONS: 'Open the Terms of Use',
  PRIVACY_POLICY: 'Open the Privacy Notice',
};
const BACK = `<p><a class="back" href="/">Your accounts</a></p>`;

function buildFact(name: string, value: string): string {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function buildMoment({ acceptedAt }: ConsentReceipt): string {
  return html`<time datetime="${acceptedAt.toISOString()}">${MOMENT.format(acceptedAt)} UTC</time>`;
}

/** In English: `Mexico, Español`. */
function placeOf({ country, language }: ConsentReceipt, catalogue: Catalogue): string {
  const name = catalogue.languages.en?.countryNames[country] ?? country;
  return `${name}, ${catalogue.index.languages[language]?.name ?? language}`;
}
