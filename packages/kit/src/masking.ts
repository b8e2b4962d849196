/** Masks foreign text for an error or a log: one line, of bounded length, without anything that may be a value of a cardholder. */

const MAX_LENGTH = 1000;

/**
 * Replaces each of these by `…`: six or more digits, also with single spaces or hyphens between them (a card number, a phone number), any word
 * with `@`, and 40 or more characters of base64 (a token, a proof).
 */
export function maskValues(text: string): string {
  return oneLine(text)
    .replace(/\S*@\S*/g, '…')
    .replace(/[A-Za-z0-9+/_=.-]{40,}/g, '…')
    .replace(/[0-9](?:[ -]?[0-9]){5,}/g, '…')
    .slice(0, MAX_LENGTH);
}

/**
 * For a gateway's description of a signature error. The gateway has read only the base string (addresses, times, random numbers), so that
 * stays readable. Replaces twelve or more digits, also with single spaces or hyphens between them, any word with `@`, and JWTs.
 */
export function maskSignatureText(text: string): string {
  return oneLine(text)
    .replace(/\S*@\S*/g, '…')
    .replace(/eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_.-]*/g, '…')
    .replace(/[0-9](?:[ -]?[0-9]){11,}/g, '…')
    .slice(0, MAX_LENGTH);
}

function oneLine(text: string): string {
  return text
    .slice(0, 10 * MAX_LENGTH)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
}
