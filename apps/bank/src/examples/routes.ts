/**
 * Only in demo mode: the live registration element, for developers, with the events that it dispatches. docs/registration-element.md links
 * here.
 */
import { maskEmail, maskMobile } from '@payment-passkeys/issuer/server';
import type { FastifyPluginAsync } from 'fastify';
import { html } from 'ghtml';
import { ENGLISH } from '../language.ts';
import { buildPage } from '../layout.ts';
import { CATALOGUE_INDEX, ELEMENT_SCRIPT } from '../passkeys/element-routes.ts';
import { BANK_NAME } from '../site.ts';

const ACCOUNTS = JSON.stringify([
  { kind: 'CARD', id: 'card-1', lastFour: '4444', product: 'Everyday Debit' },
  { kind: 'CARD', id: 'card-2', lastFour: '5100', product: 'Voyager Credit' },
  { kind: 'EMAIL', id: 'email-1', masked: maskEmail('avery@larkmoor.example') },
  { kind: 'MOBILE', id: 'mobile-1', masked: maskMobile({ countryCode: '1', phoneNumber: '5550100' }) },
]);

const EXAMPLES: readonly {
  readonly title: string;
  readonly note: string;
  readonly id: string;
  readonly attributes: string;
}[] = [
  {
    id: 'plain',
    title: 'Without options',
    note: 'The bank’s name, a catalogue, accounts. There are no accounts to choose; all of them are linked.',
    attributes: 'country="US" language="en"',
  },
  {
    id: 'themed',
    title: 'In a bank’s own colours, with accounts to choose',
    note: 'choose-accounts; custom properties and ::part() from the page’s style sheet.',
    attributes: 'country="MX" language="es" choose-accounts',
  },
  {
    id: 'right-to-left',
    title: 'From right to left, in three countries',
    note: 'countries="AE SG DE": of these, Germany says why it cannot go on.',
    attributes: 'country="AE" language="ar" countries="AE SG DE"',
  },
];

export function exampleRoutes(): FastifyPluginAsync {
  const page = buildPage({
    // In English, like the documentation.
    frame: { language: ENGLISH },
    title: 'The registration element',
    modules: [ELEMENT_SCRIPT, '/assets/examples.js'],
    main: html`<div class="column narrow"><h1>The registration element</h1>
<p class="lead">Each element is live and has no form around it. The events that it dispatches are shown below it. Nothing is sent.</p>
!${EXAMPLES.map(buildExample)}</div>`,
  });
  return async (app) => {
    app.get('/examples/registration', (_request, reply) => reply.html(page));
  };
}

function buildExample({ id, title, note, attributes }: (typeof EXAMPLES)[number]): string {
  const tag = html`<payment-passkey-registration bank="${BANK_NAME}" catalogue="${CATALOGUE_INDEX}" heading-level="3" accounts="${ACCOUNTS}" !${attributes}></payment-passkey-registration>`;
  return html`<section class="example example-${id}" aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
<p class="muted">${note}</p>
!${tag}
<pre class="card" tabindex="0" aria-label="Dispatched events"><output>Choose something.</output></pre></section>`;
}
