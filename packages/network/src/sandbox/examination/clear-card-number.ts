/** Finds a card number in clear, without encryption, in a request (contract §6). Pure. */
import { brandOf, passesLuhn } from '@payment-passkeys/protocol';

/** 13 to 19 digits, with or without spaces or hyphens between them, and with no letter or digit next to them. */
const DIGITS = /(?<![A-Za-z0-9_.-])[0-9](?:[ -]?[0-9]){12,18}(?![A-Za-z0-9_.-])/g;

/** Whether the text has the number of a card of a known brand. */
export function hasClearCardNumber(text: string): boolean {
  return [...text.matchAll(DIGITS)].some(([found]) => {
    const digits = found.replace(/[ -]/g, '');
    return brandOf(digits) !== 'OTHER' && passesLuhn(digits);
  });
}
