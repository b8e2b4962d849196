/** Detects a mistyped card before it is sent. */
import { cardHasExpired, passesLuhn } from '@payment-passkeys/protocol';
import { MerchantError } from '../errors.ts';
import { type CardNumber, readCardNumber } from './saved-card.ts';

/** Throws MerchantError `INVALID_CARD`, naming the field and never its value. */
export function checkCardNumber(card: CardNumber, now: Date): void {
  const { primaryAccountNumber, panExpirationMonth, panExpirationYear } = readCardNumber(card);
  if (!/^[0-9]{9,19}$/.test(primaryAccountNumber) || !passesLuhn(primaryAccountNumber)) {
    throw new MerchantError('INVALID_CARD', 'card.primaryAccountNumber is no card number');
  }
  if (!/^(0[1-9]|1[0-2])$/.test(panExpirationMonth) || !/^20[0-9]{2}$/.test(panExpirationYear)) {
    throw new MerchantError('INVALID_CARD', 'card.panExpirationMonth is MM, card.panExpirationYear is YYYY');
  }
  if (cardHasExpired(panExpirationMonth, panExpirationYear, now))
    throw new MerchantError('INVALID_CARD', 'card has expired');
}
