/** Signing in at the console: by a passkey, by an invitation, and the fresh confirmation that a dangerous action needs. */
import Type, { type Static } from 'typebox';
import { AuthenticationCredential, CreationOptions, RegistrationCredential, RequestOptions } from '../ceremonies.ts';
import { AccessToken, Text, Timestamp } from '../fields.ts';
import { DiscoverableOptions } from '../manage.ts';
import { OPERATOR_ROLES, SIGN_IN_METHODS } from './closed-lists.ts';
import { Operator, OperatorName } from './operators.ts';

/** Takes GET; answers a {@link Me}. */
export const ME_PATH = '/api/me';
/** Takes an empty object; answers {@link SignInOptions}. */
export const SIGN_IN_OPTIONS_PATH = '/api/sign-in/options';
/** Takes a {@link CredentialUse}; answers a {@link Me}. */
export const SIGN_IN_PATH = '/api/sign-in';
/** Takes an empty object; ends the console session. */
export const SIGN_OUT_PATH = '/api/sign-out';
/** Takes {@link OpenInvitationRequest}; answers {@link OpenedInvitation}. */
export const INVITATION_OPEN_PATH = '/api/invitations/open';
/** Takes {@link AcceptInvitationRequest}; answers {@link AcceptedInvitation}. */
export const INVITATION_ACCEPT_PATH = '/api/invitations/accept';
/** Takes an empty object; answers {@link ConfirmOptions}. */
export const CONFIRM_OPTIONS_PATH = '/api/confirm/options';
/** Takes a {@link CredentialUse}; answers a {@link Confirmed}. */
export const CONFIRM_PATH = '/api/confirm';
/**
 * A navigation, not a call: to the OpenID provider and back. `to` in the query is the console's page to return to; `confirm=1` asks the signed-in
 * operator to sign in there once more, as a fresh confirmation. After a failure the browser is at `/sign-in?refused=CODE`.
 */
export const OIDC_SIGN_IN_PATH = '/sign-in/oidc';
export const OIDC_CALLBACK_PATH = '/sign-in/oidc/callback';

/** How long an invitation can be used. */
export const INVITATION_SECONDS = 15 * 60;
/** How long a console session lasts at most. */
export const CONSOLE_SESSION_SECONDS = 8 * 60 * 60;
/** How long a console session lasts without a request. */
export const CONSOLE_IDLE_SECONDS = 15 * 60;
/** How long after the passkey's use a dangerous action is accepted. */
export const CONFIRMATION_SECONDS = 5 * 60;

/** A call with this header, of any value, does not count as use of the console. For calls that no operator started, such as a refresh. */
export const BACKGROUND_HEADER = 'x-background';

/** Who is signed in at the browser that asks; nobody if `operator` is absent. */
export const Me = Type.Object({
  operator: Type.Optional(Type.Object({ ...Operator.properties, signsInBy: Type.Enum(SIGN_IN_METHODS) })),
  mode: Type.Enum(['sandbox', 'production']),
  networkName: Text(100),
  /** Whether sensitive changes wait for a second person. */
  approvals: Type.Boolean(),
  /** Until when dangerous actions are accepted without another confirmation. */
  confirmedUntil: Type.Optional(Timestamp),
  /** When the console session ends at the latest. */
  signedInUntil: Type.Optional(Timestamp),
  /** Whether operators can sign in by the organisation's OpenID provider. */
  oidc: Type.Boolean(),
});
export type Me = Static<typeof Me>;

export const SignInOptions = Type.Object({ options: DiscoverableOptions });
export type SignInOptions = Static<typeof SignInOptions>;

export const CredentialUse = Type.Object({ credential: AuthenticationCredential });
export type CredentialUse = Static<typeof CredentialUse>;

/** The options of a fresh confirmation name the operator's own passkeys. */
export const ConfirmOptions = Type.Object({ options: RequestOptions });
export type ConfirmOptions = Static<typeof ConfirmOptions>;

export const Confirmed = Type.Object({ confirmedUntil: Timestamp });
export type Confirmed = Static<typeof Confirmed>;

/** The token from the fragment of the invitation's address. */
export const OpenInvitationRequest = Type.Object({ token: AccessToken });
export type OpenInvitationRequest = Static<typeof OpenInvitationRequest>;

const { rp, user, challenge, pubKeyCredParams, timeout, excludeCredentials } = CreationOptions.properties;

/** PublicKeyCredentialCreationOptionsJSON for an operator's passkey: on any authenticator, security keys too, and not for payments. */
export const OperatorCreationOptions = Type.Object({
  rp,
  user,
  challenge,
  pubKeyCredParams,
  timeout,
  excludeCredentials,
  authenticatorSelection: Type.Object({
    residentKey: Type.Literal('required'),
    requireResidentKey: Type.Literal(true),
    userVerification: Type.Literal('required'),
  }),
  attestation: Type.Literal('none'),
  extensions: Type.Object({ credProps: Type.Literal(true) }),
});
export type OperatorCreationOptions = Static<typeof OperatorCreationOptions>;

export const OpenedInvitation = Type.Object({
  name: OperatorName,
  role: Type.Enum(OPERATOR_ROLES),
  options: OperatorCreationOptions,
});
export type OpenedInvitation = Static<typeof OpenedInvitation>;

export const AcceptInvitationRequest = Type.Object({ token: AccessToken, credential: RegistrationCredential });
export type AcceptInvitationRequest = Static<typeof AcceptInvitationRequest>;

/** Without `operator` the passkey is stored, and a second administrator has to approve the role before the first sign-in. */
export const AcceptedInvitation = Type.Object({ operator: Type.Optional(Operator) });
export type AcceptedInvitation = Static<typeof AcceptedInvitation>;
