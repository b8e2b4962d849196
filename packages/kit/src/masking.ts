/** Text of others on its way into an error or a log: one line, of bounded length, without what may be a value of a cardholder's. */

const MAX_LENGTH = 1000;

/**
 * Six digits and more in a row (a card number, a phone number), whatever holds an `@`, and 40 and more characters of base64 (a token, a
 * proof) are left out, each as `…`.
 */
export function maskValues(text: string): string {
  return oneLine(text)
    .replace(/\S*@\S*/g, '…')
    .replace(/[A-Za-z0-9+/_=.-]{40,}/g, '…')
    .replace(/[0-9](?:[ -]?[0-9]){5,}/g, '…')
    .slice(0, MAX_LENGTH);
}

/**
 * For what a network's gateway says of a signature, which is all of the request that it has read: its base string of addresses, times and
 * random numbers stays readable. Left out are twelve digits and more in a row, whatever holds an `@`, and JWTs.
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
