/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The registration element. Importing this module defines `<payment-passkey-registration>`; outside a browser it does nothing. */
import { PaymentPasskeyRegistration } from './element.ts';

export type { AcceptedConsent } from '../consent/accepted-consent.ts';
export type { RegistrationAccount, RegistrationCard, RegistrationContact } from './accounts.ts';
export type { RegistrationEventMap, RegistrationPlace } from './element.ts';
export { PaymentPasskeyRegistration };

/** The name of the element in HTML. */
export const REGISTRATION_TAG = 'payment-passkey-registration';

declare global {
  interface HTMLElementTagNameMap {
    'payment-passkey-registration': PaymentPasskeyRegistration;
  }
}

if (typeof customElements !== 'undefined' && customElements.get(REGISTRATION_TAG) === undefined) {
  customElements.define(REGISTRATION_TAG, PaymentPasskeyRegistration);
}
