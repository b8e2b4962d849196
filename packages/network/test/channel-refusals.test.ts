/** Refused HTTP requests: each differs from a valid one in one thing, and the refusal says what to fix (contract §6, §7). */
import { sign } from 'node:crypto';
import { connect } from 'node:net';
import { signRequest } from '@payment-passkeys/channel';
import { GATEWAY_ERRORS, type GatewayErrorAnswer, SESSIONS_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo, buildSessionRequest, type TestClient } from '@payment-passkeys/testkit';
import { CompactEncrypt, importX509 } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resumeClient, suspendClient } from '../src/domain/clients/store.ts';
import { bySetUp } from './by-set-up.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
let stranger: TestClient;
beforeAll(async () => {
  network = await startTestNetwork();
  stranger = await network.addClient({ clientId: 'stranger', consumerKey: 'stranger', accountRanges: ['222300'] });
});
afterAll(() => network.stop());

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly authorization: string;
}

type Signing = Partial<Parameters<typeof signRequest>[0]>;

async function validBody(): Promise<string> {
  return JSON.stringify(buildSessionRequest(await network.client.encrypt(buildSessionInfo(network.now))));
}

function descriptionOf({ Errors }: GatewayErrorAnswer): string {
  return Errors.Error[0]?.Description ?? '';
}

/** Builds a call that is signed with the changes of `signing`. */
async function buildCall(signing: Signing = {}): Promise<Call> {
  const body = await validBody();
  const authorization = await signRequest({
    method: 'POST',
    url: network.publicUrl + SESSIONS_PATH,
    body,
    consumerKey: network.client.registration.consumerKey,
    signingKey: network.client.privateKey,
    algorithm: 'RSA-SHA256',
    now: network.now,
    nonce: crypto.randomUUID(),
    ...signing,
  });
  return { method: 'POST', path: SESSIONS_PATH, body, authorization };
}

const without = (name: string) => async () => {
  const call = await buildCall();
  const parameters = call.authorization.slice('OAuth '.length).split(',');
  return { ...call, authorization: `OAuth ${parameters.filter((pair) => !pair.startsWith(`${name}=`)).join(',')}` };
};

const rewritten = (from: RegExp | string, to: string) => async () => {
  const call = await buildCall();
  return { ...call, authorization: call.authorization.replace(from, to) };
};

async function send({ method, path, body, authorization }: Call) {
  const headers = { 'content-type': 'application/json', authorization };
  const response = await fetch(network.address + path, { method, body, headers });
  return { status: response.status, body: (await response.json()) as GatewayErrorAnswer };
}

const minutes = (count: number, seconds = 0) => new Date(network.now.getTime() + (count * 60 + seconds) * 1000);
const MISMATCH = /^The signature is not one of the consumer key's over this request\./;
const REQUIRED = [
  'oauth_consumer_key',
  'oauth_nonce',
  'oauth_signature_method',
  'oauth_timestamp',
  'oauth_body_hash',
  'oauth_signature',
];

test('the call that the others are changes of is taken, by either algorithm', async () => {
  expect((await send(await buildCall())).status).toBe(201);
  expect((await send(await buildCall({ algorithm: 'RSA-PSS' }))).status).toBe(201);
});

