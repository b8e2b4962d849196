/** Secure Payment Confirmation's way back (contract §10). */
import { AssertionAnswer, AssertionParameters, AssertionRequest, assertionPath } from '@payment-passkeys/protocol';
import { signingClient } from '../../domain/clients/signed-request.ts';
import type { Network } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { takeAssertion } from './assertion.ts';

export function paymentRoutes(app: NetworkServer, network: Network): void {
  app.post(
    assertionPath(':authenticationSessionId'),
    {
      schema: {
        summary: 'Report what came of Secure Payment Confirmation',
        params: AssertionParameters,
        body: AssertionRequest,
        response: { 200: AssertionAnswer },
      },
    },
    async (request) => {
      const { clientId } = signingClient(request);
      const { authenticationSessionId: sessionId } = request.params;
      try {
        return await takeAssertion({ clientId, sessionId, assertion: request.body }, network);
      } catch (error) {
        // What a merchant showed otherwise than it says, or what nobody's passkey signed, is for somebody to look into.
        if (error instanceof ServiceError && /^PAYMENT_|^CREDENTIAL_REFUSED$/.test(error.code)) {
          request.log.warn({ code: error.code, clientId }, 'payment assertion refused');
        }
        throw error;
      }
    },
  );
}
