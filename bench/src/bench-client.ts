/** The calling issuer: its key, its registration, and what it needs to know about a server first. */
import type { KeyObject } from 'node:crypto';
import { findEncryptionKey, generateSigningKey, readKeySet } from '@payment-passkeys/channel';
import type { ClientRegistration } from '@payment-passkeys/protocol';
import { buildClientRegistration } from '@payment-passkeys/testkit';
import { fetchByHttps } from './production.ts';

export interface BenchClient {
  readonly registration: ClientRegistration & { readonly consumerKey: string };
  readonly privateKey: KeyObject;
  /** PKCS #8, PEM. */
  readonly privateKeyPem: string;
}

export async function createBenchClient(): Promise<BenchClient> {
  const { privateKey, publicKey } = await generateSigningKey();
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return {
    registration: { ...buildClientRegistration(pem), consumerKey: 'test-bank-client!signing-key-1' },
    privateKey,
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

export interface OfferedKey {
  readonly kid: string;
  readonly publicKey: KeyObject;
  /** PEM. */
  readonly certificate: string;
}

/** The encryption key that a server offers at `/keys/encryption`. */
export async function fetchEncryptionKey(address: string): Promise<OfferedKey> {
  const reading = readKeySet(await (await fetchByHttps(`${address}/keys/encryption`)).json());
  const key = reading.ok ? findEncryptionKey({ keys: reading.keys, now: new Date() }) : undefined;
  if (key?.certificate === undefined) throw new Error(`${address} offers no encryption key with a certificate.`);
  return { kid: key.kid, publicKey: key.publicKey, certificate: key.certificate.toString() };
}
