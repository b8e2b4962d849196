/** The tables of the overview: sessions by client, and by the cardholder's browser. */
import type { BrowserActivity, ClientActivity } from '@payment-passkeys/protocol/console';
import { html, nothing, type TemplateResult } from 'lit';
import { clientAddress } from '../../addresses.ts';
import { formatDuration, formatNumber, formatShare } from '../../language.ts';
import type { SignedIn } from '../../operator.ts';
import { link } from '../../parts/link.ts';
import { mark } from '../../parts/mark.ts';
import { type Column, table } from '../../parts/table.ts';
import { sessionsPath } from './activity.ts';
import { say } from './texts.ts';

type Row = ClientActivity | BrowserActivity;

export function clientsTable(rows: readonly ClientActivity[], me: SignedIn): TemplateResult {
  if (rows.length === 0) return html``;
  return html`<h2>${say('clients')}</h2>
    ${table<ClientActivity>({
      label: say('clients'),
      rows,
      key: ({ clientId, kind }) => `${clientId} ${kind}`,
      columns: [
        {
          label: say('client'),
          main: true,
          cell: ({ name, clientId, standsOut, mainReason }) =>
            html`${link(me, clientAddress(clientId), name)}${standsOut ? outstanding(mainReason) : nothing}`,
        },
        ...numbers<ClientActivity>(),
      ],
    })}`;
}

export function browsersTable(rows: readonly BrowserActivity[]): TemplateResult {
  if (rows.length === 0) return html``;
  return html`<h2>${say('browsers')}</h2>
    ${table<BrowserActivity>({
      label: say('browsers'),
      rows,
      key: ({ browserFamily, kind }) => `${browserFamily} ${kind}`,
      columns: [
        { label: say('browser'), main: true, cell: ({ browserFamily }) => browserFamily },
        ...numbers<BrowserActivity>(),
      ],
    })}`;
}

function outstanding(reason: string | undefined): TemplateResult {
  return html`<div class="outstanding">${mark('bad', say('standsOut'))}${reason === undefined ? nothing : html` <span class="soft">${say('mainReason')} <code>${reason}</code></span>`}</div>`;
}

function numbers<R extends Row>(): readonly Column<R>[] {
  const seconds = (value: number | undefined) => (value === undefined ? '–' : formatDuration(value * 1000));
  return [
    { label: say('kind'), cell: ({ kind }) => say(`kind.${kind}`) },
    {
      label: say('started'),
      numeric: true,
      cell: ({ started, link }) => html`<a href=${sessionsPath(link)}>${formatNumber(started)}</a>`,
    },
    { label: say('rate'), numeric: true, cell: ({ rates }) => (rates ? formatShare(rates.succeeded) : '–') },
    {
      label: say('failure'),
      numeric: true,
      cell: ({ rates, failed, failedLink }) => {
        const share = rates ? formatShare(rates.failed) : '–';
        return failed === 0 ? share : html`<a href=${sessionsPath(failedLink)}>${share}</a>`;
      },
    },
    {
      label: say('before'),
      numeric: true,
      cell: ({ ratesBefore }) => (ratesBefore ? formatShare(ratesBefore.failed) : '–'),
    },
    { label: say('median'), numeric: true, cell: ({ durations }) => seconds(durations?.median) },
    { label: say('p95'), numeric: true, cell: ({ durations }) => seconds(durations?.p95) },
  ];
}
