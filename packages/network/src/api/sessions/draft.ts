/** A session before it is stored. The route fills in what is the same for every reason; the reason's own draft fills in the rest. */
import type { PaymentSessionAnswer } from '@payment-passkeys/protocol';
import type { Client } from '../../domain/clients/store.ts';
import type { Ineligibility } from '../../domain/sessions/eligibility.ts';
import type { FoundCard, MerchantFacts, NewSession } from '../../domain/sessions/store.ts';
import type { Network } from '../../network.ts';
import { type Fault, ServiceError } from '../../platform/errors/errors.ts';
import { INFO_POINTER } from './info.ts';

export interface DraftContext {
  readonly client: Client;
  readonly network: Pick<Network, 'config' | 'pool' | 'keys'>;
  readonly sessionId: string;
  readonly now: Date;
}

/** What the route fills in for every reason. */
type Common =
  | 'sessionId'
  | 'clientId'
  | 'clientSessionId'
  | 'srcCorrelationId'
  | 'reason'
  | 'createdAt'
  | 'expiresAt'
  | 'callbackUri'
  | 'locale'
  | 'merchantId'
  | 'tokenHash'
  | 'traceContext';

export interface Draft {
  readonly session: Omit<NewSession, Common>;
  /** The error if the card of a merchant's session is not found. */
  readonly noCard?: Fault;
  /** Further members of the Sessions answer, for a payment. */
  readonly answer?: (card: FoundCard, merchant: MerchantFacts | undefined) => PaymentPart;
}

export type PaymentPart = Pick<PaymentSessionAnswer, 'nextStep' | 'securePaymentConfirmation'>;

/** Throws a {@link ServiceError} that names every ineligibility, if there is any. */
export function refuseIneligible(found: readonly Ineligibility[]): void {
  const [first, ...rest] = found.map(({ code, pointer }) => ({ code, pointer: INFO_POINTER + pointer }));
  if (first !== undefined) throw new ServiceError([first, ...rest]);
}
