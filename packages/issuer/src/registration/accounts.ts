/** The accounts that a passkey will be linked to, as the element is given them: masked already, never a whole number. */

export interface RegistrationCard {
  readonly kind: 'CARD';
  /** The bank's own handle; comes back in the consent. */
  readonly id: string;
  readonly lastFour: string;
  /** The card's name to its holder: `Everyday Debit`. */
  readonly product?: string;
  /** Picture of the card, of an address that the page's CSP allows. */
  readonly artUri?: string;
}

/** An e-mail address or a mobile number, masked. */
export interface RegistrationContact {
  readonly kind: 'EMAIL' | 'MOBILE';
  readonly id: string;
  /** As `maskEmail` and `maskMobile` of `./server` make it: `a•••@b•••.example`, `••• 00`. */
  readonly masked: string;
}

/** An account that the screen offers to link. */
export type RegistrationAccount = RegistrationCard | RegistrationContact;

/** An attribute's JSON, or the property; what is no account is left out, and a card number longer than four digits is cut to its last four. */
export function readAccounts(value: unknown): readonly RegistrationAccount[] {
  const list = typeof value === 'string' ? parse(value) : value;
  return Array.isArray(list) ? list.flatMap(readAccount) : [];
}

function readAccount(value: unknown): readonly RegistrationAccount[] {
  if (typeof value !== 'object' || value === null) return [];
  const { kind, id, lastFour, product, artUri, masked } = value as Record<string, unknown>;
  if (typeof id !== 'string') return [];
  if (kind === 'CARD' && typeof lastFour === 'string') {
    const name = typeof product === 'string' && { product };
    return [{ kind, id, lastFour: lastFour.slice(-4), ...name, ...(typeof artUri === 'string' && { artUri }) }];
  }
  if ((kind === 'EMAIL' || kind === 'MOBILE') && typeof masked === 'string') return [{ kind, id, masked }];
  return [];
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
