/** POST /authentication/authenticators: consumes the proof and binds the passkey to the session's accounts. */
import { randomUUID } from 'node:crypto';
import type { Express } from 'express';
import { jwtVerify } from 'jose';
import { z } from 'zod';
import { decryptAccounts, hashAccounts } from './accounts.ts';
import type { App } from './app.ts';
import { transact } from './ceremonies.ts';
import { Refusal } from './refusal.ts';
import { sha256 } from './sessions.ts';

const Body = z.object({ authenticationSessionId: z.uuid(), proofOfAuthentication: z.string().max(4096) });

interface EnrolledSession {
  readonly id: string;
  readonly client_session_id: string;
  readonly correlation_id: string;
  readonly passkey_id: string;
  readonly proof_hash: Buffer;
  readonly accounts: Buffer;
}

export function authenticatorRoutes(server: Express, app: App): void {
  const { pool, publicUrl, keys } = app;
  server.post('/authentication/authenticators', async (request, response) => {
    const { client } = request;
    if (client === undefined) throw new Refusal(401, 'not signed');
    const body = Body.safeParse(request.body);
    if (!body.success) throw new Refusal(400, z.prettifyError(body.error));
    const { authenticationSessionId, proofOfAuthentication } = body.data;
    const found = await pool.query<EnrolledSession>({
      name: 'session-enrolled',
      text: "SELECT * FROM sessions WHERE id = $1 AND client_id = $2 AND status = 'enrolled'",
      values: [authenticationSessionId, client.id],
    });
    const [session] = found.rows;
    if (session === undefined) throw new Refusal(404, 'session');
    const { payload } = await jwtVerify(proofOfAuthentication, keys.proof.publicKey, {
      issuer: publicUrl,
      audience: publicUrl,
      algorithms: ['RS256'],
    }).catch(() => {
      throw new Refusal(400, 'proof');
    });
    if (payload.clientSessionId !== session.client_session_id) throw new Refusal(400, 'proof of another session');
    const hashes = hashAccounts(decryptAccounts(session.accounts, keys.accountKey), keys.indexKey);
    const bindingId = await transact(app, async (connection) => {
      const bound = await connection.query({
        name: 'session-bind',
        text: "UPDATE sessions SET status = 'bound', accounts = NULL WHERE id = $1 AND status = 'enrolled' AND proof_hash = $2",
        values: [session.id, sha256(proofOfAuthentication)],
      });
      if (bound.rowCount !== 1) throw new Refusal(409, 'proof used before');
      const binding = await connection.query<{ id: string }>({
        name: 'binding-upsert',
        text: `INSERT INTO bindings (id, passkey_id, client_id) VALUES ($1, $2, $3)
               ON CONFLICT (passkey_id, client_id) DO UPDATE SET client_id = excluded.client_id RETURNING id`,
        values: [randomUUID(), session.passkey_id, client.id],
      });
      await connection.query({
        name: 'accounts-insert',
        text: 'INSERT INTO binding_accounts (binding_id, account_hash) SELECT $1, unnest($2::bytea[]) ON CONFLICT DO NOTHING',
        values: [binding.rows[0]?.id, hashes],
      });
      return binding.rows[0]?.id;
    });
    response.status(201).json({
      credentialId: session.passkey_id,
      bindingId,
      srcCorrelationId: session.correlation_id,
    });
  });
}
