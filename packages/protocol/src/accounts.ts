/** Account references (card number, e-mail address, mobile number): how they are checked and how they are masked. */

/** Whether a card number has a right check digit (ISO/IEC 7812-1 annex B). Takes digits only; false for an empty text. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const weighted = i % 2 === 1 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return digits.length > 0 && sum % 10 === 0;
}

/** A card number without everything that is not a digit. Does not check length or check digit. */
export function canonicalPan(pan: string): string {
  return pan.replace(/\D/g, '');
}

/** Whether a card has expired at `now`. It is valid until the end of its month (`MM`, `YYYY`) in UTC. */
export function cardHasExpired(month: string, year: string, now: Date): boolean {
  return now.getTime() >= Date.UTC(Number(year), Number(month), 1);
}

/** The last four characters. */
export function lastFour(digits: string): string {
  return digits.slice(-4);
}

/**
 * `•••• 4444`, from a whole card number or from its last four digits. The network, the kits, banks and shops all use the masks of this
 * module, so that a person sees the same account in the same form. A mask shows no more than is needed to recognise the account.
 */
export function maskPan(pan: string): string {
  return `•••• ${lastFour(canonicalPan(pan))}`;
}

/** `a•••@e•••.com`: the first character of each half and the top-level domain. */
export function maskEmail(email: string): string {
  const [local = '', domain = ''] = email.trim().split('@');
  const topLevel = domain.includes('.') ? domain.slice(domain.lastIndexOf('.')) : '';
  return `${[...local][0] ?? ''}•••@${[...domain][0] ?? ''}•••${topLevel}`;
}

/** `••• 67`: the last two digits. */
export function maskMobile(mobile: { readonly countryCode: string; readonly phoneNumber: string }): string {
  return `••• ${mobile.phoneNumber.replace(/\D/g, '').slice(-2)}`;
}
