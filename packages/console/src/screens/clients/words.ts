/** What the screens say of a client's keys and webhooks. Pure. */
import type { ClientKey, ClientSummary } from '@payment-passkeys/protocol/console';
import type { MarkKind } from '../../parts/mark.ts';
import { find, say } from './texts.ts';

export const STATE_MARKS: Readonly<Record<ClientSummary['state'], MarkKind>> = { ACTIVE: 'good', SUSPENDED: 'bad' };

export function stateWords(state: ClientSummary['state']): string {
  return find(`state.${state}`) ?? state;
}

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;
/** The network reminds a client 30 and 7 days before its certificate ends. */
const SOON_DAYS = 30;
const URGENT_DAYS = 7;

/** How urgent a certificate's end is: `bad` in the last week and afterwards, `notice` in the last 30 days. */
export function expiryKind(expiresAt: string, now: number): MarkKind {
  const days = (new Date(expiresAt).getTime() - now) / DAY_MILLISECONDS;
  if (days <= URGENT_DAYS) return 'bad';
  return days <= SOON_DAYS ? 'notice' : 'good';
}

/** What a key is for, by its pointer in the registration. */
export function keyUse(pointer: string): string {
  if (pointer === '/verification/signingKey') return say('keyVerificationSigning');
  if (pointer === '/verification/encryptionKey') return say('keyVerificationEncryption');
  if (pointer.startsWith('/oauth2Keys/')) return say(pointer === '/oauth2Keys/1' ? 'keyOAuth2Second' : 'keyOAuth2');
  return say(pointer === '/signingKeys/1' ? 'keySigningSecond' : 'keySigning');
}

/** `RSA 2048`, `EC 256`. */
export function algorithmOf({ algorithm, bits }: Pick<ClientKey, 'algorithm' | 'bits'>): string {
  return bits === undefined ? algorithm : `${algorithm} ${bits}`;
}

/** A fingerprint in groups of four, as people compare it. */
export function groups(fingerprint: string): string {
  return fingerprint.match(/.{1,4}/g)?.join(' ') ?? fingerprint;
}

/** Why a delivery failed, in words. `failure` is the code in the log and on the command line: `HTTP_500`, `TIMEOUT`. */
export function failureWords(failure: string): string {
  const status = /^HTTP_([0-9]{3})$/.exec(failure)?.[1];
  if (status !== undefined) return say('failure.HTTP', { status });
  return find(`failure.${failure}`) ?? say('failure.other');
}