describe('refused, and told what to fix', () => {
  test.each<readonly [string, () => Promise<Call>, 400 | 401 | 403, RegExp]>([
    [
      'a changed body',
      async () => ({ ...(await buildCall()), body: await validBody() }),
      400,
      /oauth_body_hash is not/,
    ],
    [
      'a body with a space more',
      async () => appended(await buildCall(), ' '),
      400,
      /oauth_body_hash is not the SHA-256/,
    ],
    ['no body', async () => ({ ...(await buildCall()), body: '' }), 400, /oauth_body_hash is not/],
    ['another method', () => buildCall({ method: 'PUT' }), 403, MISMATCH],
    ['another path', () => buildCall({ url: `${network.publicUrl}/authentication/authenticators` }), 403, MISMATCH],
    [
      'a query that was not signed',
      async () => ({ ...(await buildCall()), path: `${SESSIONS_PATH}?a=1` }),
      403,
      MISMATCH,
    ],
    [
      'a query that was signed and not sent',
      () => buildCall({ url: `${network.publicUrl}${SESSIONS_PATH}?a=1` }),
      403,
      MISMATCH,
    ],
    ['another host', () => buildCall({ url: `http://verify.other.localhost:4000${SESSIONS_PATH}` }), 403, MISMATCH],
    ['the address it listens on', () => buildCall({ url: network.address + SESSIONS_PATH }), 403, MISMATCH],
    ['another scheme', () => buildCall({ url: `https://verify.localhost:4000${SESSIONS_PATH}` }), 403, MISMATCH],
    ["another client's key", () => buildCall({ signingKey: stranger.privateKey }), 403, MISMATCH],
    ["another client's consumer key", () => buildCall({ consumerKey: 'stranger' }), 403, MISMATCH],
    [
      'an unknown consumer key',
      () => buildCall({ consumerKey: 'nobody' }),
      403,
      /^The consumer key is not known here\./,
    ],
    [
      'an old timestamp',
      () => buildCall({ now: minutes(-5, -1) }),
      403,
      /oauth_timestamp has to be within 300 seconds/,
    ],
    [
      'a future timestamp',
      () => buildCall({ now: minutes(5, 1) }),
      403,
      /oauth_timestamp has to be within 300 seconds/,
    ],
    ['a timestamp in milliseconds', rewritten(/(oauth_timestamp="\d+)/, '$1000'), 403, /oauth_timestamp/],
    ['HMAC', rewritten('RSA-SHA256', 'HMAC-SHA256'), 403, /has to be RSA-SHA256 or RSA-PSS/],
    ['SHA-1', rewritten('RSA-SHA256', 'RSA-SHA1'), 403, /has to be RSA-SHA256 or RSA-PSS/],
    ['the other algorithm’s name', rewritten('RSA-SHA256', 'RSA-PSS'), 403, MISMATCH],
    ['OAuth 2.0', rewritten(/oauth_version="1.0"/, 'oauth_version="2.0"'), 403, /oauth_version has to be 1\.0/],
    ['a parameter twice', rewritten('OAuth ', 'OAuth oauth_nonce="a",'), 403, /oauth_nonce is there more than once/],
    [
      'a parameter in the query too',
      async () => ({ ...(await buildCall()), path: `${SESSIONS_PATH}?oauth_nonce=a` }),
      403,
      /more than once/,
    ],
    ['a header that is no list', rewritten(/"/g, "'"), 403, /not a list of name="value" pairs/],
    ['another scheme of authorization', rewritten('OAuth ', 'Bearer '), 401, /no OAuth Authorization header/],
    ...REQUIRED.map((name) => [`no ${name}`, without(name), 403, new RegExp(`${name} is missing`)] as const),
  ])('%s', async (_what, build, status, description) => {
    const answer = await send(await build());
    expect([answer.status, answer.body]).toEqual([status, { Errors: { Error: [expect.anything()] } }]);
    const [error] = answer.body.Errors.Error;
    const code = { 400: 'INVALID_BODY_HASH', 401: 'MISSING_SIGNATURE', 403: 'AUTHENTICATION_FAILED' } as const;
    const { reason } = GATEWAY_ERRORS[code[status]];
    expect(error).toMatchObject({
      Source: 'Gateway',
      ReasonCode: reason,
      Description: expect.stringMatching(description),
    });
    // Only the refusal of a signature that does not match contains a base string.
    expect(/base string/.test(descriptionOf(answer.body))).toBe(description === MISMATCH);
  });

  test('a nonce that was used before, also for another body', async () => {
    const nonce = crypto.randomUUID();
    expect((await send(await buildCall({ nonce }))).status).toBe(201);
    const { status, body } = await send(await buildCall({ nonce }));
    expect([status, descriptionOf(body)]).toEqual([403, 'The nonce was used before; take a new one for each request.']);
    expect((await send(await buildCall({ nonce, now: minutes(0, 1) }))).status).toBe(201); // unique for each timestamp (RFC 5849 §3.3)
  });

  test('a signature that does not hold uses no nonce up: nobody can spend somebody else’s', async () => {
    const nonce = crypto.randomUUID();
    expect((await send(await buildCall({ nonce, signingKey: stranger.privateKey }))).status).toBe(403);
    expect((await send(await buildCall({ nonce }))).status).toBe(201);
  });

  test('the key of a suspended client', async () => {
    const { pool } = network.database;
    await suspendClient(pool, 'test-bank', bySetUp(network.now));
    const refused = await send(await buildCall());
    await resumeClient(pool, 'test-bank', bySetUp(network.now));
    expect([refused.status, descriptionOf(refused.body)]).toEqual([403, 'The client is suspended.']);
    // A caller without the client's key does not learn that the client is suspended.
    await suspendClient(pool, 'test-bank', bySetUp(network.now));
    const forged = await send(await buildCall({ signingKey: stranger.privateKey }));
    await resumeClient(pool, 'test-bank', bySetUp(network.now));
    expect(descriptionOf(forged.body)).toMatch(MISMATCH);
  });

  test.each(['the same twice', 'another one first', 'another one last'])(
    'two Authorization headers: %s',
    async (how) => {
      const { path, body, authorization } = await buildCall();
      const other = how === 'the same twice' ? authorization : 'OAuth oauth_consumer_key="a"';
      const lines = how === 'another one first' ? [other, authorization] : [authorization, other];
      const answer = await sendRaw(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n` +
          lines.map((line, turn) => `${turn === 0 ? 'Authorization' : 'AUTHORIZATION'}: ${line}\r\n`).join('') +
          `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 401 /);
      expect(answer).toContain('more than one Authorization header');
    },
  );

  test('two Authorization headers that a proxy has joined: 401 as well', async () => {
    const call = await buildCall();
    const { status, body } = await send({ ...call, authorization: `${call.authorization}, ${call.authorization}` });
    expect([status, descriptionOf(body)]).toEqual([401, expect.stringContaining('more than one')]);
  });
});

test.each(['http://verify.localhost:4000', 'HTTPS://other.example', 'http://[::1]:1'])(
  'a signed request whose target is a whole address is taken (RFC 9112 §3.2.2): %s',
  async (origin) => {
    const { path, body, authorization } = await buildCall();
    const answer = await sendRaw(
      `POST ${origin}${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Authorization: ${authorization}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
  },
);

function appended(call: Call, text: string): Call {
  return { ...call, body: call.body + text };
}

/** Sends the bytes unchanged, and answers all bytes that come back. */
function sendRaw(text: string): Promise<string> {
  const { hostname, port } = new URL(network.address);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('end', () => resolve(answer)).on('error', reject);
  });
}

describe('a payload that is not what the contract says', () => {
  const sendJwe = async (jwe: string) => {
    const { status, body } = await network.client.send({
      path: SESSIONS_PATH,
      body: JSON.stringify(buildSessionRequest(jwe)),
    });
    return { status, body, reason: body.errordetail[0].reason };
  };
  /** Encrypted by jose, to the key that the network publishes. */
  const encrypt = async (header: Record<string, unknown> & { alg: string; enc: string }, payload: Uint8Array) => {
    const set = (await (await fetch(`${network.address}/keys/encryption`)).json()) as {
      keys: { kid: string; x5c: string[] }[];
    };
    const [
      {
        kid,
        x5c: [der],
      } = { kid: '', x5c: [] },
    ] = set.keys;
    const certificate = `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----`;
    const key = await importX509(certificate, header.alg);
    return new CompactEncrypt(payload).setProtectedHeader({ kid, ...header }).encrypt(key);
  };
  const info = () => Buffer.from(JSON.stringify(buildSessionInfo(network.now)));

  test('jose’s is taken', async () => {
    const jwe = await encrypt({ alg: 'RSA-OAEP-256', enc: 'A256GCM' }, info());
    const body = JSON.stringify(buildSessionRequest(jwe));
    expect((await network.client.send({ path: SESSIONS_PATH, body })).status).toBe(201);
  });

  test('every part tampered with, and every algorithm that is not offered: one and the same answer', async () => {
    const valid = await encrypt({ alg: 'RSA-OAEP-256', enc: 'A256GCM' }, info());
    const segments = valid.split('.');
    const tampered = segments.map((segment, at) => {
      const bytes = Buffer.from(segment, 'base64url');
      const last = bytes.length - 1;
      bytes[last] = (bytes[last] ?? 0) ^ 1;
      return segments.with(at, at === 0 ? reheader(segment, { cty: 'x' }) : bytes.toString('base64url')).join('.');
    });
    const forged = [
      ...tampered,
      await encrypt({ alg: 'RSA-OAEP-256', enc: 'A128CBC-HS256' }, info()),
      await encrypt({ alg: 'RSA-OAEP', enc: 'A256GCM' }, info()),
      ...[{ alg: 'dir' }, { alg: 'none' }, { alg: 'RSA1_5' }, { zip: 'DEF' }, { crit: ['exp'] }].map((changes) =>
        segments.with(0, reheader(segments[0] ?? '', changes)).join('.'),
      ),
      segments.with(4, (segments[4] ?? '').slice(0, 16)).join('.'),
      segments.with(2, Buffer.alloc(8).toString('base64url')).join('.'),
      segments.with(2, Buffer.alloc(32).toString('base64url')).join('.'),
    ];
    const answers = await Promise.all(forged.map(sendJwe));
    expect(new Set(answers.map(({ reason }) => reason))).toEqual(new Set(['DECRYPTION_FAILED']));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  test('an unknown kid: the answer names the keys on offer', async () => {
    const answer = await sendJwe(await encrypt({ kid: 'unknown', alg: 'RSA-OAEP-256', enc: 'A256GCM' }, info()));
    expect([answer.status, answer.reason]).toEqual([400, 'UNKNOWN_KEY_ID']);
    expect(answer.body.errordetail[0].message).toMatch(/On offer: \S+-payload-encryption-0001$/);
  });

  test.each<readonly [string, Uint8Array, string]>([
    ['not JSON', Buffer.from('text'), 'MALFORMED_JSON'],
    ['not UTF-8', Buffer.from('{"a":"\xff"}', 'latin1'), 'MALFORMED_JSON'],
    ['another object', Buffer.from('{}'), 'MISSING_FIELD'],
    ['a list', Buffer.from('[]'), 'INVALID_FIELD'],
    ['nothing', Buffer.alloc(0), 'MALFORMED_JSON'],
    ['compressed', Buffer.from('789cab5603000182008a', 'hex'), 'MALFORMED_JSON'],
  ])('%s: 400 %#', async (_what, payload, reason) => {
    const answer = await sendJwe(await encrypt({ alg: 'RSA-OAEP-256', enc: 'A128GCM' }, payload));
    expect([answer.status, answer.reason]).toEqual([400, reason]);
  });
});

/** The protected header with changed members: it no longer matches the authentication tag. */
function reheader(segment: string, changes: object): string {
  const header = JSON.parse(Buffer.from(segment, 'base64url').toString());
  return Buffer.from(JSON.stringify({ ...header, ...changes })).toString('base64url');
}

test('the base string that is shown in sandbox mode is the one that a client has to sign', async () => {
  const call = await buildCall({ signingKey: stranger.privateKey });
  const shown = descriptionOf((await send(call)).body);
  const baseString = / base string: (\S+) or, /.exec(shown)?.[1] ?? '';
  const signature = sign('sha256', Buffer.from(baseString), network.client.privateKey).toString('base64');
  const repaired = call.authorization.replace(
    /oauth_signature="[^"]*"/,
    `oauth_signature="${encodeURIComponent(signature)}"`,
  );
  expect((await send({ ...call, authorization: repaired })).status).toBe(201);
});
