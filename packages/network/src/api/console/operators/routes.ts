/** The operators: who may sign in, with which role, and who is invited. */
import {
  InvitationId,
  InvitationLink,
  NewInvitation,
  OPERATOR_INVITATIONS_PATH,
  OPERATORS_PATH,
  OperatorId,
  OperatorList,
  RoleChange,
  RoleChangeAnswer,
} from '@payment-passkeys/protocol/console';
import Type from 'typebox';
import { submitChange } from '../../../domain/approvals/approvals.ts';
import { proposeRole } from '../../../domain/approvals/operator-changes.ts';
import { operatorAuthor } from '../../../domain/audit/entry.ts';
import {
  type Invitation,
  invitationUri,
  inviteOperator,
  listInvitations,
  withdrawInvitation,
} from '../../../domain/operators/invitations.ts';
import { type KnownOperator, listOperators, removeOperator } from '../../../domain/operators/store.ts';
import type { ConsoleNetwork } from '../../../network.ts';
import { ServiceError } from '../../../platform/errors/errors.ts';
import type { NetworkServer } from '../../../platform/http/network-server.ts';
import { allow } from '../guard/allow.ts';

const NOTHING = Type.Object({});
const OfOperator = Type.Object({ operatorId: OperatorId });
const OfInvitation = Type.Object({ invitationId: InvitationId });
const DECIDES = allow(['ADMINISTRATOR'], { fresh: true });

export function operatorRoutes(app: NetworkServer, network: ConsoleNetwork): void {
  const { pool, clock, console: settings } = network;

  app.get(
    OPERATORS_PATH,
    {
      config: allow(['ADMINISTRATOR', 'AUDITOR']),
      schema: { summary: 'Operators and invitations', response: { 200: OperatorList } },
    },
    async () => {
      const [operators, invitations] = [await listOperators(pool), await listInvitations(pool, clock())];
      return { items: operators.map(describeOperator), invitations: invitations.map(describeInvitation) };
    },
  );

  app.post(
    OPERATOR_INVITATIONS_PATH,
    {
      config: DECIDES,
      schema: { summary: 'Invite an operator', body: NewInvitation, response: { 200: InvitationLink } },
    },
    async ({ body: { name, role }, operator }) => {
      const made = await inviteOperator(pool, { name, role, author: operatorAuthor(operator), now: clock() });
      const { invitationId, token, expiresAt } = made;
      return { invitationId, uri: invitationUri(settings.url, token), expiresAt: expiresAt.toISOString() };
    },
  );

  app.delete(
    `${OPERATOR_INVITATIONS_PATH}/:invitationId`,
    {
      config: allow(['ADMINISTRATOR']),
      schema: { summary: 'Withdraw an invitation', params: OfInvitation, response: { 200: NOTHING } },
    },
    async ({ params: { invitationId }, operator }) => {
      const withdrawn = await withdrawInvitation(pool, {
        invitationId,
        author: operatorAuthor(operator),
        now: clock(),
      });
      if (!withdrawn) throw new ServiceError({ code: 'INVITATION_NOT_FOUND', sourceType: 'SERVICE' });
      return {};
    },
  );

  app.put(
    `${OPERATORS_PATH}/:operatorId/role`,
    {
      config: DECIDES,
      schema: {
        summary: 'Give an operator another role, or ask a second administrator for it',
        params: OfOperator,
        body: RoleChange,
        response: { 200: RoleChangeAnswer },
      },
    },
    async ({ params: { operatorId }, body: { role }, operator }) => {
      const proposed = await proposeRole(pool, { operatorId, role });
      const { approvals } = settings;
      const { approval } = await submitChange(pool, proposed, { by: operator, approvals, now: clock() });
      return approval === undefined ? {} : { approvalId: approval.approvalId };
    },
  );

  app.delete(
    `${OPERATORS_PATH}/:operatorId`,
    {
      config: DECIDES,
      schema: { summary: 'Remove an operator, for good', params: OfOperator, response: { 200: NOTHING } },
    },
    async ({ params: { operatorId }, operator }) => {
      await removeOperator(pool, { operatorId, author: operatorAuthor(operator), now: clock() });
      return {};
    },
  );
}

function describeOperator(operator: KnownOperator): OperatorList['items'][number] {
  const { role, createdAt, lastSignedInAt, ...known } = operator;
  return {
    ...known,
    ...(role !== null && { role }),
    createdAt: createdAt.toISOString(),
    ...(lastSignedInAt !== null && { lastSignedInAt: lastSignedInAt.toISOString() }),
  };
}

function describeInvitation(invitation: Invitation): OperatorList['invitations'][number] {
  const { invitationId, name, role, expiresAt, inviterName } = invitation;
  return {
    invitationId,
    name,
    role,
    ...(inviterName !== null && { invitedBy: inviterName }),
    expiresAt: expiresAt.toISOString(),
  };
}
