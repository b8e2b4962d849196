/** The parts of a client's screen: its registration, its keys, its versions, and the changes that wait for approval. */
import type { Approval, ClientDetail, ClientKey, ClientVersionReport } from '@payment-passkeys/protocol/console';
import { html, nothing, type TemplateResult } from 'lit';
import { difference } from '../../parts/difference.ts';
import { id } from '../../parts/id.ts';
import { mark } from '../../parts/mark.ts';
import { facts, table } from '../../parts/table.ts';
import { ago, when } from '../../parts/time.ts';
import { find, say, sayCount } from './texts.ts';
import { algorithmOf, expiryKind, groups, keyUse } from './words.ts';

export function registrationFacts({ clientId, role, version, registration }: ClientDetail): TemplateResult {
  const { verification, activation = 'AT_ONCE', attestation } = registration;
  const list = (values: readonly string[] | undefined) =>
    values && values.length > 0
      ? html`<ul class="lines">${values.map((value) => html`<li>${value}</li>`)}</ul>`
      : undefined;
  return facts([
    [say('clientId'), id(clientId, { name: say('clientId') })],
    [say('role'), say(role === 'issuer' ? 'roleIssuer' : 'roleMerchant')],
    [say('version'), version],
    [say('consumerKey'), registration.consumerKey && id(registration.consumerKey, { name: say('consumerKey') })],
    [say('accountRanges'), list(registration.accountRanges)],
    [say('countries'), registration.countries?.join(', ')],
    [say('provider'), registration.provider ? say('providerText') : undefined],
    [say(registration.provider ? 'frameOrigins' : 'merchantOrigins'), list(registration.merchantOrigins)],
    [say('merchantNames'), list(registration.merchantNames)],
    [say('callbackDomains'), list(registration.callbackDomains)],
    [say('callbackSchemes'), list(registration.callbackSchemes)],
    [say('verification'), verification?.uri],
    [say('activation'), role === 'issuer' ? find(`activation.${activation}`) : undefined],
    [say('attestation'), find(`attestation.${attestation?.demand ?? 'none'}`)],
  ]);
}

export function keysTable(keys: readonly ClientKey[]): TemplateResult {
  return table<ClientKey>({
    label: say('keys'),
    rows: keys,
    key: ({ pointer }) => pointer,
    columns: [
      { label: say('key'), main: true, cell: ({ pointer }) => keyUse(pointer) },
      {
        label: say('fingerprint'),
        cell: ({ fingerprint }) => html`<code class="fingerprint">${groups(fingerprint)}</code>`,
      },
      { label: say('algorithm'), cell: algorithmOf },
      { label: say('certificate'), cell: certificateCell },
    ],
  });
}

/** The certificate of a key, with its end. */
export function certificateCell({ certificate }: ClientKey): TemplateResult {
  if (certificate === undefined) return html`<span class="soft">${say('bareKey')}</span>`;
  const { subject, validTo } = certificate;
  const kind = expiryKind(validTo, Date.now());
  const ends = html`${say(new Date(validTo).getTime() < Date.now() ? 'expired' : 'expires')} ${when(validTo)}`;
  return html`<span class="stacked"><span>${subject}</span><span>${kind === 'good' ? nothing : mark(kind, '')} ${ends}</span></span>`;
}

export function waitingNote({ kind, requestedBy, lapsesAt }: Approval): TemplateResult {
  return html`<div class="note">
    <b>${say(kind === 'client.resume' ? 'resumptionWaits' : 'changeWaits')}</b>
    ${say('waitsText', { name: requestedBy.name })} ${ago(lapsesAt)}.
    <a href="/approvals">${say('toApprovals')}</a>
  </div>`;
}

export function versionList(versions: readonly ClientVersionReport[]): TemplateResult {
  return html`<ol class="versions">${versions.map(versionItem)}</ol>`;
}

function versionItem({ version, change, changedAt, differences, missingBefore }: ClientVersionReport): TemplateResult {
  return html`<li>
    <p><b>${say('versionNumber', { version: String(version) })}</b> ${find(`change.${change}`) ?? change} <span class="soft">${when(changedAt)}</span></p>
    ${
      differences.length === 0
        ? nothing
        : html`<details><summary>${sayCount('fieldsChanged', differences.length)}</summary>
            ${difference({ label: say('whatChanges'), rows: differences })}</details>`
    }
    ${missingBefore === 0 ? nothing : html`<p class="soft">${sayCount('missingBefore', missingBefore)}</p>`}
  </li>`;
}
