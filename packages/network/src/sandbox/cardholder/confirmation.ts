/** Secure Payment Confirmation by a cardholder without a browser: what the browser's payment dialog gives the shop's page (contract §10). */
import { confirmPayment } from '@payment-passkeys/authenticator';
import type { AssertionRequest } from '@payment-passkeys/protocol';
import type { CardholderAtShop } from '@payment-passkeys/protocol/sandbox';
import { ServiceError } from '../../platform/errors/errors.ts';
import { holdsOneOf, type SandboxDevice } from './device.ts';

/** Null if the cardholder leaves the page. Throws {@link ServiceError}. */
export function confirmAtShop(request: CardholderAtShop, device: SandboxDevice): AssertionRequest | null {
  const { securePaymentConfirmation: offer, do: action } = request;
  const origin = readOrigin(request);
  switch (action) {
    case 'CLOSE':
      return null;
    case 'CANCEL':
      return { outcome: 'ABORTED' };
    // The browser gives the shop the same error for both: NotAllowedError.
    case 'NOT_NOW':
    case 'FAIL':
      return { outcome: 'ANOTHER_WAY' };
    case 'APPROVE': {
      if (!holdsOneOf(device, offer.credentialIds))
        throw new ServiceError({ code: 'DEVICE_WITHOUT_PASSKEY', pointer: '/device' });
      const { authenticator } = device;
      return { outcome: 'ACCEPTED', credential: confirmPayment({ authenticator, offer, origin }) };
    }
  }
}

function readOrigin({ origin, securePaymentConfirmation: { payeeOrigin } }: CardholderAtShop): string {
  const given = origin ?? payeeOrigin;
  if (given === undefined) {
    const message =
      "origin is required, because these options have no payeeOrigin: send the origin of the shop's page.";
    throw new ServiceError({ code: 'MISSING_FIELD', pointer: '/origin', message });
  }
  if (URL.canParse(given) && new URL(given).origin === given) return given;
  const message = 'origin is not an origin: scheme, host and port without a path, such as https://shop.example.';
  throw new ServiceError({ code: 'INVALID_FIELD', pointer: '/origin', message });
}
