/** `GET /auth/verification`: where the issuer sends the browser back to (contract §11). */
import { VERIFICATION_PATH, VERIFICATION_RESPONSE_PARAMETER } from '@payment-passkeys/protocol';
import Type from 'typebox';
import { CEREMONY_COOKIE } from '../../domain/ceremonies/cookie.ts';
import type { Network } from '../../network.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { countResult } from '../../platform/telemetry/metrics.ts';
import { takeAnswer } from './answer.ts';

/** Anything but one text of bounded length counts as no answer. */
const Query = Type.Object({ [VERIFICATION_RESPONSE_PARAMETER]: Type.Optional(Type.Unknown()) });
const MAX_RESPONSE_LENGTH = 4096;

export function verificationRoutes(app: NetworkServer, network: Network): void {
  app.get(
    VERIFICATION_PATH,
    { schema: { summary: 'Take the answer of a card’s issuer', querystring: Query, hide: true } },
    async (request, reply) => {
      const given: unknown = request.query[VERIFICATION_RESPONSE_PARAMETER];
      const response = typeof given === 'string' && given.length <= MAX_RESPONSE_LENGTH ? given : '';
      const { outcome, location, ...counted } = await takeAnswer(
        { response, ceremonySecret: request.cookies[CEREMONY_COOKIE] },
        network,
      );
      network.metrics.verifications.inc({ outcome });
      countResult(network.metrics, counted);
      request.log.info({ outcome }, 'verification answered');
      return reply.redirect(location, 303);
    },
  );
}
