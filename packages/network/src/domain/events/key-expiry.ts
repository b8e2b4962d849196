/** `client.key-expiring`: tells a client that the certificate of one of its keys ends, once 30 days before and once 7 days before. */
import { findCertificate, spkiFingerprint } from '@payment-passkeys/channel';
import { addSeconds, KEY_EXPIRY_NOTICE_DAYS } from '@payment-passkeys/protocol';
import { execute, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import type { Client } from '../clients/client.ts';
import { storedEvents } from './outbox.ts';

interface ExpiringKey {
  readonly clientId: string;
  readonly fingerprint: string;
  readonly expiresAt: Date;
  /** The notices that are due, or were. */
  readonly noticeDays: readonly number[];
}

/** The certificates that end within the days of a notice. A key without a certificate never ends. Pure. */
export function findExpiringKeys(
  clients: readonly Pick<Client, 'clientId' | 'signingKeys' | 'oauth2Keys'>[],
  now: Date,
): readonly ExpiringKey[] {
  return clients.flatMap(({ clientId, signingKeys, oauth2Keys }) =>
    [...signingKeys, ...oauth2Keys].flatMap((pem): ExpiringKey[] => {
      const certificate = findCertificate(pem);
      if (certificate === undefined) return [];
      const expiresAt = certificate.validToDate;
      const noticeDays = KEY_EXPIRY_NOTICE_DAYS.filter((days) => expiresAt <= addSeconds(now, days * DAY_SECONDS));
      const fingerprint = spkiFingerprint(certificate.publicKey);
      return expiresAt > now && noticeDays.length > 0 ? [{ clientId, fingerprint, expiresAt, noticeDays }] : [];
    }),
  );
}

const DAY_SECONDS = 24 * 60 * 60;

const ANNOUNCE = statement({
  text: sql`WITH noticed AS (INSERT INTO key_expiry_notice (client_id, fingerprint, notice_days, noticed_at)
                             SELECT ${'clientId'}, ${'fingerprint'}, days, ${'now'} FROM unnest(${'noticeDays'}::integer[]) AS days
                             ON CONFLICT DO NOTHING RETURNING client_id, fingerprint),
                 ${storedEvents({
                   type: 'client.key-expiring',
                   to: sql`client_id`,
                   by: sql`'NETWORK'`,
                   data: sql`jsonb_build_object('fingerprint', fingerprint, 'expiresAt', ${'expiresAt'}::text)`,
                   from: sql`(SELECT DISTINCT client_id, fingerprint FROM noticed) AS once`,
                 })}
            SELECT FROM noticed`,
});

/** Stores the events of the notices that are due and were not given yet. */
export async function announceExpiringKeys(pool: Pool, keys: readonly ExpiringKey[], now: Date): Promise<void> {
  for (const { clientId, fingerprint, expiresAt, noticeDays } of keys) {
    await execute(pool, ANNOUNCE, { clientId, fingerprint, noticeDays, expiresAt: expiresAt.toISOString(), now });
  }
}
