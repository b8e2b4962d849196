/**
 * The least that a server of this kind can cost in Node: node:http, the five exchanges of an enrolment, one prepared write of node-postgres
 * in each of the four that change something, and the cryptography of an enrolment on the main thread. The cryptography works on data of its
 * own, of the same size. Nothing else is checked, stored, logged or counted, so this is a measure and no service.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { generateEncryptionKey } from '@payment-passkeys/channel';
import { AUTHENTICATORS_PATH, OPEN_PATH, PAGE_PATH, RESULT_PATH, SESSIONS_PATH } from '@payment-passkeys/protocol';
import pg from 'pg';
import { createCryptoSteps } from '../../src/measurements/crypto-floor.ts';

const { PORT, DATABASE_URL, PUBLIC_URL = '' } = process.env;
const RP_ID = new URL(PUBLIC_URL).hostname;
const PROOF_CLAIMS = randomBytes(600).toString('base64url');

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 20 });
await pool.query(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'));
const page = readFileSync(path.join(import.meta.dirname, '../../../packages/page/dist/index.html'));
const cryptography = createCryptoSteps();
const encryptionKeys = JSON.stringify(await makeEncryptionKeys());

async function makeEncryptionKeys() {
  const hour = 3600_000;
  const { kid, publicKey, certificate } = await generateEncryptionKey({
    name: 'encryption-1',
    subject: 'CN=Bare server',
    notBefore: new Date(Date.now() - hour),
    notAfter: new Date(Date.now() + 24 * hour),
  });
  const x5c = [certificate.replaceAll(/-----[^-]+-----|\s/g, '')];
  return { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'enc', alg: 'RSA-OAEP-256', x5c }] };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly cookies?: readonly string[];
}
/** The parts of the requests that are read. Nothing checks them: the load generator sends what the contract says. */
interface Body {
  readonly clientSessionId: string;
  readonly srcSessionInitiationRequestInfo: unknown;
  readonly authenticationSessionId: string;
  readonly credential: { readonly response: object };
}
type Exchange = (body: Body, request: IncomingMessage) => Promise<Answer>;

const startSession: Exchange = async ({ clientSessionId, srcSessionInitiationRequestInfo }) => {
  cryptography.verifyRequest();
  cryptography.decryptPayload();
  const id = randomUUID();
  const token = randomBytes(32).toString('base64url');
  await write('session', 'INSERT INTO sessions (id, client_session_id, token, payload) VALUES ($1, $2, $3, $4)', [
    id,
    clientSessionId,
    token,
    JSON.stringify(srcSessionInitiationRequestInfo),
  ]);
  const query = new URLSearchParams({ clientId: 'bare', authenticationSessionId: id, clientSessionId });
  const uri = `${PUBLIC_URL}${PAGE_PATH}?${query}#${token}`;
  return { status: 201, body: { authenticationSessionId: id, clientSessionId, uri, expiresAt: new Date() } };
};

const open: Exchange = async ({ authenticationSessionId }, { headers }) => {
  const token = headers.authorization?.slice('Bearer '.length);
  const device = /__Host-device=([^;]+)/.exec(headers.cookie ?? '')?.[1];
  const challenge = randomBytes(32).toString('base64url');
  const ceremony = randomBytes(32).toString('base64url');
  await write(
    'open',
    'UPDATE sessions SET challenge = $3, ceremony = $4 WHERE id = $1 AND token = $2 AND challenge IS NULL RETURNING payload',
    [authenticationSessionId, token, challenge, ceremony],
  );
  const secure = 'Path=/; HttpOnly; Secure; SameSite=Lax';
  return {
    status: 200,
    body: device === undefined ? { scenario: 'CREATE', options: offerCreation(challenge) } : offerUse(challenge),
    cookies: [
      `__Host-ceremony=${ceremony}; ${secure}; Max-Age=3600`,
      `__Host-device=${device ?? randomBytes(32).toString('base64url')}; ${secure}; Max-Age=34128000`,
    ],
  };
};

function offerCreation(challenge: string) {
  return {
    challenge,
    rp: { id: RP_ID, name: 'Bare server' },
    user: { id: randomBytes(32).toString('base64url'), name: '•••• 4444', displayName: '•••• 4444' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  };
}

function offerUse(challenge: string) {
  return { scenario: 'USE', options: { challenge, rpId: RP_ID, userVerification: 'required' } };
}

const takeResult: Exchange = async ({ credential }, { headers }) => {
  const ceremony = /__Host-ceremony=([^;]+)/.exec(headers.cookie ?? '')?.[1];
  if ('signature' in credential.response) cryptography.verifyAssertion();
  const proof = `${PROOF_CLAIMS}.${cryptography.signProof().toString('base64url')}`;
  await write(
    'result',
    'UPDATE sessions SET credential = $2 WHERE ceremony = $1 AND credential IS NULL RETURNING id, client_session_id',
    [ceremony, JSON.stringify(credential)],
  );
  return {
    status: 200,
    body: { redirect: `https://www.bank.example/callback?status=ENROLLED&proofOfAuthentication=${proof}` },
  };
};

const bind: Exchange = async ({ authenticationSessionId }) => {
  cryptography.verifyRequest();
  cryptography.verifyProof();
  const bindingId = randomUUID();
  await write('bind', 'INSERT INTO bindings (id, session_id) VALUES ($1, $2)', [bindingId, authenticationSessionId]);
  return { status: 201, body: { credentialId: randomUUID(), bindingId } };
};

/** Throws when it has changed no row: the load generator has to see a refusal. */
async function write(name: string, text: string, values: readonly unknown[]): Promise<void> {
  const { rowCount } = await pool.query({ name, text, values: [...values] });
  if (rowCount !== 1) throw new Error(`${name} has changed ${rowCount} rows.`);
}

const EXCHANGES: Readonly<Record<string, Exchange>> = {
  [SESSIONS_PATH]: startSession,
  [OPEN_PATH]: open,
  [RESULT_PATH]: takeResult,
  [AUTHENTICATORS_PATH]: bind,
};

const server = createServer((request, response) => {
  const { url = '', method } = request;
  const exchange = EXCHANGES[url];
  if (method === 'GET') {
    if (url.startsWith(PAGE_PATH)) response.setHeader('content-type', 'text/html; charset=utf-8').end(page);
    else if (url === '/keys/encryption') response.setHeader('content-type', 'application/json').end(encryptionKeys);
    else response.end('{}');
    return;
  }
  if (exchange === undefined) return void response.writeHead(404).end();
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    exchange(JSON.parse(Buffer.concat(chunks).toString()), request).then(
      ({ status, body, cookies = [] }) =>
        response
          .writeHead(status, { 'content-type': 'application/json', 'set-cookie': [...cookies] })
          .end(JSON.stringify(body)),
      (error: Error) => response.writeHead(500).end(JSON.stringify({ error: error.message })),
    );
  });
});
server.listen(Number(PORT), '127.0.0.1');
process.once('SIGTERM', () => {
  server.close(() => pool.end());
  server.closeAllConnections();
});
