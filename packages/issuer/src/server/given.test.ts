/** Callers without types: every option of every public function is left out, of another type, or null. */
import { generateKeyPairSync } from 'node:crypto';
import { buildGivenCases, catchError, changeField, type GivenRow } from '@payment-passkeys/testkit';
import Fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import { buildStart } from '../../test/start.fixture.ts';
import {
  createConsents,
  createPostgresConsentStore,
  mergeCatalogue,
  REFERENCE_CATALOGUE,
  readCatalogue,
} from '../consent/index.ts';
import { startNetworkDouble } from '../testing/index.ts';
import { createVerification } from '../verification/index.ts';
import { enrolmentRoutes, eventRoute } from './fastify.ts';
import {
  adviceFor,
  createAppHandlers,
  createEnrolmentHandlers,
  createIssuer,
  createPostgresEnrolmentStore,
  createPostgresEventStore,
  IssuerError,
  mastercard,
  ourNetwork,
} from './index.ts';
import { readPkcs12 } from './pkcs12.ts';

const NOW = new Date('2026-11-24T10:00:00.000Z');
const unused = () => Promise.reject(new Error('not called'));
const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

const VALID_ISSUER = {
  network: ourNetwork({ url: 'https://verify.network.example', proof: { verify: 'ISSUER', audience: 'a' } }),
  clientId: 'bank',
  consumerKey: 'key!1',
  signingKey: key,
  callbackOrigins: ['http://bank.localhost:4001'],
  store: { addEnrolment: unused, findEnrolment: unused, noteProof: unused, completeEnrolment: unused },
};
const issuer = createIssuer(VALID_ISSUER);
const VALID_CONSENTS = {
  catalogue: REFERENCE_CATALOGUE,
  bank: 'Example Bank',
  store: { addReceipt: unused, findReceipt: unused, findReceiptsOf: unused, findReceipts: unused },
};
const consents = createConsents(VALID_CONSENTS);
const VALID_VERIFICATION = {
  networkUrl: 'https://verify.network.example',
  clientId: 'bank',
  signingKey: key,
  decryptionKeys: [key],
};
const verification = createVerification(VALID_VERIFICATION);
const VALID_FLOW = {
  issuer,
  callbackUri: 'http://bank.localhost:4001/passkeys/callback',
  cardholder: unused,
  enrolment: unused,
};
const VALID_EVENTS = {
  store: { findHandled: unused, noteHandled: unused, findCursor: unused, noteCursor: unused },
  on: {},
};
const VALID_PROFILE = VALID_ISSUER.network;

