/**
 * The merchants of payment service providers. A change locks the provider's row first, so the changes of one provider are made one after the
 * other. Each change has its entry of the audit trail.
 */
import { randomBytes } from 'node:crypto';
import { type Merchant, type MerchantRegistration, normalName } from '@payment-passkeys/protocol';
import {
  column,
  columnNames,
  inTransaction,
  newValues,
  outer,
  query,
  type RowOf,
  rowValues,
  type Sql,
  selectList,
  sql,
  statement,
  type Values,
} from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { type AuditAction, type AuditedChange, auditEntry, authorValues } from '../audit/entry.ts';
import {
  byAdmission,
  chooseByAdmission,
  type NonceClaim,
  type NonceVerdict,
  nonceValues,
  readVerdict,
  VERDICT,
} from '../clients/nonce-store.ts';
import { lockVersion } from '../clients/store.ts';

const REGISTERED = {
  name: column.text('name'),
  origin: column.text('origin'),
  country: column.text('country'),
  category: column.text('category'),
  frame: column.boolean('frame'),
};
const MERCHANT = { merchantId: column.text('merchant_id'), ...REGISTERED };
const ROW = { clientId: column.text('client_id'), ...MERCHANT };

const RETURNED = {
  ...VERDICT,
  originUsed: column.boolean(sql`EXISTS (SELECT 1 FROM taken)`),
  ...outer(MERCHANT),
};

type OuterMerchant = Pick<RowOf<typeof RETURNED>, keyof typeof MERCHANT>;

const registration = (row: Sql<never>) => sql`to_jsonb(${row}) - 'client_id' - 'merchant_id'`;

/** `parts` end in `changed`, the merchant that was changed. */
const change = <Name extends string>(
  action: AuditAction,
  { parts, ...audited }: { readonly parts: Sql<Name> } & Pick<AuditedChange<never>, 'before' | 'after' | 'from'>,
) => {
  const subject = { kind: 'merchant', id: sql`changed.merchant_id` } as const;
  return byAdmission((admission) =>
    statement({
      name: `${action.replace('.', '-')}-${admission.name}`,
      text: sql`WITH ${admission.parts}, ${parts}, ${auditEntry({ action, subject, ...audited })}
                SELECT ${selectList(RETURNED)} FROM (SELECT) AS answer LEFT JOIN changed ON true`,
      returns: RETURNED,
    }),
  );
};

/** If the provider already has exactly this registration, the answer is the same as the first time, because that answer may have been lost. */
const REGISTER = change('merchant.registered', {
  parts: sql`
    holder AS (SELECT * FROM merchant WHERE client_id = ${'clientId'} AND origin = ${'origin'}),
    same AS (SELECT * FROM holder
             WHERE (name, country, category, frame) = (${'name'}, ${'country'}, ${'category'}, ${'frame'}::boolean)),
    taken AS (SELECT 1 FROM holder WHERE NOT EXISTS (SELECT 1 FROM same)),
    added AS (INSERT INTO merchant (${columnNames(ROW)}) SELECT ${newValues(ROW)} FROM admitted
              WHERE NOT EXISTS (SELECT 1 FROM holder)
                AND (SELECT count(*) FROM merchant WHERE client_id = ${'clientId'}) < ${'limit'}::integer
              ON CONFLICT DO NOTHING RETURNING merchant.*),
    changed AS (SELECT * FROM added UNION ALL SELECT * FROM same)`,
  after: registration(sql`changed`),
  from: sql`changed WHERE NOT EXISTS (SELECT 1 FROM same)`,
});

const TAKEN = sql`
  taken AS (SELECT 1 FROM merchant WHERE client_id = ${'clientId'} AND origin = ${'origin'} AND merchant_id <> ${'merchantId'})`;

const FOUND = sql`found AS MATERIALIZED (SELECT * FROM merchant WHERE client_id = ${'clientId'} AND merchant_id = ${'merchantId'})`;

const REPLACE = change('merchant.changed', {
  parts: sql`
    ${TAKEN}, ${FOUND},
    changed AS (UPDATE merchant SET (${columnNames(REGISTERED)}) = ROW (${newValues(REGISTERED)}) FROM admitted
                WHERE client_id = ${'clientId'} AND merchant_id = ${'merchantId'} AND NOT EXISTS (SELECT 1 FROM taken)
                RETURNING merchant.*)`,
  before: registration(sql`found`),
  after: registration(sql`changed`),
  from: sql`changed JOIN found USING (merchant_id) WHERE to_jsonb(found) <> to_jsonb(changed)`,
});

