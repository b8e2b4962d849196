/** Passwords are stored as scrypt hashes (RFC 7914), each with its own salt. */
import { randomBytes, scrypt as scryptCallback, timingSafeEqual } from 'node:crypto';

/** N = 2^15, r = 8, p = 3: 32 MiB, one of the parameter sets that OWASP calls equal (Password Storage Cheat Sheet). */
const COST = { log2N: 15, r: 8, p: 3 } as const;
const KEY_BYTES = 32;

/** `scrypt$log2N$r$p$salt$key`, the last two in base64url. The text contains the cost, so that hashes of another cost stay valid. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, COST);
  return ['scrypt', COST.log2N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/**
 * Takes the same time for every password of one cost. Without a stored hash (no such user) it does the same work and returns false, so
 * that the time does not show whether the username exists.
 */
export async function passwordMatches(password: string, stored: string | undefined): Promise<boolean> {
  const { cost, salt, key } = readHash(stored ?? HASH_OF_NO_USER);
  const derived = await derive(password, salt, cost);
  return timingSafeEqual(derived, key) && stored !== undefined;
}

const HASH_OF_NO_USER = `scrypt$${COST.log2N}$${COST.r}$${COST.p}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

type Cost = { readonly log2N: number; readonly r: number; readonly p: number };

function readHash(text: string): { readonly cost: Cost; readonly salt: Buffer; readonly key: Buffer } {
  const match = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]{22})\$([\w-]{43})$/.exec(text);
  if (match === null) throw new Error('A stored password hash is not in the form that hashPassword writes.');
  const [, log2N, r, p, salt = '', key = ''] = match;
  return {
    cost: { log2N: Number(log2N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
}

function derive(password: string, salt: Buffer, { log2N, r, p }: Cost): Promise<Buffer> {
  const N = 2 ** log2N;
  return new Promise((resolve, reject) => {
    scryptCallback(password.normalize('NFC'), salt, KEY_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
