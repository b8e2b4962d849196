/** POST /authentication/sessions */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Express } from 'express';
import { encryptAccounts } from './accounts.ts';
import type { App } from './app.ts';
import type { SessionsCall } from './payload.ts';
import { Refusal } from './refusal.ts';

const LIFETIME_MS = 15 * 60_000;
const MAX_AGE_MS = 15 * 60_000;

export function sessionRoutes(
  server: Express,
  { pool, publicUrl, keys }: App,
  readCall: (json: unknown) => Promise<SessionsCall>,
): void {
  server.post('/authentication/sessions', async (request, response) => {
    const { client } = request;
    if (client === undefined) throw new Refusal(401, 'not signed');
    const { clientSessionId, payload } = await readCall(request.body);
    const { accountReferences, consent, complianceSettings, callbackUri, cardholderVerification } = payload;
    for (const { primaryAccountNumber: pan } of accountReferences.cards) {
      if (!passesLuhn(pan)) throw new Refusal(400, 'card number');
      if (!client.bin_ranges.some((range) => pan.startsWith(range))) throw new Refusal(403, 'card range');
    }
    for (const time of [consent.acceptedAt, cardholderVerification.verifiedAt]) {
      if (Math.abs(Date.now() - Date.parse(time)) > MAX_AGE_MS) throw new Refusal(400, 'stale');
    }
    const id = randomUUID();
    const token = randomBytes(32).toString('base64url');
    const correlationId = randomUUID();
    const expiresAt = new Date(Date.now() + LIFETIME_MS);
    const inserted = await pool.query({
      name: 'session-insert',
      text: `INSERT INTO sessions (id, client_id, client_session_id, correlation_id, expires_at, callback_uri, accounts, consent, compliance, token_hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
      values: [
        id,
        client.id,
        clientSessionId,
        correlationId,
        expiresAt,
        callbackUri,
        encryptAccounts(accountReferences, keys.accountKey),
        consent,
        complianceSettings,
        sha256(token),
      ],
    });
    if (inserted.rowCount !== 1) throw new Refusal(409, 'clientSessionId used before');
    const query = new URLSearchParams({ clientId: client.id, authenticationSessionId: id, clientSessionId });
    response.status(201).json({
      authenticationSessionId: id,
      clientSessionId,
      uri: `${publicUrl}/auth/passkeys?${query}#${token}`,
      expiresAt: expiresAt.toISOString(),
      srcCorrelationId: correlationId,
    });
  });
}

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function passesLuhn(pan: string): boolean {
  let sum = 0;
  for (let position = 0; position < pan.length; position++) {
    const digit = Number(pan[pan.length - 1 - position]) * (position % 2 === 0 ? 1 : 2);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}
