/** The route for the outcome of Secure Payment Confirmation (contract §10). */
import { AssertionAnswer, AssertionRequest, assertionPath, SessionParameters } from '@payment-passkeys/protocol';
import { serveSigned, signingClient } from '../../domain/clients/signed-request.ts';
import type { Network } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { countResult } from '../../platform/telemetry/metrics.ts';
import { ASSERTION_ERRORS, takeAssertion } from './assertion.ts';

export function paymentRoutes(app: NetworkServer, network: Network): void {
  app.post(
    assertionPath(':authenticationSessionId'),
    {
      config: { nonceWithChange: true, errors: ASSERTION_ERRORS },
      schema: {
        operationId: 'reportConfirmation',
        summary: 'Report what came of Secure Payment Confirmation',
        params: SessionParameters,
        body: AssertionRequest,
        response: { 200: AssertionAnswer },
      },
    },
    async (request) => {
      const { clientId } = signingClient(request);
      const { authenticationSessionId: sessionId } = request.params;
      const { metrics } = network;
      try {
        const { answer, ...counted } = await serveSigned(request, (signed) =>
          takeAssertion({ signed, sessionId, assertion: request.body }, network),
        );
        metrics.paymentConfirmations.inc({ outcome: request.body.outcome });
        countResult(metrics, counted);
        return answer;
      } catch (error) {
        // The shown payment differs from the session's, or no offered passkey signed it. Somebody has to look into it.
        if (error instanceof ServiceError && /^PAYMENT_|^CREDENTIAL_REFUSED$/.test(error.code)) {
          metrics.paymentRefusals.inc({ code: error.code });
          request.log.warn({ code: error.code, clientId }, 'payment assertion refused');
        }
        throw error;
      }
    },
  );
}
