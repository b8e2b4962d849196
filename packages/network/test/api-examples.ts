/**
 * The examples of the OpenAPI document: what a walk through every operation of the API sends and receives. Random values are replaced by fixed
 * ones of the same form.
 */
import { createHash } from 'node:crypto';
import { confirmPayment } from '@payment-passkeys/authenticator';
import {
  EVENTS_PATH,
  MANAGE_CHALLENGE_PATH,
  MANAGE_LEAVE_PATH,
  MANAGE_REMOVAL_PATH,
  MANAGE_SIGN_IN_PATH,
  MERCHANTS_PATH,
  merchantPath,
  OAUTH_METADATA_PATH,
  RETURN_PATH,
  sessionPath,
} from '@payment-passkeys/protocol';
import {
  ageSessionPath,
  CARDHOLDER_PATH,
  type CardholderRequest,
  EXAMINATIONS_PATH,
  examinationEndPath,
  examinationPath,
  SANDBOX_EVENTS_PATH,
} from '@payment-passkeys/protocol/sandbox';
import {
  buildInstrumentInfo,
  buildPaymentInfo,
  buildTransaction,
  reportAssertion,
  startInstrument,
  startPayment,
  TEST_MERCHANT,
  type TestClient,
} from '@payment-passkeys/testkit';
import { act, ofPan, replaceCard, replacementOf, searchFor } from './lifecycle.ts';
import { createCaller, newP256, registerCaller } from './oauth2-caller.ts';
import { proofOf } from './running-network.ts';
import { cardOf, type TestShop } from './shop.ts';

/** One call. `encrypted` is the object that the request's JWE holds. */
export interface ApiExample {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly request?: unknown;
  readonly encrypted?: unknown;
  readonly response: unknown;
}

const PAN = '5555555555554444';
const NEW_PAN = '5105105105105100';
/** Clients read the encryption keys before each call. */
const KEYS_PATH = '/keys/encryption';

/** Makes every call of the examples. Answers the calls, each with the name of its example. */
export async function walkThrough(at: TestShop): Promise<readonly (ApiExample & { readonly name: string })[]> {
  const made: (ApiExample & { readonly name: string })[] = [];
  const encrypted = new Map<string, unknown>();
  for (const client of [at.network.client, at.shop]) rememberEncrypted(client, encrypted);
  const real = globalThis.fetch;
  let name = '';
  globalThis.fetch = async (input, init) => {
    const response = await real(input, init);
    const url = new URL(String(input));
    const type = response.headers.get('content-type') ?? '';
    if (url.origin !== at.network.address || !/json/.test(type)) return response;
    if (url.pathname === KEYS_PATH && name !== 'published') return response;
    const request = readRequest(init?.body);
    const jwe = request?.encryptedData ?? request?.srcSessionInitiationRequestInfo?.encryptedData;
    made.push({
      name,
      method: init?.method ?? 'GET',
      path: url.pathname,
      status: response.status,
      ...(request !== undefined && { request }),
      ...(jwe !== undefined && { encrypted: encrypted.get(jwe) }),
      response: await response.clone().json(),
    });
    return response;
  };
  try {
    await walk(at, (next) => {
      name = next;
    });
  } finally {
    globalThis.fetch = real;
  }
  return made;
}

/** Reads a body that is a form or JSON. */
function readRequest(body: RequestInit['body']) {
  if (body instanceof URLSearchParams) return Object.fromEntries(body);
  return body === undefined ? undefined : JSON.parse(Buffer.from(body as Uint8Array).toString());
}

function rememberEncrypted(client: TestClient, encrypted: Map<string, unknown>): void {
  const encrypt = client.encrypt.bind(client);
  Object.assign(client, {
    encrypt: async (payload: unknown) => {
      const jwe = await encrypt(payload);
      encrypted.set(jwe, payload);
      return jwe;
    },
  });
}

/** The acquirer data of the payment at the shop. */
const ACQUIRER = {
  acquirerMerchantId: '526567789123456',
  acquirerBIN: '545301',
  merchantCategoryCode: '5942',
  merchantCountryCode: 'US',
};

