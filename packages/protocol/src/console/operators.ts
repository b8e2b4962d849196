/** The operators: the people who sign in at the console, their roles, and the invitations of new ones. */
import Type, { type Static } from 'typebox';
import { Text, Timestamp } from '../fields.ts';
import { OPERATOR_ROLES, SIGN_IN_METHODS } from './closed-lists.ts';

/** Takes GET; answers an {@link OperatorList}. */
export const OPERATORS_PATH = '/api/operators';
/** Takes a POST of a {@link NewInvitation}; answers an {@link InvitationLink}. DELETE of `{id}` below it withdraws an invitation. */
export const OPERATOR_INVITATIONS_PATH = `${OPERATORS_PATH}/invitations`;

export const OperatorId = Type.String({ pattern: '^[A-Za-z0-9_-]{22}$', maxLength: 22 });
export const InvitationId = OperatorId;
export const OperatorName = Text(100);

/** An operator, as everybody at the console sees them. */
export const Operator = Type.Object({
  operatorId: OperatorId,
  name: OperatorName,
  role: Type.Enum(OPERATOR_ROLES),
});
export type Operator = Static<typeof Operator>;

export const ListedOperator = Type.Object({
  operatorId: OperatorId,
  name: OperatorName,
  /** Absent: a second administrator has not approved the role yet, and the operator cannot sign in. */
  role: Type.Optional(Type.Enum(OPERATOR_ROLES)),
  signsInBy: Type.Enum(SIGN_IN_METHODS),
  createdAt: Timestamp,
  lastSignedInAt: Type.Optional(Timestamp),
});
export type ListedOperator = Static<typeof ListedOperator>;

/** An invitation that nobody has used yet. Its token is shown only once, in the {@link InvitationLink}. */
export const OpenInvitation = Type.Object({
  invitationId: InvitationId,
  name: OperatorName,
  role: Type.Enum(OPERATOR_ROLES),
  /** Absent: invited by the command line. */
  invitedBy: Type.Optional(OperatorName),
  expiresAt: Timestamp,
});
export type OpenInvitation = Static<typeof OpenInvitation>;

export const OperatorList = Type.Object({
  items: Type.Array(ListedOperator),
  invitations: Type.Array(OpenInvitation),
});
export type OperatorList = Static<typeof OperatorList>;

export const NewInvitation = Type.Object({ name: OperatorName, role: Type.Enum(OPERATOR_ROLES) });
export type NewInvitation = Static<typeof NewInvitation>;

/** Only for the invited person, because anybody who opens it within 15 minutes becomes the operator. */
export const InvitationLink = Type.Object({ invitationId: InvitationId, uri: Text(2048), expiresAt: Timestamp });
export type InvitationLink = Static<typeof InvitationLink>;

export const RoleChange = Type.Object({ role: Type.Enum(OPERATOR_ROLES) });
export type RoleChange = Static<typeof RoleChange>;

/** With `approvalId` nothing has changed yet: the change waits for a second administrator. */
export const RoleChangeAnswer = Type.Object({ approvalId: Type.Optional(Text(64)) });
export type RoleChangeAnswer = Static<typeof RoleChangeAnswer>;
