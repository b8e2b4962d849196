/** A binding's life (contract §12 to §14): find it, suspend it, resume it, remove it, activate it. */
import {
  type AccountType,
  type Actor,
  type AttestationVerdict,
  BINDING_REASON_CODES,
  BINDING_SEARCHES_PATH,
  BINDING_STATUS_UPDATES_PATH,
  type BindingAction,
  type BindingReasonCode,
  type BindingReport,
  BindingSearchAnswer,
  type BindingState,
  type BindingStatus,
  compileSchema,
  StatusUpdateAnswer,
} from '@payment-passkeys/protocol';
import { invalidAnswer } from '../network/network-caller.ts';
import { aTrace, oneOf, optional, type Rules, text } from '../options/rules.ts';
import type { TraceContext } from '../tracing/trace-context.ts';
import { ACCOUNT_KINDS, type AccountReference, anAccount, takeOne } from './account.ts';
import type { LifecycleParts } from './parts.ts';

const searchAnswer = compileSchema(BindingSearchAnswer);
const updateAnswer = compileSchema(StatusUpdateAnswer);

/** What is known of the authenticator that holds a passkey. */
export interface AuthenticatorFacts {
  /** The model's id, as the authenticator claims it. All zeros if it does not tell. */
  readonly aaguid: string;
  /** The model's name in the FIDO metadata. Only if the attestation proves the model. */
  readonly model?: string;
  /** True for a passkey that may be copied to other devices of its owner (a synced passkey); false for one that stays on its device. */
  readonly backupEligible: boolean;
  /** Whether it was backed up when it was last used. */
  readonly backedUp: boolean;
  /** TRUSTED: a chain of certificates proves the model. UNTRUSTED: no chain does. NONE: there is no attestation. */
  readonly attestation: AttestationVerdict;
}

/** A binding: one passkey, for accounts of one client. */
export interface Binding {
  readonly bindingId: string;
  /** The network's id of the passkey. */
  readonly credentialId: string;
  /**
   * No payment is approved with it unless it is ACTIVE. SUSPENDED: somebody in `suspendedBy` has suspended it. PENDING_ACTIVATION: the card's
   * issuer has not activated it yet; `suspendedBy` says whether it is suspended as well.
   */
  readonly status: BindingStatus;
  readonly suspendedBy: readonly Actor[];
  /** The kinds of accounts that it stands for. Empty for a deleted one. */
  readonly accountTypes: readonly AccountType[];
  /** Only for a shop's binding, which is for one card. */
  readonly panLastFour?: string;
  readonly heldBy: {
    readonly role: 'issuer' | 'merchant';
    readonly name: string;
  };
  readonly createdAt: Date;
  /** When a payment was last approved with it. */
  readonly lastUsedAt?: Date;
  /** Absent if the passkey itself was deleted. */
  readonly authenticator?: AuthenticatorFacts;
  /** The browsers and devices that have used the passkey. */
  readonly devices: readonly {
    readonly appInstanceId: string;
    readonly firstUsedAt: Date;
    readonly lastUsedAt: Date;
  }[];
}

/** What to search by: exactly one of the three. */
export type BindingSearch = (
  | {
      /** Sent encrypted. */
      readonly account: AccountReference;
    }
  | { readonly bindingId: string }
  | {
      /** The network's id of a passkey. */
      readonly credentialId: string;
    }
) & {
  /** The trace of the request, if it is not the active one of OpenTelemetry's API. */
  readonly trace?: TraceContext | undefined;
};

/** Which bindings to change, and why: one binding, or those of an account. */
export type BindingUpdate = (
  | { readonly bindingId: string }
  | {
      /** Every binding of this account that the client may act on. Sent encrypted. */
      readonly account: AccountReference;
      /** Only those of this passkey. */
      readonly credentialId?: string;
    }
) & {
  readonly reasonCode: BindingReasonCode;
  /** The trace of the request, if it is not the active one of OpenTelemetry's API. */
  readonly trace?: TraceContext | undefined;
};

/**
 * A client's calls for bindings. An issuer may act on every binding of an account in its own ranges: its own, and those that shops hold of
 * its cards. A merchant may act on its own. Each call takes at most ten seconds, and may be made again: the same call has the same result.
 * Each throws `INVALID_OPTIONS`, which names the field; `NETWORK_…`; `SIGNER_UNAVAILABLE`.
 */
