/** The electronic commerce indicator of an approved payment, if the shop has one for the card's brand. */
import type { CardBrand } from '../saved-card.ts';
import type { ConfirmationOutcome } from './payment.ts';

/** The indicator of each brand, two digits, from the shop's agreement with its processor. */
export type EciByBrand = Readonly<Partial<Record<CardBrand, string>>>;

/** The outcome with the indicator of its card's brand, if the shop has one. */
export function addEci<Outcome extends ConfirmationOutcome>(outcome: Outcome, eci: EciByBrand = {}): Outcome {
  if (outcome.status !== 'AUTHENTICATED' || outcome.assuranceData === undefined) return outcome;
  const ofBrand = eci[outcome.card.brand];
  if (ofBrand === undefined) return outcome;
  return { ...outcome, assuranceData: { ...outcome.assuranceData, eci: ofBrand } };
}
