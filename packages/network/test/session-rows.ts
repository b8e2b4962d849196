/** Rows of sessions in every state, written directly: what the tests of transitions start from. */
import { createHash } from 'node:crypto';
import {
  type AuthenticationReason,
  addSeconds,
  type NextStep,
  type SessionState,
  VERIFICATION_SECONDS,
} from '@payment-passkeys/protocol';
import type { Database } from '@payment-passkeys/storage';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import type { Pool } from 'pg';
import { SESSION_STATES, SUCCESSFUL_ENDS, statesBefore } from '../src/domain/sessions/session.ts';
import { migrationsOf } from '../src/process/network-database.ts';

export const NOW: Date = new Date('2026-11-24T12:00:00Z');
/** The ids of an issuer and of a merchant. */
const CLIENTS = { issuer: 'bank', merchant: 'shop' } as const;

const CONNECTIONS = 4;

/** A database of the network with these clients. The issuer verifies cardholders at shops. */
export async function createDatabaseWithClients(): Promise<Database> {
  const [first, ...more] = migrationsOf('production');
  const { folder: migrations, table } = first;
  const database = await createThrowawayDatabase({ migrations, table, more, poolSize: CONNECTIONS });
  await database.pool.query(
    `INSERT INTO client (client_id, name, role, consumer_key, signing_keys, callback_domains, callback_schemes, countries, updated_at, verification)
     VALUES ('bank', 'Bank', 'issuer', 'bank', '{key}', '{}', '{}', '{US}', $1, '{}'), ('shop', 'Shop', 'merchant', 'shop', '{key}', '{}', '{}', '{US}', $1, NULL)`,
    [NOW],
  );
  return database;
}

