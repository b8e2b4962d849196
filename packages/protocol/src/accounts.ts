/** Account references (PAN, e-mail address, mobile number): how they are checked, and how they are shown. */

/** ISO/IEC 7812-1 annex B. Expects digits only. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const weighted = i % 2 === 1 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return digits.length > 0 && sum % 10 === 0;
}

/** A card number as its digits. */
export function canonicalPan(pan: string): string {
  return pan.replace(/\D/g, '');
}

/** Whether a card that expires at the end of this month (`MM`, `YYYY`) has expired at `now`, in UTC. */
export function cardHasExpired(month: string, year: string, now: Date): boolean {
  return now.getTime() >= Date.UTC(Number(year), Number(month), 1);
}

export function lastFour(digits: string): string {
  return digits.slice(-4);
}

/**
 * `•••• 4444`, of a whole card number or of its last four digits. The masks here are the only ones: the network, the kits, a bank's pages and
 * a shop's show an account in the same form, so that a person sees that it is the same account. They hold no more than recognising it takes.
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
