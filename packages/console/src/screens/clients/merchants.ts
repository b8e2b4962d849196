/** The merchants that a payment service provider has registered. */
import type { Merchant } from '@payment-passkeys/protocol';
import type { ClientMerchants } from '@payment-passkeys/protocol/console';
import { html, type PropertyDeclarations, type TemplateResult } from 'lit';
import { id } from '../../parts/id.ts';
import { Pages } from '../../parts/pages.ts';
import { table } from '../../parts/table.ts';
import { withQuery } from '../../router.ts';
import { Screen } from '../../screen.ts';
import { apiPathOf } from './api-path.ts';
import { say } from './texts.ts';

class MerchantsOfClient extends Screen {
  static override readonly properties: PropertyDeclarations = {
    ...Screen.properties,
    clientId: { attribute: false },
  };

  declare clientId: string;
  readonly #merchants: Pages<Merchant> = new Pages<Merchant>(this);
  #of: string | undefined;

  protected override willUpdate(): void {
    if (this.#of === this.clientId) return;
    this.#of = this.clientId;
    const path = `${apiPathOf(this.clientId)}/merchants`;
    void this.#merchants.start((cursor, signal) =>
      this.context.api.get<ClientMerchants>(withQuery(path, { cursor }), { signal }),
    );
  }

  protected override render(): TemplateResult {
    return html`${this.#merchants.render({
      view: merchantTable,
      none: () => html`<p class="soft">${say('noMerchants')}</p>`,
    })}`;
  }
}

function merchantTable(rows: readonly Merchant[]): TemplateResult {
  return table<Merchant>({
    label: say('merchants'),
    rows,
    key: ({ merchantId }) => merchantId,
    columns: [
      {
        label: say('name'),
        main: true,
        cell: ({ name, merchantId }) =>
          html`<span class="stacked"><bdi>${name}</bdi>${id(merchantId, { name: say('merchantId') })}</span>`,
      },
      { label: say('merchantOrigin'), cell: ({ origin }) => html`<span class="address">${origin}</span>` },
      { label: say('merchantCountry'), cell: ({ country }) => country },
      { label: say('merchantCategory'), cell: ({ category }) => html`<code>${category}</code>` },
      { label: say('merchantFrame'), cell: ({ frame }) => say(frame ? 'frameAllowed' : 'frameNotAllowed') },
    ],
  });
}

customElements.define('client-merchants', MerchantsOfClient);
