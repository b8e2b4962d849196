/** The invited person opens the invitation and makes a passkey. Then they are signed in, or their role waits for approval. */
import { randomBytes } from 'node:crypto';
import {
  AcceptedInvitation,
  AcceptInvitationRequest,
  INVITATION_ACCEPT_PATH,
  INVITATION_OPEN_PATH,
  OpenedInvitation,
  OpenInvitationRequest,
} from '@payment-passkeys/protocol/console';
import {
  buildSignInCreationOptions,
  CeremonyError,
  readCeremony,
  verifyRegistration,
} from '@payment-passkeys/webauthn';
import { submitChange } from '../../../domain/approvals/approvals.ts';
import { proposeRole } from '../../../domain/approvals/operator-changes.ts';
import { newSecret } from '../../../domain/ceremonies/cookie.ts';
import { type Accepted, acceptInvitation, openInvitation } from '../../../domain/operators/invitations.ts';
import { CONSOLE_COOKIE, CONSOLE_COOKIE_ATTRIBUTES } from '../../../domain/operators/sessions.ts';
import type { ConsoleNetwork } from '../../../network.ts';
import { isUniqueViolation, ServiceError } from '../../../platform/errors/errors.ts';
import type { NetworkServer } from '../../../platform/http/network-server.ts';
import type { AddressLimiter } from '../../../platform/http/rate-limit.ts';
import { ANYBODY } from '../guard/allow.ts';
import { newChallenge, signInRefused } from './passkey.ts';

const USER_HANDLE_BYTES = 32;

const noInvitation = () => new ServiceError({ code: 'INVITATION_NOT_FOUND', sourceType: 'SERVICE' });

export function invitationRoutes(app: NetworkServer, network: ConsoleNetwork, limitSignIn: AddressLimiter): void {
  const { pool, clock, operatorPolicy: policy } = network;

  app.post(
    INVITATION_OPEN_PATH,
    {
      config: ANYBODY,
      onRequest: limitSignIn,
      schema: {
        summary: 'Open an invitation: whom it is for, and the options of the passkey',
        body: OpenInvitationRequest,
        response: { 200: OpenedInvitation },
      },
    },
    async ({ body: { token } }) => {
      const [challenge, userId] = [newChallenge(), randomBytes(USER_HANDLE_BYTES)];
      const opened = await openInvitation(pool, { token, challenge, userHandle: userId, now: clock() });
      if (opened === undefined) throw noInvitation();
      const { name, role } = opened;
      const options = buildSignInCreationOptions({
        policy,
        challenge,
        userId,
        userName: name,
        userDisplayName: name,
        excludeCredentials: [],
      });
      return { name, role, options };
    },
  );

  app.post(
    INVITATION_ACCEPT_PATH,
    {
      config: ANYBODY,
      onRequest: limitSignIn,
      schema: {
        summary: 'Accept an invitation with a new passkey; the operator is signed in from then on',
        body: AcceptInvitationRequest,
        response: { 200: AcceptedInvitation },
      },
    },
    async ({ body: { token, credential } }, reply) => {
      const now = clock();
      const ceremony = readCeremony(credential);
      if (ceremony?.ceremony !== 'CREATE') throw signInRefused();
      const { challenge } = ceremony;
      const registration = await verifyRegistration({ policy, challenge, credential, now }).catch((error: unknown) => {
        throw error instanceof CeremonyError ? signInRefused(error) : error;
      });
      const secret = newSecret();
      const { approvals } = network.console;
      const accepted = await acceptInvitation(pool, { token, challenge, registration, secret, approvals, now }).catch(
        (error: unknown) => {
          throw isUniqueViolation(error) ? signInRefused(error) : error;
        },
      );
      if (accepted === undefined) throw noInvitation();
      const { operatorId, role, invitation } = accepted;
      if (role === undefined) {
        await requestRole(accepted, network, now);
        return {};
      }
      reply.setCookie(CONSOLE_COOKIE, secret, CONSOLE_COOKIE_ATTRIBUTES);
      return { operator: { operatorId, name: invitation.name, role } };
    },
  );
}

/** Asks a second administrator, in the name of the operator who invited. If this fails, an administrator can still ask for the role by hand. */
async function requestRole(
  { operatorId, invitation }: Accepted,
  { pool }: Pick<ConsoleNetwork, 'pool'>,
  now: Date,
): Promise<void> {
  const { inviterId, inviterName, role } = invitation;
  if (inviterId === null || inviterName === null) return;
  const by = { operatorId: inviterId, name: inviterName };
  const proposed = await proposeRole(pool, { operatorId, role });
  await submitChange(pool, proposed, { by, approvals: true, now });
}
