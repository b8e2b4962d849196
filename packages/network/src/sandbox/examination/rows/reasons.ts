/** How each reason of a failed ceremony is played (contract §3). */
import type { Reason } from '@payment-passkeys/protocol';
import { REFUSAL_STATUSES } from '@payment-passkeys/protocol/sandbox';
import type { Row } from './row.ts';

/** A reason that the cardholder causes needs no play. INVALID_QUERY_PARAMS fails before the page knows what to offer. */
export function playReason(
  reason: Reason,
  cardholder: Row['cardholder'],
): Pick<Row, 'cardholder' | 'played' | 'play' | 'endsWith'> {
  const returns = `The cardholder returns with ${reason}.`;
  const own = (action: 'NOT_NOW' | 'CANCEL', what: string) => ({
    cardholder: { ...cardholder, do: action },
    played: `${what} ${returns}`,
    play: { kind: 'NOTHING' } as const,
    endsWith: reason,
  });
  const forced = (at: 'open' | 'result', what: string) => ({
    cardholder,
    played: `${what} ${returns}`,
    play: { kind: 'REASON', reason, at } as const,
    endsWith: reason,
  });
  switch (reason) {
    case 'USER_CANCELLATION':
      return own('NOT_NOW', 'The cardholder chooses “Not now”.');
    case 'CREDENTIALS_CREATION_NOT_ALLOWED':
    case 'CREDENTIALS_NOT_VERIFIED':
      return own('CANCEL', 'The cardholder cancels the passkey’s dialog.');
    case 'DUPLICATE_CREDENTIALS':
      return forced('result', 'The device already has a passkey for these accounts.');
    case 'INVALID_QUERY_PARAMS':
      return forced('open', 'The launch address is not complete.');
    case 'SERVICE_ERROR':
      return forced('result', 'The page’s back end answers with an error that the contract does not have.');
    case 'UNKNOWN_ERROR':
      return forced('result', 'Something unexpected happens on the page.');
    default:
      return forced('result', `The page’s back end answers ${REFUSAL_STATUSES[reason]}.`);
  }
}
