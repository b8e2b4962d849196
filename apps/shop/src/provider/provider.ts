/**
 * The shop behind a payment service provider. The provider is the client of the network and runs the merchant kit; the shop has an account there,
 * and calls it over HTTP. The shop's other code is the same either way: it uses what {@link ShopMerchant} has.
 */
import {
  type EventReader,
  type Merchant,
  MerchantError,
  type MerchantErrorCode,
} from '@payment-passkeys/merchant/server';
import { createProviderWebhook } from './webhook.ts';

/** The shop's account at its provider. */
export interface ProviderAccount {
  /** The address of the provider's API. */
  readonly url: string;
  /** The secret of the account: it authenticates the shop's calls and the provider's events. */
  readonly key: string;
}

/** The parts of the merchant kit that the shop uses. */
export interface ShopMerchant
  extends Pick<
    Merchant,
    'startPayment' | 'completePayment' | 'reportConfirmation' | 'startCardEnrolment' | 'completeCardEnrolment'
  > {
  readonly bindings: Pick<Merchant['bindings'], 'search' | 'remove'>;
  readonly events: Pick<Merchant['events'], 'webhook'> & {
    reader(options: Parameters<Merchant['events']['reader']>[0]): Pick<EventReader, 'readOnce'>;
  };
}

/** Longer than a call of the kit takes at the provider. */
const CALL_MILLISECONDS = 12_000;

/** Each call is a POST to `/v1/` and its name, with its argument as the body; the answer is its result, or the MerchantError. */
export function connectProvider({ url, key }: ProviderAccount, clock: () => Date): ShopMerchant {
  const post = async (name: string, given: unknown) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(given), redirect: 'error' } as const;
    try {
      const answer = await fetch(new URL(`/v1/${name}`, url), {
        ...init,
        signal: AbortSignal.timeout(CALL_MILLISECONDS),
      });
      return { ok: answer.ok, body: JSON.parse(await answer.text(), readDate) };
    } catch (cause) {
      throw new MerchantError('NETWORK_UNREACHABLE', 'the provider gave no usable answer', { cause });
    }
  };
  /** The provider answers what the kit answers there, so `Answer` is not checked again. */
  const call =
    <Given, Answer>(name: string) =>
    async (given: Given): Promise<Answer> => {
      const { ok, body } = await post(name, given);
      if (ok) return body;
      const { code, message, ...details } = body as { readonly code: MerchantErrorCode; readonly message: string };
      throw new MerchantError(code, message, details);
    };

  return {
    startPayment: call('startPayment'),
    completePayment: call('completePayment'),
    reportConfirmation: call('reportConfirmation'),
    startCardEnrolment: call('startCardEnrolment'),
    completeCardEnrolment: call('completeCardEnrolment'),
    bindings: { search: call('bindings.search'), remove: call('bindings.remove') },
    events: {
      webhook: (options) => createProviderWebhook({ ...options, key, clock }),
      // The provider delivers an event again until the shop takes it, so there is nothing to read.
      reader: () => ({ readOnce: async () => ({ handled: 0, repeated: 0 }) }),
    },
  };
}

/** The kit's results have times only in members that end in `At`. */
function readDate(name: string, value: unknown): unknown {
  return name.endsWith('At') && typeof value === 'string' ? new Date(value) : value;
}
