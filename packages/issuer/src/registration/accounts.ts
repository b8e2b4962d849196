/** The accounts that will be linked to a passkey. They are masked: the element never gets a whole card number. */

/** A card. */
export interface RegistrationCard {
  readonly kind: 'CARD';
  /** The bank's id of the card. It is part of the consent. */
  readonly id: string;
  readonly lastFour: string;
  /** The product's name: `Everyday Debit`. */
  readonly product?: string;
  /** The address of a picture of the card. The page's Content-Security-Policy must allow it. */
  readonly artUri?: string;
}

/** An e-mail address or a mobile number, masked. */
export interface RegistrationContact {
  readonly kind: 'EMAIL' | 'MOBILE';
  readonly id: string;
  /** From `maskEmail` or `maskMobile` of `./server`: `a•••@b•••.example`, `••• 00`. */
  readonly masked: string;
}

/** An account that the screen offers to link. */
export type RegistrationAccount = RegistrationCard | RegistrationContact;

/**
 * Reads the attribute's JSON, or the property. An invalid entry is left out. A card number is cut to its last four digits. Never throws.
 */
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
