/** The part of the network double that answers a payment service provider's calls for its merchants. */
import { randomBytes } from 'node:crypto';
import { buildRefusal, type DoubleAnswer } from '@payment-passkeys/kit/testing';
import { MERCHANTS_PATH, merchantPath } from '@payment-passkeys/protocol';
import type { MerchantRegistration, RegisteredMerchant } from '../server/merchants/merchants.ts';

export interface MerchantsDouble {
  readonly registered: readonly RegisteredMerchant[];
  /** The answer; undefined for another path. */
  answer(call: {
    readonly method: string;
    readonly path: string;
    readonly query: URLSearchParams;
    readonly body: Readonly<Record<string, unknown>>;
  }): DoubleAnswer | undefined;
}

const DEFAULT_LIMIT = 100;

export function createMerchantsDouble(): MerchantsDouble {
  const registered: RegisteredMerchant[] = [];
  const put = (merchant: RegisteredMerchant, status: number, at = registered.length): DoubleAnswer => {
    registered[at] = merchant;
    return { status, body: { ...merchant } };
  };

  const register = (given: MerchantRegistration): DoubleAnswer => {
    const holder = registered.find(({ origin }) => origin === given.origin);
    if (holder === undefined) return put(described(newId(), given), 201);
    const isSame = JSON.stringify(holder) === JSON.stringify(described(holder.merchantId, given));
    return isSame ? { status: 201, body: { ...holder } } : buildRefusal('MERCHANT_ORIGIN_USED', '/origin');
  };

  const replace = (at: number, merchantId: string, given: MerchantRegistration): DoubleAnswer => {
    const isUsed = registered.some((each) => each.origin === given.origin && each.merchantId !== merchantId);
    return isUsed ? buildRefusal('MERCHANT_ORIGIN_USED', '/origin') : put(described(merchantId, given), 200, at);
  };

  const list = (query: URLSearchParams): DoubleAnswer => {
    const limit = Number(query.get('limit') ?? DEFAULT_LIMIT);
    const after = query.get('after') ?? '';
    const ids = registered.map(({ merchantId }) => merchantId).toSorted();
    const following = ids.filter((id) => id > after);
    const merchants = following.slice(0, limit).map((id) => registered.find(({ merchantId }) => merchantId === id));
    return { status: 200, body: { merchants, ...(following.length > limit && { next: following[limit - 1] }) } };
  };

  return {
    registered,
    answer({ method, path, query, body }) {
      const given = body as unknown as MerchantRegistration; // the kit under test has checked it
      if (path === MERCHANTS_PATH) return method === 'POST' ? register(given) : list(query);
      if (!path.startsWith(merchantPath(''))) return undefined;
      const merchantId = path.slice(merchantPath('').length);
      const at = registered.findIndex((each) => each.merchantId === merchantId);
      if (at < 0) return buildRefusal('MERCHANT_NOT_FOUND', '/merchantId');
      if (method === 'PUT') return replace(at, merchantId, given);
      return { status: 200, body: { ...registered.splice(at, 1)[0] } };
    },
  };
}

const newId = () => randomBytes(16).toString('base64url');

function described(merchantId: string, given: MerchantRegistration): RegisteredMerchant {
  const { name, origin, country, category, frame = false } = given;
  return { merchantId, name, origin, country, category, frame };
}
