/** A customer's passkeys as the pages show them: from the bindings at the network, the bank's own records, and the calls that wait to be sent. */

import type { AuthenticatorFacts } from '@payment-passkeys/issuer/server';
import type { DeviceName } from '../passkeys/device-name.ts';
import type { PaymentPasskey } from '../passkeys/records.ts';
import type { NetworkCall } from './calls.ts';
import type { CustomerBinding } from './store.ts';

/** Where a passkey can be used. A shop's binding: at this shop. The bank's own binding: at any shop where the card's number is entered. */
export interface Place extends CustomerBinding {
  /** The change that the customer asked for and the network has not confirmed yet. */
  readonly waitingFor: NetworkCall['action'] | undefined;
}

export type PasskeyState = 'ACTIVE' | 'BLOCKED' | 'PARTLY_BLOCKED' | 'UNCONFIRMED' | 'WAITING';

export interface PasskeyView {
  readonly credentialId: string;
  /** The browser that made it, if it was made at this bank. */
  readonly device: DeviceName | undefined;
  /** The shop at which it was made, if it was not made at this bank. */
  readonly shop: string | undefined;
  /** Masked. */
  readonly accounts: readonly string[];
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly state: PasskeyState;
  /** The bank's own first, then by age. At least one. */
  readonly places: readonly Place[];
  readonly authenticator: AuthenticatorFacts | undefined;
  readonly devices: CustomerBinding['devices'];
}

/** Newest first. A record of the bank without a binding is over, and is left out. */
export function describePasskeys({
  bindings,
  records,
  waiting,
  mask,
}: {
  readonly bindings: readonly CustomerBinding[];
  readonly records: readonly PaymentPasskey[];
  readonly waiting: readonly NetworkCall[];
  /** Masks a card by its last four digits. */
  readonly mask: (lastFour: string) => string;
}): readonly PasskeyView[] {
  const byPasskey = Map.groupBy(bindings, ({ credentialId }) => credentialId);
  return [...byPasskey]
    .map(([credentialId, ofPasskey]): PasskeyView => {
      const record = records.find((each) => each.credentialId === credentialId);
      const places = ofPasskey
        .map((binding) => ({ ...binding, waitingFor: findWaiting(binding, waiting)?.action }))
        .toSorted((one, other) => Number(other.heldBy.role === 'issuer') - Number(one.heldBy.role === 'issuer'));
      const own = places.some(({ heldBy }) => heldBy.role === 'issuer');
      const cards = [...new Set(places.flatMap(({ lastFours }) => lastFours))].map(mask);
      const times = [...places.flatMap(({ lastUsedAt }) => lastUsedAt ?? []), ...(record ? [record.lastUsedAt] : [])];
      const createdAt = earliest([...places.map((place) => place.createdAt), ...(record ? [record.createdAt] : [])]);
      return {
        credentialId,
        device: record?.device,
        shop: record ? undefined : places[0]?.heldBy.name,
        accounts: record && own ? record.accounts : cards,
        createdAt,
        lastUsedAt: latest([createdAt, ...times]),
        state: describeState(places),
        places,
        authenticator: places.find(({ authenticator }) => authenticator)?.authenticator,
        devices: places.find(({ devices }) => devices.length > 0)?.devices ?? [],
      };
    })
    .toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
}

function describeState(places: readonly Place[]): PasskeyState {
  if (places.some(({ waitingFor }) => waitingFor !== undefined)) return 'WAITING';
  if (places.some(({ pendingActivation }) => pendingActivation)) return 'UNCONFIRMED';
  const blocked = places.filter(({ suspendedBy }) => suspendedBy.length > 0).length;
  if (blocked === 0) return 'ACTIVE';
  return blocked === places.length ? 'BLOCKED' : 'PARTLY_BLOCKED';
}

/** The latest waiting call that changes the binding. The call for a replaced card changes no binding. */
function findWaiting(binding: CustomerBinding, waiting: readonly NetworkCall[]): NetworkCall | undefined {
  return waiting.findLast(
    ({ action, bindingId, credentialId }) =>
      action !== 'REPLACE' &&
      (bindingId === undefined
        ? credentialId === undefined || credentialId === binding.credentialId
        : bindingId === binding.bindingId),
  );
}

function latest(dates: readonly Date[]): Date {
  return new Date(Math.max(...dates.map((date) => date.getTime())));
}

function earliest(dates: readonly Date[]): Date {
  return new Date(Math.min(...dates.map((date) => date.getTime())));
}
