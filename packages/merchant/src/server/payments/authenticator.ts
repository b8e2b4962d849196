/** How strong an approval was: the facts of the authenticator, added to an outcome if the shop wants them there. */
import type { AuthenticatorFacts, Bindings } from '@payment-passkeys/kit';
import type { ConfirmationOutcome } from './payment.ts';

/** The longest time that the facts may take: the order is approved, and the shopper waits. */
export const FACTS_MILLISECONDS = 1500;

/** Adds `authenticator` to an AUTHENTICATED outcome. Without an answer in time the outcome stays as it is. Never rejects. */
export async function addAuthenticator<Outcome extends ConfirmationOutcome>(
  outcome: Outcome,
  bindings: Pick<Bindings, 'search'>,
): Promise<Outcome> {
  if (outcome.status !== 'AUTHENTICATED') return outcome;
  const { bindingId } = outcome.card;
  const found = await bindings.search({ bindingId }).catch(() => []);
  const authenticator: AuthenticatorFacts | undefined = found[0]?.authenticator;
  return authenticator === undefined ? outcome : { ...outcome, authenticator };
}