const ROWS: Readonly<Record<string, GivenRow>> = {
  createIssuer: {
    call: createIssuer,
    valid: VALID_ISSUER,
    required: ['network', 'clientId', 'consumerKey', 'signingKey', 'callbackOrigins', 'store'],
    optional: ['clock', 'onEvent', 'fetch', 'timers', 'random', 'tracerProvider', 'consents'],
  },
  'createIssuer, a profile of its own': {
    call: (network) => createIssuer({ ...VALID_ISSUER, network }),
    valid: VALID_PROFILE,
    required: [
      ...['apiUrl', 'paths', 'pageOrigin', 'signature', 'encryption', 'fields', 'shapeSessionInfo', 'sessionConstants'],
      ...['proofRefusals', 'proof', 'proof.verify', 'proof.audience', 'proof.issuer', 'proof.keySetUrl'],
      ...[
        'signature.dialect',
        'signature.method',
        'encryption.content',
        'encryption.key',
        'fields.uri',
        'paths.sessions',
      ],
    ],
  },
  startEnrolment: {
    call: (start) => issuer.startEnrolment(start),
    valid: buildStart(NOW),
    required: ['cardholderId', 'accounts', 'accounts.cards', 'verification', 'consent', 'complianceResources'],
    optional: ['locale', 'browser', 'trace'],
    code: 'INVALID_ENROLMENT',
  },
  'startEnrolment, its callback': {
    call: (start) => issuer.startEnrolment(start),
    valid: buildStart(NOW),
    required: ['callbackUri'],
    code: 'CALLBACK_NOT_ALLOWED',
  },
  completeEnrolment: {
    call: (arrived) => issuer.completeEnrolment(arrived),
    valid: { url: '/callback', browser: undefined },
    required: ['url'],
    optional: ['browser', 'cardholderId', 'trace'],
  },
  ourNetwork: {
    call: ourNetwork,
    valid: { url: 'https://verify.network.example', proof: { verify: 'ISSUER', audience: 'a' } },
    required: ['url', 'proof', 'proof.verify', 'proof.audience'],
  },
  mastercard: {
    call: mastercard,
    valid: {
      environment: 'sandbox',
      encryptionKey: { jwk: { ...key.export({ format: 'jwk' }), d: undefined, kid: 'k' } },
      proof: { verify: 'NETWORK', audience: 'a' },
    },
    required: ['environment', 'encryptionKey', 'encryptionKey.jwk', 'proof', 'proof.verify', 'proof.audience'],
    optional: [
      ...['apiUrl', 'paths', 'pageOrigin', 'fields', 'sessionConstants', 'shapeSessionInfo', 'contentEncryption'],
      'proofRefusals',
    ],
  },
  createEnrolmentHandlers: {
    call: createEnrolmentHandlers,
    valid: { ...VALID_FLOW, render: unused },
    required: ['issuer', 'callbackUri', 'cardholder', 'enrolment', 'render'],
    optional: ['started', 'trace'],
  },
  createAppHandlers: {
    call: createAppHandlers,
    valid: VALID_FLOW,
    required: ['issuer', 'callbackUri', 'cardholder', 'enrolment'],
    optional: ['started', 'trace', 'concluded'],
  },
  enrolmentRoutes: {
    call: (options) => Fastify().register(enrolmentRoutes(options)),
    valid: { ...VALID_FLOW, render: unused, startPath: '/passkeys', guardStart: unused },
    required: ['issuer', 'callbackUri', 'cardholder', 'enrolment', 'render', 'startPath', 'guardStart'],
    optional: ['started', 'trace'],
  },
  adviceFor: {
    call: ({ error, stage }: { error: never; stage: never }) => adviceFor(error, stage),
    valid: { error: new IssuerError('NETWORK_UNREACHABLE', 'x'), stage: 'START' },
    required: ['error', 'stage'],
    takenApart: true,
  },
  createPostgresEnrolmentStore: {
    call: ({ pool }) => createPostgresEnrolmentStore(pool),
    valid: { pool: { query: unused } },
    required: ['pool'],
    takenApart: true,
  },
  readPkcs12: {
    call: readPkcs12,
    valid: { file: new Uint8Array(), password: '' },
    required: ['file', 'password'],
    optional: ['alias'],
  },
  createVerification: {
    call: createVerification,
    valid: VALID_VERIFICATION,
    required: ['networkUrl', 'clientId', 'signingKey', 'decryptionKeys', 'decryptionKeys.0'],
    optional: ['clock', 'fetch', 'timers'],
  },
  'answer, the question': {
    call: (question) => verification.answer(question, { result: 'REFUSED' }),
    valid: { requestId: 'R'.repeat(43), returnUri: 'https://verify.network.example/auth/verification' },
    required: ['requestId', 'returnUri'],
  },
  'answer, the answer': {
    call: (answer) =>
      verification.answer({ requestId: 'R', returnUri: 'https://verify.network.example/' } as never, answer),
    valid: { result: 'VERIFIED', method: 'OTP', verifiedAt: NOW },
    required: ['result', 'method', 'verifiedAt'],
  },
  createConsents: {
    call: createConsents,
    valid: VALID_CONSENTS,
    required: ['catalogue', 'catalogue.index', 'catalogue.languages', 'store', 'bank'],
    optional: ['clock'],
  },
  createPostgresConsentStore: {
    call: ({ pool }) => createPostgresConsentStore(pool),
    valid: { pool: { query: unused } },
    required: ['pool'],
    takenApart: true,
  },
  readCatalogue: {
    call: (options) => readCatalogue(REFERENCE_CATALOGUE, options),
    valid: { origin: 'https://bank.example', countries: ['US'] },
    required: ['origin', 'countries', 'countries.0'],
  },
  mergeCatalogue: {
    call: (catalogue) => mergeCatalogue(catalogue, { version: '1' }),
    valid: REFERENCE_CATALOGUE,
    required: ['index', 'languages'],
  },
  'consents.show': {
    call: (place) => consents.show(place),
    valid: { country: 'US', language: 'en' },
    required: ['country', 'language'],
  },
  'consents.record': {
    call: (arrival) => consents.record(arrival),
    valid: { cardholderId: 'customer-1', channel: 'WEB', accounts: ['•••• 4444'], accepted: {} },
    required: ['cardholderId', 'channel', 'accounts', 'accounts.0'],
  },
  'consents.find': { call: (given) => consents.find(given), valid: { receiptId: 'r' }, required: ['receiptId'] },
  'consents.findByCardholder': {
    call: (given) => consents.findByCardholder(given),
    valid: { cardholderId: 'customer-1' },
    required: ['cardholderId'],
  },
  'consents.findAll': {
    call: (given) => consents.findAll(given),
    valid: {},
    required: [],
    optional: ['from', 'to', 'country', 'language', 'textHash', 'catalogueVersion', 'limit'],
  },
  'sessions.read': {
    call: (given) => issuer.sessions.read(given),
    valid: { authenticationSessionId: 'a' },
    required: ['authenticationSessionId'],
    optional: ['trace'],
  },
  'bindings.search': {
    call: (given) => issuer.bindings.search(given),
    valid: { account: { primaryAccountNumber: '5555555555554444' } },
    required: ['account', 'account.primaryAccountNumber'],
    optional: ['trace'],
  },
  'bindings.suspend': {
    call: (given) => issuer.bindings.suspend(given),
    valid: { bindingId: 'b', reasonCode: 'DEVICE_LOST' },
    required: ['bindingId', 'reasonCode'],
    optional: ['trace'],
  },
  'bindings.remove, of an account': {
    call: (given) => issuer.bindings.remove(given),
    valid: { account: { mobileNumber: { countryCode: '1', phoneNumber: '5555550100' } }, reasonCode: 'DEVICE_LOST' },
    required: ['account', 'account.mobileNumber', 'account.mobileNumber.phoneNumber', 'reasonCode'],
    optional: ['credentialId', 'trace'],
  },
  'events.webhook': {
    call: (given) => issuer.events.webhook(given),
    valid: VALID_EVENTS,
    required: ['store', 'on'],
    optional: ['onDelivery', 'on.otherwise'],
  },
  'events.reader': { call: (given) => issuer.events.reader(given), valid: VALID_EVENTS, required: ['store', 'on'] },
  eventRoute: {
    call: (options) => Fastify().register(eventRoute(options)),
    valid: { ...VALID_EVENTS, issuer, path: '/events' },
    required: ['issuer', 'path', 'store', 'on'],
    optional: ['onDelivery'],
  },
  createPostgresEventStore: {
    call: ({ pool }) => createPostgresEventStore(pool),
    valid: { pool: { query: unused } },
    required: ['pool'],
    takenApart: true,
  },
  'accounts.replace': {
    call: (given) => issuer.accounts.replace(given),
    valid: {
      from: { primaryAccountNumber: '5555555555554444' },
      to: { primaryAccountNumber: '5105105105105100', panExpirationMonth: '12', panExpirationYear: '2030' },
    },
    required: ['from', 'from.primaryAccountNumber', 'to', 'to.primaryAccountNumber', 'to.panExpirationYear'],
    optional: ['trace'],
  },
  startNetworkDouble: { call: startNetworkDouble, valid: { clock: () => NOW }, required: ['clock'] },
};