/** Runs `work` for all, some at a time: as many as the pool has connections. */
export async function forAll<One>(all: readonly One[], work: (one: One) => Promise<void>): Promise<void> {
  const queue = [...all];
  const worker = async () => {
    for (let one = queue.pop(); one !== undefined; one = queue.pop()) await work(one);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
}

export const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The kinds of session that the rules tell apart. */
export const KINDS = {
  ENROLMENT: { reason: 'ACCOUNT_LOGIN', nextStep: null },
  INSTRUMENT: { reason: 'ENROL_FINANCIAL_INSTRUMENT', nextStep: null },
  REGISTER: { reason: 'TRANSACTION_AUTHENTICATION', nextStep: 'REGISTER' },
  AUTHENTICATE: { reason: 'TRANSACTION_AUTHENTICATION', nextStep: 'AUTHENTICATE' },
} as const satisfies Record<string, { readonly reason: AuthenticationReason; readonly nextStep: NextStep | null }>;
export type Kind = keyof typeof KINDS;

export interface SessionRow {
  readonly id: string;
  readonly state: SessionState;
  readonly kind: Kind;
  readonly expiresAt: Date;
  /** Columns that differ from those of {@link insertSessions}; a Buffer is a bytea. */
  readonly columns?: Readonly<Record<string, unknown>>;
}

export const MILLISECOND = 0.001;

/** When the session expires, and when the issuer has verified the cardholder. */
const CLOCKS = {
  'in time': {
    expiresAt: addSeconds(NOW, MILLISECOND),
    verifiedAt: addSeconds(NOW, MILLISECOND - VERIFICATION_SECONDS),
  },
  'at the end of its time': { expiresAt: NOW, verifiedAt: NOW },
  'after its time': { expiresAt: addSeconds(NOW, -MILLISECOND), verifiedAt: NOW },
  'the verification too old': { expiresAt: addSeconds(NOW, 60), verifiedAt: addSeconds(NOW, -VERIFICATION_SECONDS) },
  'never verified': { expiresAt: addSeconds(NOW, 60), verifiedAt: null },
} as const;

/** Every state, kind of session and clock edge, with each of the `variants`. */
export function everySession<Variant, More extends Pick<SessionRow, 'columns'>>(
  variants: Readonly<Record<string, Variant>>,
  build: (id: string, variant: Variant) => More,
): readonly (SessionRow & More)[] {
  return SESSION_STATES.flatMap((state) =>
    (Object.keys(KINDS) as Kind[]).flatMap((kind) =>
      Object.entries(CLOCKS).flatMap(([clock, { expiresAt, verifiedAt }]) =>
        Object.entries(variants).map(([name, variant]) => {
          const id = `${kind}, ${state}, ${clock}, ${name}`;
          const more = build(id, variant);
          return { id, state, kind, expiresAt, ...more, columns: { verified_at: verifiedAt, ...more.columns } };
        }),
      ),
    ),
  );
}

/** The time from the creation of a session to its expiry. */
const CREATED_BEFORE_MILLISECONDS = 15 * 60_000;

/** Inserts sessions. The token, cookie, challenge and proof of each one are named after its id. */
export async function insertSessions(pool: Pool, rows: readonly SessionRow[]): Promise<void> {
  const written = rows.map((row) => encode({ ...columnsOf(row), ...row.columns }));
  const names = [...new Set(written.flatMap((columns) => Object.keys(columns)))].join(', ');
  await pool.query(
    `INSERT INTO session (${names}) SELECT ${names} FROM jsonb_populate_recordset(NULL::session, $1::jsonb)`,
    [JSON.stringify(written)],
  );
}

export const clientOf = ({ kind }: Pick<SessionRow, 'kind'>): string =>
  kind === 'ENROLMENT' ? CLIENTS.issuer : CLIENTS.merchant;

function columnsOf({ id, state, kind, expiresAt }: SessionRow) {
  const { reason, nextStep } = KINDS[kind];
  const ofIssuer = kind === 'ENROLMENT';
  const isOpen = statesBefore('EXPIRE').includes(state);
  const proven = state === 'enrolled' || SUCCESSFUL_ENDS.includes(state);
  const ended = { cancelled: 'USER_CANCELLATION', failed: 'UNKNOWN_ERROR' } as Partial<Record<SessionState, string>>;
  return {
    session_id: id,
    client_id: clientOf({ kind }),
    client_session_id: id,
    src_correlation_id: id,
    reason,
    state,
    next_step: nextStep,
    created_at: new Date(expiresAt.getTime() - CREATED_BEFORE_MILLISECONDS),
    expires_at: expiresAt,
    callback_uri: 'https://bank.example/callback',
    timeline: [],
    token_hash: hashOf(`${id} token`),
    accounts: isOpen ? Buffer.of(1) : null,
    account_indexes: isOpen ? [hashOf('card'), hashOf('email')] : null,
    account_kinds: isOpen ? ['CARD', 'EMAIL'] : null,
    account_key_versions: isOpen ? [1] : null,
    compliance: ofIssuer ? { complianceResources: [] } : null,
    payment: nextStep === null ? null : { merchantName: 'Shop', orderId: id },
    order_key: nextStep === null ? null : id,
    ...(!ofIssuer && { card_index: hashOf('card'), card_last_four: '4444', issuer_id: CLIENTS.issuer }),
    ...(state !== 'created' && {
      ceremony_hash: hashOf(`${id} cookie`),
      return_to: 'https://bank.example/callback',
      challenge: proven ? null : hashOf(`${id} challenge`),
      user_handle: hashOf(`${id} user`),
    }),
    ...(proven && {
      credential_hash: hashOf(`${id} credential`),
      proof_hash: hashOf(`${id} proof`),
      proof_expires_at: new Date(expiresAt.getTime() + CREATED_BEFORE_MILLISECONDS),
    }),
    ...(!isOpen && { ended_at: expiresAt, end_reason: ended[state] ?? null }),
  };
}

/** The columns in the form that jsonb_populate_recordset reads. */
function encode(columns: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const bytes = (value: Buffer) => `\\x${value.toString('hex')}`;
  const one = (value: unknown): unknown => (Buffer.isBuffer(value) ? bytes(value) : value);
  return Object.fromEntries(
    Object.entries(columns).map(([name, value]) => [name, Array.isArray(value) ? value.map(one) : one(value)]),
  );
}

/** The whole row of each session, by id. */
export async function readRows(pool: Pool): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const { rows } = await pool.query<{ session_id: string }>('SELECT * FROM session');
  return new Map(rows.map((row) => [row.session_id, row]));
}
