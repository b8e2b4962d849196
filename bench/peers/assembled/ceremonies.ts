/** POST /auth/passkeys/open and /result: creates or uses the passkey, by @simplewebauthn/server. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { CookieOptions, Express, Request } from 'express';
import { SignJWT } from 'jose';
import type { PoolClient } from 'pg';
import { decryptAccounts, hashAccounts } from './accounts.ts';
import type { App } from './app.ts';
import { Refusal } from './refusal.ts';
import { sha256 } from './sessions.ts';

const COOKIE: CookieOptions = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' };
const DEVICE_MS = 395 * 24 * 3600_000;
const PROOF_SECONDS = 900;

interface Session {
  readonly id: string;
  readonly client_session_id: string;
  readonly client_name: string;
  readonly callback_uri: string;
  readonly accounts: Buffer;
  readonly challenge: string;
  readonly user_handle: string;
}

interface Passkey {
  readonly id: string;
  readonly credential_id: string;
  readonly public_key: Buffer;
  readonly counter: string;
  readonly transports: readonly never[];
  readonly on_device: boolean;
}

export function ceremonyRoutes(server: Express, app: App): void {
  const { pool, publicUrl } = app;
  const rpID = new URL(publicUrl).hostname;
  server.use('/auth/passkeys', (request, _response, next) => {
    if (request.headers.origin !== publicUrl) throw new Refusal(403, 'origin');
    next();
  });

  server.post('/auth/passkeys/open', async (request, response) => {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const { authenticationSessionId, clientId, clientSessionId } = request.body;
    const found = await pool.query<Session>({
      name: 'session-created',
      text: `SELECT sessions.*, clients.name AS client_name FROM sessions JOIN clients ON clients.id = client_id
             WHERE sessions.id = $1 AND client_id = $2 AND client_session_id = $3 AND status = 'created' AND token_hash = $4 AND expires_at > now()`,
      values: [authenticationSessionId, clientId, clientSessionId, sha256(token)],
    });
    const [session] = found.rows;
    if (session === undefined) throw new Refusal(401, 'session');
    const deviceSecret = request.cookies['__Host-device'] ?? randomBytes(32).toString('base64url');
    const passkeys = await findPasskeys(app, session, deviceSecret);
    const onDevice = passkeys.filter(({ on_device }) => on_device);
    const userHandle = randomBytes(32);
    const pan = decryptAccounts(session.accounts, app.keys.accountKey).cards[0]?.primaryAccountNumber ?? '';
    const userName = `•••• ${pan.slice(-4)}`;
    const listed = (list: readonly Passkey[]) =>
      list.map(({ credential_id, transports }) => ({ id: credential_id, transports: [...transports] }));
    const options =
      onDevice.length > 0
        ? await generateAuthenticationOptions({
            rpID,
            allowCredentials: listed(onDevice),
            userVerification: 'required',
          })
        : await generateRegistrationOptions({
            rpName: 'Payment passkeys',
            rpID,
            userName,
            userDisplayName: userName,
            userID: userHandle,
            attestationType: 'none',
            excludeCredentials: listed(passkeys),
            authenticatorSelection: {
              authenticatorAttachment: 'platform',
              residentKey: 'required',
              userVerification: 'required',
            },
            supportedAlgorithmIDs: [-7, -8, -257],
          });
    const ceremonySecret = randomBytes(32).toString('base64url');
    const opened = await pool.query({
      name: 'session-open',
      text: `UPDATE sessions SET status = 'opened', challenge = $3, user_handle = $4, ceremony_hash = $5
             WHERE id = $1 AND status = 'created' AND token_hash = $2`,
      values: [session.id, sha256(token), options.challenge, userHandle.toString('base64url'), sha256(ceremonySecret)],
    });
    if (opened.rowCount !== 1) throw new Refusal(401, 'session');
    response.cookie('__Host-ceremony', ceremonySecret, { ...COOKIE, maxAge: 3600_000 });
    response.cookie('__Host-device', deviceSecret, { ...COOKIE, maxAge: DEVICE_MS });
    response.json({
      scenario: onDevice.length > 0 ? 'USE' : 'CREATE',
      options,
      returnTo: session.callback_uri,
      display: { clientName: session.client_name, accounts: [{ kind: 'CARD', masked: userName }], locale: 'en-US' },
    });
  });

  server.post('/auth/passkeys/result', async (request, response) => {
    const session = await findOpened(app, request);
    const { credential } = request.body;
    const deviceSecret: string = request.cookies['__Host-device'] ?? '';
    const expected = {
      expectedChallenge: session.challenge,
      expectedOrigin: publicUrl,
      expectedRPID: rpID,
      requireUserVerification: true,
    };
    const taker = { session, deviceSecret };
    const proof = credential.response.attestationObject
      ? await takeCreated(app, taker, await verifyRegistrationResponse({ ...expected, response: credential }))
      : await takeUsed(app, taker, credential, expected);
    const redirect = new URL(session.callback_uri);
    redirect.searchParams.set('status', 'ENROLLED');
    redirect.searchParams.set('proofOfAuthentication', proof);
    response.json({ redirect: redirect.href });
  });
}

async function findOpened({ pool }: App, { cookies }: Request): Promise<Session> {
  const found = await pool.query<Session>({
    name: 'session-opened',
    text: "SELECT * FROM sessions WHERE ceremony_hash = $1 AND status = 'opened' AND expires_at > now()",
    values: [sha256(cookies['__Host-ceremony'] ?? '')],
  });
  const [session] = found.rows;
  if (session === undefined) throw new Refusal(401, 'session');
  return session;
}

async function findPasskeys({ pool, keys }: App, session: Session, deviceSecret: string): Promise<readonly Passkey[]> {
  const hashes = hashAccounts(decryptAccounts(session.accounts, keys.accountKey), keys.indexKey);
  const found = await pool.query<Passkey>({
    name: 'passkeys',
    text: `SELECT passkeys.*, passkeys.id IN (SELECT passkey_id FROM device_passkeys WHERE device_id = $1) AS on_device FROM passkeys
           WHERE id IN (SELECT passkey_id FROM device_passkeys WHERE device_id = $1
                        UNION SELECT passkey_id FROM binding_accounts JOIN bindings ON bindings.id = binding_id WHERE account_hash = ANY ($2))`,
    values: [deviceId(deviceSecret), hashes],
  });
  return found.rows;
}

interface Taker {
  readonly session: Session;
  readonly deviceSecret: string;
}

type Verified = Awaited<ReturnType<typeof verifyRegistrationResponse>>;

/** Answers the proof. */
async function takeCreated(app: App, taker: Taker, verified: Verified): Promise<string> {
  if (!verified.verified) throw new Refusal(400, 'credential');
  const { credential, credentialBackedUp } = verified.registrationInfo;
  const passkeyId = randomUUID();
  const proof = await prove(app, taker, passkeyId);
  await transact(app, async (connection) => {
    await connection.query({
      name: 'passkey-insert',
      text: 'INSERT INTO passkeys (id, credential_id, user_handle, public_key, counter, transports, backed_up) VALUES ($1, $2, $3, $4, $5, $6, $7)',
      values: [
        passkeyId,
        credential.id,
        taker.session.user_handle,
        Buffer.from(credential.publicKey),
        credential.counter,
        credential.transports ?? [],
        credentialBackedUp,
      ],
    });
    await attachDevice(connection, taker.deviceSecret, passkeyId);
    await completeSession(connection, taker.session, { passkeyId, proof });
  });
  return proof;
}

