/** Secure Payment Confirmation in software: the response of an honest browser to a session's offer, or that response with a change. */
import type { AuthenticationCredential, SecurePaymentConfirmation } from '@payment-passkeys/protocol';
import type { SoftwareAuthenticator } from './authenticator.ts';
import { signWith } from './key-pairs.ts';
import { buildAuthenticatorData, type Device, signedData } from './responses.ts';

export interface PaymentToConfirm {
  /**
   * Uses a passkey of this authenticator: the first one of the offer that it holds, or the one of `credentialId`, even if it was not
   * offered.
   */
  readonly authenticator: SoftwareAuthenticator;
  readonly offer: SecurePaymentConfirmation;
  /** The origin of the merchant's page. */
  readonly origin: string;
  readonly credentialId?: Buffer;
  /** Changes the client data before it is signed, as a dishonest merchant or browser would. */
  readonly lie?: (clientData: PaymentClientData) => unknown;
}

/** CollectedClientPaymentData, as Chromium writes it. */
export interface PaymentClientData {
  readonly type: string;
  readonly challenge: string;
  readonly origin: string;
  readonly crossOrigin: boolean;
  readonly payment: Readonly<Record<string, unknown>>;
}

/** `PaymentResponse.details.toJSON()` after the cardholder accepted. */
export function confirmPayment(confirmation: PaymentToConfirm): AuthenticationCredential {
  const { authenticator, offer, origin, credentialId, lie } = confirmation;
  const offered = (id: Buffer) => offer.credentialIds.includes(id.toString('base64url'));
  const held = authenticator.credentials.find((credential) =>
    credentialId === undefined ? offered(credential.credentialId) : credential.credentialId.equals(credentialId),
  );
  if (held === undefined) throw new DOMException('No credential of the offer is held.', 'NotAllowedError');
  const honest: PaymentClientData = {
    type: 'payment.get',
    challenge: offer.challenge,
    origin,
    crossOrigin: false,
    payment: {
      rpId: offer.rpId,
      topOrigin: origin,
      payeeName: offer.payeeName,
      ...(offer.payeeOrigin !== undefined && { payeeOrigin: offer.payeeOrigin }),
      paymentEntitiesLogos: [],
      total: offer.total,
      instrument: offer.instrument,
    },
  };
  const clientData = Buffer.from(JSON.stringify(lie === undefined ? honest : lie(honest)));
  if (authenticator.settings.counts) held.signCount += 1;
  const device: Pick<Device, 'settings'> = authenticator;
  const authData = buildAuthenticatorData(device as Device, held, { breaks: undefined });
  const id = held.credentialId.toString('base64url');
  return {
    id,
    rawId: id,
    type: 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: {},
    response: {
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: signWith(held.keyPair, signedData(authData, clientData)).toString('base64url'),
      userHandle: held.userHandle.toString('base64url'),
    },
  };
}
