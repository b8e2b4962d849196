/**
 * The same five steps, assembled from libraries that a team would choose: Express, @simplewebauthn/server, Mastercard's official libraries
 * for signature base strings and payloads, jose for proofs and key sets, zod, node-postgres. Written as by an experienced team: keys are
 * parsed once wherever the library allows it, statements are prepared, two rows that change together use a transaction, accounts are
 * encrypted at rest. It does only what an enrolment needs (no payments, rotation, audit, limits, metrics or logs).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import cookieParser from 'cookie-parser';
import express from 'express';
import pg from 'pg';
import type { App } from './app.ts';
import { authenticatorRoutes } from './authenticators.ts';
import { ceremonyRoutes } from './ceremonies.ts';
import { createKeys } from './keys.ts';
import { verifyOAuth } from './oauth.ts';
import { createPayloadReader } from './payload.ts';
import { sessionRoutes } from './sessions.ts';

const { PORT, DATABASE_URL, DATA_DIR = '', PUBLIC_URL = '', CLIENT_FILE = '', DECRYPTION } = process.env;

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 20 });
await pool.query(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'));
const client = JSON.parse(readFileSync(CLIENT_FILE, 'utf8'));
await pool.query('INSERT INTO clients (id, name, consumer_key, signing_key, bin_ranges) VALUES ($1, $2, $3, $4, $5)', [
  client.clientId,
  client.name,
  client.consumerKey,
  client.signingKey,
  client.accountRanges,
]);
const app: App = { pool, publicUrl: PUBLIC_URL, keys: await createKeys(DATA_DIR) };
const page = readFileSync(path.join(import.meta.dirname, '../../../packages/page/dist/index.html'), 'utf8');

const server = express();
server.disable('x-powered-by');
server.disable('etag');
server.get('/health', (_request, response) => void response.json({ status: 'ok' }));
server.get('/keys/encryption', (_request, response) => void response.json(app.keys.encryptionKeySet));
server.get('/auth/passkeys', (_request, response) => {
  response.set({
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'",
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
  response.type('html').send(page);
});
// The signature covers the bytes, so they are kept beside the parsed body.
server.use(
  '/authentication',
  express.json({
    limit: '64kb',
    verify: (request, _response, bytes) => {
      (request as express.Request).rawBody = bytes;
    },
  }),
  verifyOAuth(app),
);
sessionRoutes(server, app, createPayloadReader(app.keys, DECRYPTION === 'jose' ? 'jose' : 'official'));
authenticatorRoutes(server, app);
server.use('/auth/passkeys', express.json({ limit: '64kb' }), cookieParser());
ceremonyRoutes(server, app);
server.use(((error, _request, response, _next) => {
  const status = typeof error.status === 'number' ? error.status : 500;
  response.status(status).json({ error: status < 500 ? error.message : 'internal error' });
  if (status >= 500) console.error(error);
}) satisfies express.ErrorRequestHandler);

const listening = server.listen(Number(PORT), '127.0.0.1');
process.once('SIGTERM', () => listening.close(() => pool.end()));
listening.on('close', () => process.exit());