const DELETE = change('merchant.deleted', {
  parts: sql`
    taken AS (SELECT 1 WHERE false),
    changed AS (DELETE FROM merchant USING admitted
                WHERE client_id = ${'clientId'} AND merchant_id = ${'merchantId'} RETURNING merchant.*)`,
  before: registration(sql`changed`),
  from: sql`changed`,
});

/** Unless the verdict is CONSUMED, nothing was changed. */
export interface MerchantChange {
  readonly verdict: NonceVerdict;
  /** The merchant as it is now, or as it was if it was deleted. Undefined if nothing was changed. */
  readonly merchant: Merchant | undefined;
  /** Nothing was changed, because another merchant of the provider has the origin. */
  readonly originUsed: boolean;
}

/** The request of a provider. */
export interface ProviderCall {
  readonly clientId: string;
  readonly nonceClaim: NonceClaim | undefined;
  readonly now: Date;
}

/**
 * If neither `merchant` nor `originUsed` is set, the provider already has `limit` merchants. The same registration again answers the same
 * merchant.
 */
export function registerMerchant(
  pool: Pool,
  given: MerchantRegistration,
  { limit, ...call }: ProviderCall & { readonly limit: number },
): Promise<MerchantChange> {
  const merchantId = randomBytes(16).toString('base64url');
  const { clientId } = call;
  return changeMerchant(
    pool,
    REGISTER,
    { ...rowValues(ROW, { clientId, merchantId, ...readRegistration(given) }), limit },
    call,
  );
}

/** If neither `merchant` nor `originUsed` is set, the provider has no such merchant. */
export function replaceMerchant(
  pool: Pool,
  { merchantId, ...given }: MerchantRegistration & { readonly merchantId: string },
  call: ProviderCall,
): Promise<MerchantChange> {
  const values = rowValues(REGISTERED, readRegistration(given));
  return changeMerchant(pool, REPLACE, { ...values, clientId: call.clientId, merchantId }, call);
}

/** Sessions that named the merchant are refused from now on. Without `merchant`, the provider has no such merchant. */
export function deleteMerchant(pool: Pool, merchantId: string, call: ProviderCall): Promise<MerchantChange> {
  return changeMerchant(pool, DELETE, { clientId: call.clientId, merchantId }, call);
}

function readRegistration({ name, origin, country, category, frame = false }: MerchantRegistration) {
  return { name: normalName(name), origin, country, category, frame };
}

async function changeMerchant<Name extends string>(
  pool: Pool,
  statements: ReturnType<typeof change<Name>>,
  values: Values<Name>,
  { clientId, nonceClaim, now }: ProviderCall,
): Promise<MerchantChange> {
  const author = authorValues({ actor: { kind: 'CLIENT', id: clientId } });
  const all = { ...values, ...nonceValues(nonceClaim), ...author, now };
  return inTransaction(pool, async (connection) => {
    await lockVersion(connection, clientId);
    const [row] = await query(connection, chooseByAdmission(statements, nonceClaim), all);
    return { verdict: readVerdict(row), merchant: row && readMerchant(row), originUsed: row?.originUsed ?? false };
  });
}

function readMerchant(row: OuterMerchant): Merchant | undefined {
  const { merchantId, name, origin, country, category, frame } = row;
  // Either all of them are null, or none is.
  if (merchantId === null || name === null || origin === null || country === null || category === null)
    return undefined;
  return { merchantId, name, origin, country, category, frame: frame === true };
}

const LIST = statement({
  name: 'merchants-list',
  text: sql`SELECT ${selectList(MERCHANT)} FROM merchant
            WHERE client_id = ${'clientId'} AND merchant_id > ${'after'} ORDER BY merchant_id LIMIT ${'limit'}::integer`,
  returns: MERCHANT,
});

/** The provider's merchants in the order of their ids, beginning after the id `after`. The empty text comes before every id. */
export async function listMerchants(
  pool: Pool,
  search: { readonly clientId: string; readonly after: string; readonly limit: number },
): Promise<readonly Merchant[]> {
  return query(pool, LIST, search);
}
