/** Why a consent was refused. Nothing was stored. */

/**
 * - `CONSENT_MALFORMED`: what the screen sent is not a consent.
 * - `COUNTRY_UNKNOWN`, `LANGUAGE_UNKNOWN`: the catalogue does not have it.
 * - `COUNTRY_NOT_ELIGIBLE`: the catalogue has the country only to say why its cards cannot have payment passkeys.
 * - `CONSENT_CHANGED`: the text that was shown is not the current text. Show the consent again.
 */
export const CONSENT_ERRORS = {
  CONSENT_MALFORMED: 'the consent could not be read',
  COUNTRY_UNKNOWN: 'the catalogue has no such country',
  LANGUAGE_UNKNOWN: 'the catalogue has no such language',
  COUNTRY_NOT_ELIGIBLE: 'cards of this country cannot have payment passkeys',
  CONSENT_CHANGED: 'the text that was shown is not the current one',
} as const;
/** Why a consent cannot be recorded or shown. */
export type ConsentErrorCode = keyof typeof CONSENT_ERRORS;

/** A consent that cannot be recorded or shown. `code` says why; the message holds no value of the cardholder. */
export class ConsentError extends Error {
  override readonly name = 'ConsentError';
  readonly code: ConsentErrorCode;

  constructor(code: ConsentErrorCode) {
    super(`${code}: ${CONSENT_ERRORS[code]}`);
    this.code = code;
  }
}