describe.each(Object.entries(ROWS))('%s', (_name, row) => {
  const { call, valid, code = 'INVALID_OPTIONS', takenApart } = row;

  test.each(buildGivenCases(row))('%s %s is refused, and named', async (path, _how, value) => {
    const error = await catchError(() => call(changeField(valid, path, value) as never));
    expect(error).toMatchObject({ name: 'IssuerError', code });
    const [field = '', ...rest] = path.split('.').reverse();
    const named = /^[0-9]$/.test(field) ? `${rest[0]}[${field}]` : field;
    expect(String(error)).toContain(named);
  });

  test.each(takenApart ? [] : [undefined, null, 5])('%j in place of all of it is refused', async (given) => {
    expect(await catchError(() => call(given as never))).toMatchObject({ name: 'IssuerError' });
  });
});

test("a cardholder's receipts are asked for by an object: text alone is an error, not a cardholder without receipts", async () => {
  const error = await catchError(() => consents.findByCardholder('customer-1' as never));
  expect(error).toMatchObject({ name: 'IssuerError', code: 'INVALID_OPTIONS' });
});

test("a request to verify that a browser did not bring is nobody's: INVALID, as one that it made up", async () => {
  expect(await verification.receive(undefined as never)).toEqual({ status: 'REFUSED', because: 'INVALID' });
});

test("Node's own request in place of the Fetch standard's: the handler says so, and names what makes one of it", async () => {
  const { start, callback } = createEnrolmentHandlers({ ...VALID_FLOW, render: unused } as never);
  const incoming = { method: 'POST', url: '/passkeys', headers: {} } as never;
  for (const handler of [start, callback]) {
    const error = await catchError(() => handler(incoming));
    expect(error).toMatchObject({ name: 'IssuerError', code: 'INVALID_OPTIONS' });
    expect(String(error)).toContain('toNodeHandler');
  }
});