async function walk(at: TestShop, call: (name: string) => void): Promise<void> {
  const { network, shop, issuer } = at;
  const bank = network.client;
  const browser = network.browser();

  call('enrolment');
  const enrolment = (await bank.startSession({ info: { accountReferences: cardOf(PAN) } })).body;
  const created = await browser.result(browser.answer((await browser.open(enrolment.uri)).body));
  const atBank = { authenticationSessionId: enrolment.authenticationSessionId };
  await bank.bind({ ...atBank, proofOfAuthentication: proofOf(created.body.redirect) });
  await bank.read(sessionPath(enrolment.authenticationSessionId));
  await bank.read(EVENTS_PATH);

  // These calls are made while the account has one binding. Several bindings would be in the order of their random ids.
  call('by account');
  await searchFor(bank, { account: ofPan(PAN) });
  await act(bank, 'SUSPEND', { account: ofPan(PAN) });
  call('resumed');
  await act(bank, 'RESUME', { account: ofPan(PAN) });

  call('card at a shop');
  const card = (await startInstrument(shop, buildInstrumentInfo({ accountReferences: cardOf(PAN) }))).body;
  await browser.open(card.uri);
  const { claims } = await issuer.read((await browser.consent()).body.redirect);
  const { headers } = await browser.visit(await issuer.answer(claims.jti));
  const opened = await browser.open(new URL(headers.get('location') ?? '', network.publicUrl).href);
  const used = await browser.result(browser.answer(opened.body));
  const atShop = { authenticationSessionId: card.authenticationSessionId };
  const { bindingId } = (await shop.bind({ ...atShop, proofOfAuthentication: proofOf(used.body.redirect) })).body;

  call('payment');
  const transaction = buildTransaction();
  const payment = (
    await startPayment(shop, { ...buildPaymentInfo({ transaction }), bindingId, accountReferences: undefined })
  ).body;
  await browser.result(browser.answer((await browser.open(payment.uri)).body));

  call('payment at the shop');
  const accountReferences = cardOf(PAN);
  const info = buildPaymentInfo({ accountReferences, transaction: { ...transaction, orderId: '1002', ...ACQUIRER } });
  const confirmed = (await startPayment(shop, info)).body;
  const { authenticator } = browser;
  const offer = confirmed.securePaymentConfirmation;
  const credential = confirmPayment({ authenticator, offer, origin: transaction.merchantOrigin });
  await reportAssertion(shop, confirmed.authenticationSessionId, { outcome: 'ACCEPTED', credential });

  call('cancelled');
  const cancelled = (await bank.startSession({ info: { accountReferences: cardOf(PAN) } })).body;
  await browser.open(cancelled.uri);
  await browser.end('USER_CANCELLATION');
  const { authenticationSessionId: over } = cancelled;
  await browser.post(RETURN_PATH, { clientId: bank.registration.clientId, authenticationSessionId: over });

  call('without a browser');
  const cardholder = (request: CardholderRequest) =>
    fetch(network.address + CARDHOLDER_PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(request)),
    });
  const { uri, authenticationSessionId } = (await bank.startSession({ info: { accountReferences: cardOf(PAN) } })).body;
  await cardholder({ uri, do: 'CREATE', device: 'phone-1' });
  call('in the shop without a browser');
  await cardholder({
    securePaymentConfirmation: offer,
    origin: transaction.merchantOrigin,
    do: 'CANCEL',
    device: 'phone-1',
  });

  call('by binding');
  await searchFor(shop, { bindingId });
  await act(bank, 'SUSPEND', { bindingId });
  call('replaced card');
  await replaceCard(bank, replacementOf(PAN, NEW_PAN));

  call('own page');
  const { options } = (await browser.post(MANAGE_CHALLENGE_PATH, {})).body;
  const [passkey] = authenticator.credentials;
  const signIn = authenticator.use({
    options: { ...options, allowCredentials: [] },
    origin: network.publicUrl,
    credentialId: passkey?.credentialId,
  });
  await browser.post(MANAGE_SIGN_IN_PATH, { credential: signIn });
  await browser.post(MANAGE_REMOVAL_PATH, { what: 'BINDING', bindingId });
  await browser.post(MANAGE_LEAVE_PATH, {});

  call('later');
  await bank.send({ path: ageSessionPath(authenticationSessionId), body: JSON.stringify({ seconds: 960 }) });
  await bank.send({ path: SANDBOX_EVENTS_PATH, body: JSON.stringify({ type: 'binding.suspended' }) });

  call('examination');
  const rows = ['create-enrolled', 'create-forbidden'];
  const start = { path: EXAMINATIONS_PATH, body: JSON.stringify({ role: 'ISSUER', rows }) };
  const { examinationId } = (await bank.send(start)).body;
  await bank.read(examinationPath(examinationId));
  await bank.send({ path: examinationEndPath(examinationId), body: '{}' });

  call('merchants of a provider');
  const provider = await network.addClient({
    ...{ ...TEST_MERCHANT, clientId: 'provider', name: 'Provider', consumerKey: 'provider', provider: true },
    ...{ merchantOrigins: ['https://pay.provider.example'], merchantNames: [] },
  });
  const books = { name: 'Corner Books', origin: 'https://books.example', country: 'US', category: '5942' };
  const { merchantId } = (await provider.send({ path: MERCHANTS_PATH, body: JSON.stringify(books) })).body;
  const path = merchantPath(merchantId);
  await provider.send({ path, body: JSON.stringify({ ...books, frame: true }), method: 'PUT' });
  await provider.read(MERCHANTS_PATH);
  await provider.send({ path, body: '', method: 'DELETE' });

  call('client credentials');
  const key = newP256();
  await registerCaller(network, [key]);
  await createCaller(network, { clientId: 'newer-bank', key }).takeToken('sessions events');

  call('published');
  for (const path of [
    '/.well-known/jwks.json',
    OAUTH_METADATA_PATH,
    '/.well-known/webhook-keys.json',
    '/.well-known/passkey-endpoints',
    KEYS_PATH,
    '/health/live',
    '/health/ready',
  ])
    await fetch(network.address + path);
}

