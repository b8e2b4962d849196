/** A session and the passkey that a credential names, found in one statement: a result needs both. */
import {
  column,
  nullable,
  query,
  type RowOf,
  type Sql,
  type Statement,
  selectList,
  sql,
  statement,
  type Values,
} from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { bindingIsOpen } from '../passkeys/open-binding.ts';
import { IDLE, type Passkey } from '../passkeys/store.ts';
import { SESSION, SESSION_ROW } from '../sessions/fields.ts';
import type { Session } from '../sessions/store.ts';

/** A live passkey, as a session finds it: by its device, and by the indexes of its accounts. */
export interface PasskeyOfSession extends Passkey {
  /** False if none of the bindings by which the card finds it is open, or if this merchant's binding of this card is not open. */
  readonly mayPay: boolean;
  /**
   * The merchant's binding of this passkey and of the session's card: its id, or null if there is none. `ownBinding` itself is null if this is
   * not known, because another key than today's has indexed the card.
   */
  readonly ownBinding: { readonly bindingId: string | null } | null;
  /**
   * The device that used the passkey last; a proof names it. Null if all devices were forgotten. Set only at a shop, where the network sees no
   * device.
   */
  readonly lastDeviceId: string | null;
}

const ARE_OF_TODAY = sql`account_key_versions = ${'indexVersions'}::integer[]`;
/** The indexes by which the session's accounts are looked up. None if other keys than today's have made them: then a search makes them anew. */
const INDEXES = sql`CASE WHEN accounts IS NULL THEN ARRAY[session.card_index] WHEN ${ARE_OF_TODAY} THEN account_indexes END`;
const CARD_IS_OF_TODAY = sql`${ARE_OF_TODAY} AND session.card_index = account_indexes[array_position(account_kinds, 'CARD')]`;

/** The session has registered this passkey (see `registeredPasskeyOf`), and the binding is this merchant's. */
const REGISTERED_HERE = sql`
  (session.state = 'registered' AND session.passkey_id = passkey.passkey_id AND binding.client_id = session.client_id)`;

/** The bindings by which the accounts find the passkey, by the rules of `livePasskeys`. */
const WAYS = sql`
  LATERAL (SELECT coalesce(array_agg(binding_id ORDER BY binding_id) FILTER (WHERE NOT closed), '{}') AS ways, count(*) > 0 AS of_accounts,
                  coalesce(bool_or(closed AND card_index <> '' AND client_id = session.client_id), false) AS barred
           FROM (SELECT binding_id, client_id, card_index, NOT ${bindingIsOpen(REGISTERED_HERE)} AS closed FROM binding
                 WHERE binding.passkey_id = passkey.passkey_id AND EXISTS (
                   SELECT 1 FROM binding_account AS account
                   WHERE account.binding_id = binding.binding_id AND account_index = ANY (${INDEXES})
                     AND (kind = 'CARD' OR (session.card_index IS NULL AND binding.card_index = '' AND binding.client_id = session.client_id)))) AS way) AS found`;

const OWN_BINDING = sql`
  CASE WHEN ${CARD_IS_OF_TODAY} THEN jsonb_build_object('bindingId',
    (SELECT own.binding_id FROM binding AS own
     WHERE own.passkey_id = passkey.passkey_id AND own.client_id = session.client_id AND own.card_index = session.card_index)) END`;

type UseValue = 'credentialId' | 'indexVersions' | 'now';

const namedPasskey = <Name extends string>(device: {
  readonly isThisOne: Sql<Name>;
  readonly last: Sql<Name>;
}): Sql<Name | UseValue> => sql`
  SELECT jsonb_build_object('passkeyId', passkey.passkey_id, 'userHandle', encode(passkey.user_handle, 'base64'),
                            'publicKey', encode(public_key, 'base64'), 'signCount', sign_count, 'transports', transports,
                            'paymentConfirmation', payment_confirmation, 'onDevice', ${device.isThisOne}, 'lastDeviceId', ${device.last},
                            'ofAccounts', of_accounts, 'ways', ways, 'mayPay', ways <> '{}' AND NOT barred, 'ownBinding', ${OWN_BINDING})
  FROM passkey, ${WAYS}
  WHERE webauthn_id = ${'credentialId'} AND status = 'active' AND passkey.last_used_at > ${'now'}::timestamptz - ${IDLE}`;

const find = <Name extends string>(name: string, passkey: Sql<Name>, condition: Sql<Name>) =>
  statement({
    name,
    text: sql`SELECT ${selectList(SESSION)}, (${passkey}) AS named FROM ${SESSION_ROW} WHERE ${condition}`,
    returns: { ...SESSION, named: nullable(column.jsonb<NamedPasskey>('named')) },
  });

const OF_CEREMONY = find<UseValue | 'deviceId' | 'ceremonyHash'>(
  'ceremony-and-passkey',
  namedPasskey({
    isThisOne: sql`EXISTS (SELECT 1 FROM device_passkey JOIN device USING (device_id)
                           WHERE device_passkey.passkey_id = passkey.passkey_id AND device_id = ${'deviceId'}
                             AND device.last_used_at > ${'now'}::timestamptz - ${IDLE})`,
    last: sql`NULL`,
  }),
  sql`ceremony_hash = ${'ceremonyHash'}`,
);

const BY_ID = find<UseValue | 'sessionId'>(
  'session-and-passkey',
  namedPasskey({
    isThisOne: sql`false`,
    last: sql`(SELECT device_id FROM device_passkey JOIN device USING (device_id)
               WHERE device_passkey.passkey_id = passkey.passkey_id ORDER BY device.last_used_at DESC LIMIT 1)`,
  }),
  sql`session_id = ${'sessionId'}`,
);

interface Use {
  /** The WebAuthn credential id. */
  readonly credentialId: Buffer;
  /** The versions of today's keys: see indexVersions. */
  readonly indexVersions: readonly number[];
  readonly now: Date;
}

export interface SessionAndPasskey {
  readonly session: Session;
  /** Undefined if no live passkey has this credential id. */
  readonly passkey: PasskeyOfSession | undefined;
}

/** The session of a ceremony cookie. `deviceId` is the device of the calling browser, if it is known. */
export function findCeremony(
  pool: Pool,
  search: Use & { readonly ceremonyHash: Buffer; readonly deviceId: string | undefined },
): Promise<SessionAndPasskey | undefined> {
  return findBoth(pool, OF_CEREMONY, search);
}

/** The session with this id, of any client. */
export function findSessionAndPasskey(
  pool: Pool,
  search: Use & { readonly sessionId: string },
): Promise<SessionAndPasskey | undefined> {
  return findBoth(pool, BY_ID, search);
}

async function findBoth<Name extends string>(
  pool: Pool,
  by: Statement<Name, (typeof BY_ID)['columns']>,
  search: Use & Values<Name>,
): Promise<SessionAndPasskey | undefined> {
  const [row]: readonly RowOf<(typeof BY_ID)['columns']>[] = await query(pool, by, search);
  if (row === undefined) return undefined;
  const { named } = row;
  return { session: row, passkey: named === null ? undefined : readPasskey(named, search.credentialId) };
}

type Bytes = 'userHandle' | 'publicKey';
type NamedPasskey = Omit<PasskeyOfSession, Bytes | 'credentialId'> & {
  readonly [field in Bytes]: string;
};

function readPasskey(named: NamedPasskey, credentialId: Buffer): PasskeyOfSession {
  const bytes = (text: string) => Buffer.from(text, 'base64');
  return { ...named, credentialId, userHandle: bytes(named.userHandle), publicKey: bytes(named.publicKey) };
}
