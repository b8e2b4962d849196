/** The page with the state of an order: it is done, the network does not know of it yet, or the network did not accept it. */
import { html } from 'ghtml';
import type { Frame } from '../frame.ts';
import type { TextName } from '../language.ts';
import { buildCode, buildName, buildPage } from '../layout.ts';
import { BAD, GOOD } from '../passkeys/signs.ts';
import type { NetworkCall } from './calls.ts';
import { orderPath } from './parts.ts';

export interface OrderPage {
  readonly frame: Frame;
  readonly calls: readonly NetworkCall[];
  /** The shops that have saved a card of the customer. Their bindings are blocked too after a loss. */
  readonly shops: readonly string[];
  /** For the demonstration, after a replacement: the new number, to type in at a shop. */
  readonly newCard: { readonly number: string; readonly expires: string } | undefined;
}

type OrderKind = NetworkCall['action'] | 'LOST';

export function kindOf([first]: readonly NetworkCall[]): OrderKind {
  if (first === undefined) throw new Error('An order has at least one call.');
  return first.reasonCode === 'DEVICE_LOST' ? 'LOST' : first.action;
}

export function buildOrderPage({ frame, calls, shops, newCard }: OrderPage): string {
  const { language } = frame;
  const kind = kindOf(calls);
  const [{ orderId = '' } = {}] = calls;
  const state = stateOf(calls);
  const heading = language.text(state === 'DONE' ? `done.${kind}` : HEADINGS[state]);
  const main = {
    DONE: () => html`<p class="lead">${language.text(`done.${kind}.means`)}</p>
!${
      kind === 'LOST' && shops.length > 0
        ? html`<section class="card" aria-labelledby="shops"><h2 id="shops">${language.text('lost.shops')}</h2>
<ul class="shared">!${shops.map((shop) => html`<li>!${buildName(shop)}</li>`)}</ul><p class="muted">${language.text('lost.atShops')}</p></section>`
        : ''
    }
!${newCard ? html`<p class="demo">!${language.html('replace.demo', { number: buildCode(newCard.number), date: buildCode(newCard.expires) })}</p>` : ''}`,
    WAITING: () => html`<p class="lead">${language.text(kind === 'REPLACE' ? 'wait.replace' : 'wait.means')}</p>`,
    REFUSED: () => html`<p class="lead">${language.text('refused.means')}</p>`,
  }[state]();
  return buildPage({
    frame,
    title: heading,
    main: html`<div class="column narrow outcome">
!${state === 'DONE' ? GOOD : BAD}
<h1>${heading}</h1>
!${main}
<p class="note">${language.text(kind === 'LOST' ? 'call.lost' : 'call.us')}</p>
<p class="actions">!${state === 'WAITING' ? html`<a class="primary" href="${orderPath(orderId)}">${language.text('wait.again')}</a>` : ''}
<a class="${state === 'WAITING' ? 'secondary' : 'primary'}" href="/">${language.text('outcome.toAccounts')}</a></p>
</div>`,
  });
}

const HEADINGS = { WAITING: 'wait.heading', REFUSED: 'refused.heading' } as const satisfies Readonly<
  Record<string, TextName>
>;

/** REFUSED if a call was refused; otherwise WAITING if a call waits; otherwise DONE. */
export function stateOf(calls: readonly NetworkCall[]): NetworkCall['state'] {
  const states = calls.map(({ state }) => state);
  if (states.includes('REFUSED')) return 'REFUSED';
  return states.includes('WAITING') ? 'WAITING' : 'DONE';
}