/** Answers the proof. */
async function takeUsed(
  app: App,
  taker: Taker,
  response: Parameters<typeof verifyAuthenticationResponse>[0]['response'],
  expected: Omit<Parameters<typeof verifyAuthenticationResponse>[0], 'response' | 'credential'>,
): Promise<string> {
  const passkeys = await findPasskeys(app, taker.session, taker.deviceSecret);
  const passkey = passkeys.find(({ credential_id }) => credential_id === response.id);
  if (passkey === undefined) throw new Refusal(400, 'credential');
  const credential = {
    id: passkey.credential_id,
    publicKey: Uint8Array.from(passkey.public_key),
    counter: 0, // the counter of synced passkeys may decrease
  };
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({ ...expected, response, credential });
  if (!verified) throw new Refusal(400, 'credential');
  const proof = await prove(app, taker, passkey.id);
  await transact(app, async (connection) => {
    await connection.query({
      name: 'passkey-used',
      text: 'UPDATE passkeys SET counter = $2, backed_up = $3, last_used_at = now() WHERE id = $1',
      values: [passkey.id, authenticationInfo.newCounter, authenticationInfo.credentialBackedUp],
    });
    await attachDevice(connection, taker.deviceSecret, passkey.id);
    await completeSession(connection, taker.session, { passkeyId: passkey.id, proof });
  });
  return proof;
}

/** Consumes the challenge; a second request is rolled back. */
async function completeSession(
  connection: PoolClient,
  { id, challenge }: Session,
  { passkeyId, proof }: { readonly passkeyId: string; readonly proof: string },
): Promise<void> {
  const completed = await connection.query({
    name: 'session-complete',
    text: `UPDATE sessions SET challenge = NULL, status = 'enrolled', passkey_id = $3, proof_hash = $4
           WHERE id = $1 AND challenge = $2 AND status = 'opened'`,
    values: [id, challenge, passkeyId, sha256(proof)],
  });
  if (completed.rowCount !== 1) throw new Refusal(409, 'challenge');
}

async function attachDevice(connection: PoolClient, deviceSecret: string, passkeyId: string): Promise<void> {
  await connection.query({
    name: 'device-insert',
    text: 'INSERT INTO devices (id, cookie_hash) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    values: [deviceId(deviceSecret), sha256(deviceSecret)],
  });
  await connection.query({
    name: 'device-attach',
    text: 'INSERT INTO device_passkeys (device_id, passkey_id) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    values: [deviceId(deviceSecret), passkeyId],
  });
}

/** A UUID that is computed from the cookie. */
function deviceId(secret: string): string {
  const hex = createHash('sha256').update(`device ${secret}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

async function prove({ keys, publicUrl }: App, { session, deviceSecret }: Taker, passkeyId: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    clientSessionId: session.client_session_id,
    completedAt: now,
    isChallengePerformed: true,
    authenticationMethod: 'FIDO2',
    authenticationReasons: ['ACCOUNT_LOGIN'],
    assertionType: 'ownership',
    appInstanceId: deviceId(deviceSecret),
    dasAuthenticatorInstanceId: passkeyId,
  })
    .setProtectedHeader({ alg: 'RS256', kid: keys.proof.kid, typ: 'JWT' })
    .setIssuer(publicUrl)
    .setAudience(publicUrl)
    .setIssuedAt(now)
    .setExpirationTime(now + PROOF_SECONDS)
    .sign(keys.proof.privateKey);
}

export async function transact<Result>(
  { pool }: App,
  work: (connection: PoolClient) => Promise<Result>,
): Promise<Result> {
  const connection = await pool.connect();
  try {
    await connection.query('BEGIN');
    const result = await work(connection);
    await connection.query('COMMIT');
    return result;
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  } finally {
    connection.release();
  }
}