/** Replaces random values, each by the same one everywhere. A long one becomes a short one of its form. */
export function withFixedValues<Value>(value: Value): Value {
  const replaced = new Map<string, string>();
  const count = new Map<string, number>();
  const fix = (kind: string, random: string, make: (bytes: Buffer) => string) => {
    const known = replaced.get(random);
    if (known !== undefined) return known;
    const at = (count.get(kind) ?? 0) + 1;
    count.set(kind, at);
    const made = make(createHash('sha512').update(`${kind} ${at}`).digest());
    replaced.set(random, made);
    return made;
  };
  const fixText = (text: string) =>
    text
      .replaceAll(/data:image\/png;base64,[\w+/=]+/g, ONE_PIXEL)
      .replaceAll(/eyJ[\w-]*\.[\w-]*\.[\w-]*\.[\w-]*\.[\w-]*/g, JWE)
      .replaceAll(/(eyJ[\w-]*)\.[\w-]*\.[\w-]*(?![\w.-])/g, (_jws, header: string) => exampleJws(header))
      .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b/g, (uuid) =>
        fix('uuid', uuid, (bytes) =>
          bytes.toString('hex').replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-a$4-$5'),
        ),
      )
      .replaceAll(/(evt|exm)_[0-9a-f]{32}/g, (id, kind: string) =>
        fix(kind === 'evt' ? 'event' : kind, id, (bytes) => `${kind}_${bytes.toString('hex', 0, 16)}`),
      )
      .replaceAll(/(?<![\w+/:;,.-])[\w+/-]{20,}={0,2}(?![\w+/=-])/g, (random) => {
        if (/^[A-Z_]+$|^[0-9]+$|^\/|^eyJ|^evt_|^exm_|^[0-9a-f]{8}-/.test(random)) return random;
        const suffix = /[0-9]{12}US$/.exec(random)?.[0] ?? '';
        const length = Math.min(random.replace(/=+$/, '').length, LONGEST_TOKEN) - suffix.length;
        return fix('token', random, (bytes) => bytes.toString('base64url').slice(0, length) + suffix);
      });
  const walk = (part: unknown): unknown => {
    if (typeof part === 'string') return isJson(part) ? encode(fixText(decode(part))) : fixText(part);
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, inside]) => [name, walk(inside)]));
  };
  return walk(value) as Value; // walk() keeps the shape of the value
}

/** Whether the text is a JSON object in base64url, such as a WebAuthn `clientDataJSON`. */
const isJson = (text: string) => /^eyJ[\w-]+$/.test(text);
const decode = (text: string) => Buffer.from(text, 'base64url').toString();
const encode = (text: string) => Buffer.from(text).toString('base64url');

/** In base64url characters: a token of 32 bytes. */
const LONGEST_TOKEN = 43;
const JWE = `${Buffer.from('{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"…"}').toString('base64url')}.a2V5.aXY.Y2lwaGVydGV4dA.dGFn`;
/** A JWS with `alg` and `typ` of the header that was sent. */
const exampleJws = (header: string) => {
  const { alg, typ, kid } = JSON.parse(decode(header)) as Readonly<Record<string, string>>;
  return `${encode(JSON.stringify({ alg, typ, ...(kid !== undefined && { kid: '…' }) }))}.Y2xhaW1z.c2lnbmF0dXJl`;
};
const ONE_PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