export interface Bindings {
  /** Returns at most 100 bindings, the one used last first. Empty if there are none, or if the account is not one of this client's. */
  search(search: BindingSearch): Promise<readonly Binding[]>;
  /**
   * Adds this client's suspension to the bindings; `resume` removes it. The suspensions of others in `suspendedBy` are separate and stay. From
   * the answer on no payment is approved with the bindings, and sessions under way with them have failed. `NETWORK_REFUSED` with the reason
   * `BINDING_NOT_FOUND`, or `BINDING_DELETED`.
   */
  suspend(update: BindingUpdate): Promise<readonly BindingState[]>;
  /** Removes this client's suspension. A binding that somebody else has suspended as well stays SUSPENDED. Refused as `suspend` is. */
  resume(update: BindingUpdate): Promise<readonly BindingState[]>;
  /** Deletes these bindings for good. `NETWORK_REFUSED` with the reason `BINDING_NOT_FOUND` if there is none. */
  remove(update: BindingUpdate): Promise<readonly BindingState[]>;
}

/** The calls of an issuer. */
export interface IssuerBindings extends Bindings {
  /**
   * Ends the wait of bindings that shops have made for this issuer's cards (PENDING_ACTIVATION). One that is active already stays so, and one that
   * is suspended stays suspended. To refuse, call `remove`. Refused as `suspend` is.
   */
  activate(update: BindingUpdate): Promise<readonly BindingState[]>;
}

const SEARCH = {
  account: optional(anAccount),
  bindingId: optional(text(64)),
  credentialId: optional(text(64)),
  trace: aTrace,
};

const UPDATE = { ...SEARCH, reasonCode: oneOf(BINDING_REASON_CODES) };

/** {@link BindingSearch} or {@link BindingUpdate}. */
interface Target {
  readonly account?: AccountReference;
  readonly bindingId?: string;
  readonly credentialId?: string;
  readonly trace?: TraceContext | undefined;
}

/** The calls of a merchant. */
export function createBindings(parts: LifecycleParts): Bindings {
  const { activate: _, ...bindings } = createIssuerBindings(parts);
  return bindings;
}

export function createIssuerBindings({ caller, contextOf, checkGiven, guardAsync }: LifecycleParts): IssuerBindings {
  /** With an account, all of it is encrypted. Ids without an account are sent in clear. */
  const post = (path: string, { account, bindingId, credentialId, trace }: Target, body: object = {}) => {
    const context = contextOf(trace);
    const ids = { ...(bindingId !== undefined && { bindingId }), ...(credentialId !== undefined && { credentialId }) };
    if (account === undefined) return caller.call({ path, buildBody: () => ({ ...ids, ...body }) }, context);
    const payload = { accountReference: account, ...ids };
    return caller.postEncrypted({ path, payload, buildBody: (encryptedData) => ({ encryptedData, ...body }) }, context);
  };

  const check = (given: Target, name: string, fields: Rules, targets: readonly string[]) => {
    checkGiven(given, { name, fields });
    takeOne(given, targets, name);
    if (given.account !== undefined) takeOne(given.account, ACCOUNT_KINDS, 'account');
  };

  const update = (verb: string, action: BindingAction) => (given: BindingUpdate) =>
    guardAsync(async () => {
      check(given, `bindings.${verb}`, UPDATE, ['account', 'bindingId']);
      const answer = await post(BINDING_STATUS_UPDATES_PATH, given, { action, reasonCode: given.reasonCode });
      if (!updateAnswer.accepts(answer)) throw invalidAnswer('the answer to a status update cannot be read');
      return answer.bindings;
    });

  return {
    search: (given) =>
      guardAsync(async () => {
        check(given, 'bindings.search', SEARCH, ['account', 'bindingId', 'credentialId']);
        const answer = await post(BINDING_SEARCHES_PATH, given);
        if (!searchAnswer.accepts(answer)) throw invalidAnswer('the answer to a search of bindings cannot be read');
        return answer.bindings.map(readBinding);
      }),
    suspend: update('suspend', 'SUSPEND'),
    resume: update('resume', 'RESUME'),
    remove: update('remove', 'DELETE'),
    activate: update('activate', 'ACTIVATE'),
  };
}

function readBinding({ createdAt, lastUsedAt, devices, ...rest }: BindingReport): Binding {
  return {
    ...rest,
    createdAt: new Date(createdAt),
    ...(lastUsedAt !== undefined && { lastUsedAt: new Date(lastUsedAt) }),
    devices: devices.map(({ appInstanceId, firstUsedAt, lastUsedAt }) => ({
      appInstanceId,
      firstUsedAt: new Date(firstUsedAt),
      lastUsedAt: new Date(lastUsedAt),
    })),
  };
}
