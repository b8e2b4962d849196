/** The messages of contract §13 to §15. */
import { describe, expect, test } from 'vitest';
import {
  AccountReference,
  BindingReport,
  BindingSearch,
  ReplacementInfo,
  StatusUpdate,
  StatusUpdateInfo,
} from './bindings.ts';
import { SERVICE_ERRORS } from './errors.ts';
import { compileSchema } from './validation.ts';

const UPDATE = { bindingId: 'b-1', action: 'SUSPEND', reasonCode: 'DEVICE_STOLEN' };
const REPORT = {
  bindingId: 'b-1',
  credentialId: 'c-1',
  status: 'SUSPENDED',
  suspendedBy: ['ISSUER', 'CARDHOLDER'],
  accountTypes: ['CARD', 'EMAIL'],
  panLastFour: '4444',
  heldBy: { role: 'merchant', name: 'Shop' },
  createdAt: '2026-11-24T12:00:00.000Z',
  lastUsedAt: '2026-11-24T12:00:00.000Z',
  authenticator: {
    aaguid: '00000000-0000-0000-0000-000000000000',
    backupEligible: true,
    backedUp: true,
    attestation: 'NONE',
  },
  devices: [],
};
const REPLACEMENT = {
  from: { primaryAccountNumber: '5555555555554444' },
  to: { primaryAccountNumber: '5105105105105100', panExpirationMonth: '12', panExpirationYear: '2032' },
};

describe('each message in its valid form', () => {
  test.each([
    ['a search by binding', BindingSearch, { bindingId: 'b-1' }],
    ['a search by passkey', BindingSearch, { credentialId: 'c-1', srcCorrelationId: 'x' }],
    ['a mobile number', AccountReference, { mobileNumber: { countryCode: '44', phoneNumber: '7700900123' } }],
    ['an e-mail address', AccountReference, { emailAddress: 'avery@mail.example' }],
    ['a status update', StatusUpdate, UPDATE],
    ['a status update by account', StatusUpdateInfo, { accountReference: {}, credentialId: 'c-1' }],
    ['a binding', BindingReport, REPORT],
    ['a replacement', ReplacementInfo, REPLACEMENT],
  ])('%s', (_, schema, message) => expect(compileSchema(schema).violations(message)).toEqual([]));
});

describe('a wrong field is named', () => {
  test.each([
    ['an action of its own', StatusUpdate, { ...UPDATE, action: 'PAUSE' }, '/action'],
    ['no reason', StatusUpdate, { ...UPDATE, reasonCode: undefined }, '/reasonCode'],
    ['an actor that there is not', BindingReport, { ...REPORT, suspendedBy: ['BANK'] }, '/suspendedBy/0'],
    ['a card number with spaces', AccountReference, { primaryAccountNumber: '5555 5555' }, '/primaryAccountNumber'],
    [
      'a new card without its expiry',
      ReplacementInfo,
      { ...REPLACEMENT, to: { primaryAccountNumber: '5105105105105100', panExpirationYear: '2032' } },
      '/to/panExpirationMonth',
    ],
  ])('%s', (_, schema, message, pointer) =>
    expect(
      compileSchema(schema)
        .violations(message)
        .map((violation) => violation.pointer),
    ).toEqual([pointer]),
  );
});

test('an unknown binding is 404, a deleted one 409', () => {
  expect(SERVICE_ERRORS.BINDING_NOT_FOUND.status).toBe(404);
  expect(SERVICE_ERRORS.BINDING_DELETED.status).toBe(409);
});
