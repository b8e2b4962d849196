/** The fields of a card. The shop passes them only to the merchant kit, which encrypts them. */
import type { CardNumber } from '@payment-passkeys/merchant/server';
import { html } from 'ghtml';
import Type, { type Static } from 'typebox';
import type { Language } from '../language.ts';

export const CardFields = Type.Object({
  number: Type.Optional(Type.String({ maxLength: 32 })),
  expires: Type.Optional(Type.String({ maxLength: 9 })),
});
export type CardFields = Static<typeof CardFields>;

/** Undefined if the texts do not look like a card number and an expiry date. The kit checks the rest. */
export function readCardFields({ number = '', expires = '' }: CardFields): CardNumber | undefined {
  const date = /^\s*(0[1-9]|1[0-2])\s*\/?\s*(?:20)?([0-9]{2})\s*$/.exec(expires);
  if (!/^[0-9 -]{9,32}$/.test(number.trim()) || date === null) return undefined;
  const [, month = '', year = ''] = date;
  return { primaryAccountNumber: number.trim(), panExpirationMonth: month, panExpirationYear: `20${year}` };
}

/** The fields are always sent empty: no page of the shop contains a card number. */
export function buildCardFields({ language, required }: { readonly language: Language; readonly required: boolean }) {
  const requiredAttribute = required ? 'required' : '';
  return html`<div class="field"><label for="number">${language.text('cardNumber')}</label>
<input id="number" name="number" type="text" inputmode="numeric" autocomplete="cc-number" maxlength="32" dir="ltr" spellcheck="false" !${requiredAttribute}></div>
<div class="field short"><label for="expires">${language.text('expires')}</label>
<input id="expires" name="expires" type="text" inputmode="numeric" autocomplete="cc-exp" maxlength="9" dir="ltr" placeholder="12/30" !${requiredAttribute}></div>
<p class="muted secret">${language.text('cardSecret')}</p>`;
}
