/** Passkeys at the console: `/api/passkeys/…`. A passkey is named by its credentialId. */
import Type, { type Static } from 'typebox';
import {
  ACTORS,
  AccountReference,
  AuthenticatorFacts,
  BINDING_REASON_CODES,
  BINDING_STATUSES,
  BindingReport,
  PasskeyDevice,
  PasskeyId,
} from '../bindings.ts';
import { Text, Timestamp } from '../fields.ts';
import { BindingId } from '../transactions.ts';
import { AuditEntry } from './audit.ts';

/** One account as people type it: a card number may have spaces and hyphens. Exactly one member must be present, as in an AccountReference. */
export const TypedAccount = Type.Object({
  ...AccountReference.properties,
  primaryAccountNumber: Type.Optional(Type.String({ pattern: '^([0-9][ -]?){9,19}$', maxLength: 40 })),
});
export type TypedAccount = Static<typeof TypedAccount>;

/**
 * The body of `POST /api/passkeys/search`: an account that was typed in, or the id of a passkey, a binding or a device. Exactly one of the two
 * must be present: the schema does not check that, the network does.
 */
export const PasskeySearch = Type.Object({
  account: Type.Optional(TypedAccount),
  id: Type.Optional(Text(64)),
});
export type PasskeySearch = Static<typeof PasskeySearch>;

/** A passkey is active if a binding of it is, or if it has none. */
export const FoundPasskey = Type.Object({
  credentialId: PasskeyId,
  status: Type.Enum(BINDING_STATUSES),
  createdAt: Timestamp,
  lastUsedAt: Timestamp,
  authenticator: AuthenticatorFacts,
  bindings: Type.Integer({ minimum: 0 }),
  devices: Type.Integer({ minimum: 0 }),
  /** The names of the banks and shops that use it. */
  heldBy: Type.Array(Text(100), { maxItems: 100 }),
});
export type FoundPasskey = Static<typeof FoundPasskey>;

/** The most passkeys of an answer. */
export const MAX_FOUND_PASSKEYS = 20;

/** The passkey that was used last is the first. */
export const FoundPasskeys = Type.Object({ items: Type.Array(FoundPasskey, { maxItems: MAX_FOUND_PASSKEYS }) });
export type FoundPasskeys = Static<typeof FoundPasskeys>;

/** A binding of the passkey. */
export const PasskeyBinding = Type.Object({
  bindingId: BindingReport.properties.bindingId,
  status: BindingReport.properties.status,
  suspendedBy: BindingReport.properties.suspendedBy,
  heldBy: BindingReport.properties.heldBy,
  accountTypes: BindingReport.properties.accountTypes,
  panLastFour: BindingReport.properties.panLastFour,
  createdAt: BindingReport.properties.createdAt,
  lastUsedAt: BindingReport.properties.lastUsedAt,
});
export type PasskeyBinding = Static<typeof PasskeyBinding>;

/** `GET /api/passkeys/{id}`. */
export const PasskeyView = Type.Object({
  credentialId: PasskeyId,
  status: Type.Enum(BINDING_STATUSES),
  /** Who has suspended at least one binding. */
  suspendedBy: Type.Array(Type.Enum(ACTORS), { maxItems: ACTORS.length }),
  createdAt: Timestamp,
  lastUsedAt: Timestamp,
  authenticator: AuthenticatorFacts,
  /** How often a signature counter did not grow: a sign of a copied passkey. */
  counterRegressions: Type.Integer({ minimum: 0 }),
  /** Also the deleted ones of the last 13 months. */
  bindings: Type.Array(PasskeyBinding, { maxItems: 100 }),
  devices: Type.Array(PasskeyDevice, { maxItems: 100 }),
  /** The youngest entries of the audit trail about the passkey and its bindings, the youngest first. */
  changes: Type.Array(AuditEntry, { maxItems: 20 }),
});
export type PasskeyView = Static<typeof PasskeyView>;

/** The body of `POST /api/passkeys/{id}/suspend`, `…/resume` and `…/delete`. With `bindingId` it is about that binding alone. */
export const PasskeyChange = Type.Object({
  reasonCode: Type.Enum(BINDING_REASON_CODES),
  bindingId: Type.Optional(BindingId),
});
export type PasskeyChange = Static<typeof PasskeyChange>;

/**
 * The body of `POST /api/passkeys/delete`: several passkeys, each with every binding. It waits for a second operator; one passkey alone, at its
 * own path, does not.
 */
export const PasskeysDeletion = Type.Object({
  credentialIds: Type.Array(PasskeyId, { minItems: 2, maxItems: MAX_FOUND_PASSKEYS }),
  reasonCode: Type.Enum(BINDING_REASON_CODES),
});
export type PasskeysDeletion = Static<typeof PasskeysDeletion>;

/** The effect of the change. If the same change is made again, every number is zero. */
export const PasskeyChanged = Type.Object({
  /** How many bindings have changed. */
  bindings: Type.Integer({ minimum: 0 }),
  /** The banks and shops that hold them. */
  heldBy: Type.Array(Text(100), { maxItems: 100 }),
  /** How many sessions under way have ended. */
  endedSessions: Type.Integer({ minimum: 0 }),
  passkey: PasskeyView,
});
export type PasskeyChanged = Static<typeof PasskeyChanged>;
