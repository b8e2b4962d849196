/**
 * The cardholder's own page and its back end, contract §17: JSON, same origin. The cardholder signs in with a passkey, sees where it is used,
 * and removes what they do not want any more.
 */
import Type, { type Static } from 'typebox';
import { ACTORS, BindingHolder, PasskeyDevice } from './bindings.ts';
import { AuthenticationCredential, RequestOptions } from './ceremonies.ts';
import { Text, Timestamp } from './fields.ts';
import { PAGE_PATH } from './launch.ts';
import { BindingId } from './transactions.ts';

/** The page, below the network's public URL. */
export const MANAGE_PATH = `${PAGE_PATH}/manage`;
/** Takes an empty object; answers a {@link ManageChallenge}. */
export const MANAGE_CHALLENGE_PATH = `${MANAGE_PATH}/challenge`;
/** Takes a {@link ManageSignIn}; answers a {@link ManageOverview}. */
export const MANAGE_SIGN_IN_PATH = `${MANAGE_PATH}/sign-in`;
/** Takes a {@link ManageRemoval}; answers a {@link ManageRemovalAnswer}. */
export const MANAGE_REMOVAL_PATH = `${MANAGE_PATH}/removals`;
/** Takes an empty object; ends the visit. */
export const MANAGE_LEAVE_PATH = `${MANAGE_PATH}/leave`;

/** The page's address for password managers: a W3C well-known URL, a JSON object with the member `manage`. */
export const PASSKEY_ENDPOINTS_PATH = '/.well-known/passkey-endpoints';

const { rpId, challenge, timeout, userVerification } = RequestOptions.properties;

/** PublicKeyCredentialRequestOptionsJSON without a list of credentials: the cardholder chooses a passkey. */
export const DiscoverableOptions = Type.Object({ rpId, challenge, timeout, userVerification });
export type DiscoverableOptions = Static<typeof DiscoverableOptions>;

/** The challenge is for this browser, once. */
export const ManageChallenge = Type.Object({ options: DiscoverableOptions });
export type ManageChallenge = Static<typeof ManageChallenge>;

export const ManageSignIn = Type.Object({ credential: AuthenticationCredential });
export type ManageSignIn = Static<typeof ManageSignIn>;

/** A bank or a shop that uses the passkey. */
export const ManagedBinding = Type.Object({
  bindingId: BindingId,
  ...BindingHolder.properties,
  /** The last four digits of the card that a shop holds. */
  panLastFour: Type.Optional(Type.String({ pattern: '^[0-9]{4}$', maxLength: 4 })),
  createdAt: Timestamp,
  lastUsedAt: Type.Optional(Timestamp),
  /** The card's bank has not activated it yet. */
  pendingActivation: Type.Boolean(),
  /** Empty: not suspended. */
  suspendedBy: Type.Array(Type.Enum(ACTORS), { maxItems: ACTORS.length }),
});
export type ManagedBinding = Static<typeof ManagedBinding>;

/** A browser that the network recognises, and that has used the passkey. */
export const ManagedDevice = Type.Object({
  ...PasskeyDevice.properties,
  /** Whether it is the browser that asks. */
  thisDevice: Type.Boolean(),
});
export type ManagedDevice = Static<typeof ManagedDevice>;

const Base64Url = (maxLength: number) => Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength });

/** What the cardholder sees of the passkey that they have used. No account is in it beyond the last four digits of a card. */
export const ManageOverview = Type.Object({
  /** After this time the visit is over. */
  secondsLeft: Type.Integer({ minimum: 0 }),
  /** The WebAuthn credential id and user handle, for the Signal API. The authenticator has both. */
  credentialId: Base64Url(1400),
  userHandle: Base64Url(128),
  /** Whether the passkey is backed up, and so may be on other devices of its owner. */
  synced: Type.Boolean(),
  createdAt: Timestamp,
  bindings: Type.Array(ManagedBinding),
  devices: Type.Array(ManagedDevice),
});
export type ManageOverview = Static<typeof ManageOverview>;

/** What is removed: one bank or shop, one device, or the passkey with all of them. */
export const ManageRemoval = Type.Union([
  Type.Object({ what: Type.Literal('BINDING'), bindingId: BindingId }),
  Type.Object({ what: Type.Literal('DEVICE'), appInstanceId: Text(64) }),
  Type.Object({ what: Type.Literal('PASSKEY') }),
]);
export type ManageRemoval = Static<typeof ManageRemoval>;

/** What is left; or, without `overview`, the passkey is deleted and the visit is over. */
export const ManageRemovalAnswer = Type.Object({ overview: Type.Optional(ManageOverview) });
export type ManageRemovalAnswer = Static<typeof ManageRemovalAnswer>;
