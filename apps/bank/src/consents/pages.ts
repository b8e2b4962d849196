/** "What did I agree to?": the list of a customer's consent receipts, and one receipt with its whole text. */
import { type Catalogue, type ConsentReceipt, readConsentText } from '@payment-passkeys/issuer/consent';
import { html } from 'ghtml';
import type { Frame } from '../frame.ts';
import { findLanguage, joinList, type Language } from '../language.ts';
import { buildCode, buildName, buildPage } from '../layout.ts';

interface Shown {
  readonly frame: Frame;
  readonly catalogue: Catalogue;
}

export function buildReceiptsPage(page: Shown & { readonly receipts: readonly ConsentReceipt[] }): string {
  const { frame, receipts } = page;
  const { language } = frame;
  const heading = language.text('receipts.heading');
  return buildPage({
    frame,
    title: heading,
    main: html`<div class="column narrow">
!${buildBack('/', language.text('overview.title'))}
<h1>${heading}</h1>
<p class="lead">${language.text('receipts.lead')}</p>
!${receipts.length === 0 ? html`<p class="card">${language.text('receipts.none')}</p>` : html`<ul class="receipts">!${receipts.map((receipt) => buildReceiptLine(receipt, page))}</ul>`}
</div>`,
  });
}

function buildReceiptLine(receipt: ConsentReceipt, { frame: { language }, catalogue }: Shown): string {
  const { receiptId, accounts } = receipt;
  return html`<li><a class="receipt-line" href="/passkeys/consents/${receiptId}"><strong>!${buildMoment(receipt, language)}</strong>
<span class="muted">!${buildPlace(receipt, { language, catalogue })}</span>
<span class="accounts">!${joinList(accounts.map(buildCode), language)}</span></a></li>`;
}

export function buildReceiptPage(page: Shown & { readonly receipt: ConsentReceipt }): string {
  const { frame, receipt } = page;
  const { language } = frame;
  const { accounts } = receipt;
  const heading = language.text('receipt.heading');
  return buildPage({
    frame,
    title: heading,
    main: html`<div class="column narrow">
!${buildBack('/passkeys/consents', language.text('receipts.heading'))}
<h1>${heading}</h1>
<p class="lead">!${buildMoment(receipt, language)}</p>
!${buildShown(page)}
<section class="card" aria-labelledby="linked"><h2 id="linked">${language.text('receipt.linked')}</h2>
<ul class="shared">!${accounts.map((account) => html`<li>!${buildCode(account)}</li>`)}</ul></section>
!${buildRecord(page)}
</div>`,
  });
}

/** The paragraphs in the language in which they were shown; the documents by name, version and date. */
function buildShown({ frame: { language }, receipt }: Shown & { readonly receipt: ConsentReceipt }): string {
  const { paragraphs, documents } = readConsentText(receipt.text);
  const items = documents.map(({ name, uri }) => {
    const resource = receipt.resources.find((each) => each.uri === uri);
    return html`<li><a href="${uri}" lang="${receipt.language}"><bdi>${name}</bdi></a> <span class="muted">${sayEdition(resource, language)}</span></li>`;
  });
  return html`<section class="card" aria-labelledby="shown"><h2 id="shown">${language.text('receipt.shown')}</h2>
<div class="consent" !${spokenIn(receipt)} data-consent>!${paragraphs.map((line) => html`<p>${line}</p>`)}</div>
<h3 id="documents">${language.text('receipt.documents')}</h3>
<ul class="documents" aria-labelledby="documents">!${items}</ul></section>`;
}

/** A document's version and date, as far as the receipt has them. */
export function sayEdition(resource: ConsentReceipt['resources'][number] | undefined, language: Language): string {
  const { version, datePublished } = resource ?? {};
  const published = new Date(datePublished ?? Number.NaN);
  if (Number.isNaN(published.getTime())) return version ?? '';
  const date = language.day(published);
  return version === undefined ? date : language.text('receipt.document', { version, date });
}

/** For an auditor. Shows the hashed text on demand. */
function buildRecord({
  frame: { language },
  catalogue,
  receipt,
}: Shown & { readonly receipt: ConsentReceipt }): string {
  const { text, textHash, textVersion, catalogueVersion, receiptId, channel } = receipt;
  const fact = (name: string, value: string) => html`<div><dt>${name}</dt><dd>!${value}</dd></div>`;
  return html`<section class="card" aria-labelledby="record"><h2 id="record">${language.text('receipt.record')}</h2>
<dl class="facts">
!${fact(language.text('receipt.where'), html`${language.text(`receipt.${channel}`)}`)}
!${fact(language.text('receipt.place'), buildPlace(receipt, { language, catalogue }))}
!${fact(language.text('receipt.version'), buildCode(`${textVersion} (${catalogueVersion})`))}
!${fact(language.text('receipt.id'), buildCode(receiptId))}
!${fact(language.text('receipt.hash'), buildCode(textHash))}
</dl>
<details><summary>${language.text('receipt.text')}</summary>
<div class="consent as-kept" !${spokenIn(receipt)} translate="no">!${text.split('\n').map((line) => html`<p>${line}</p>`)}</div></details></section>`;
}

function buildBack(address: string, words: string): string {
  return html`<p><a class="back" href="${address}">${words}</a></p>`;
}

/** The HTML attributes for a receipt's language. */
function spokenIn({ language }: ConsentReceipt): string {
  return html`lang="${language}" dir="${findLanguage(language)?.direction ?? 'ltr'}"`;
}

function buildMoment({ acceptedAt }: ConsentReceipt, language: Language): string {
  return html`<time datetime="${acceptedAt.toISOString()}">${language.moment(acceptedAt)}</time>`;
}

/** `Mexico, Español`. */
function buildPlace(
  { country, language: agreedIn }: ConsentReceipt,
  { language, catalogue }: { readonly language: Language; readonly catalogue: Catalogue },
): string {
  const name = catalogue.languages[language.tag]?.countryNames[country] ?? country;
  return joinList([html`${name}`, buildName(catalogue.index.languages[agreedIn]?.name ?? agreedIn)], language);
}
