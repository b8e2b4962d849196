import { describe, expect, test } from 'vitest';
import { buildGatewayError, GatewayErrorAnswer } from './error-answers.ts';
import { GATEWAY_ERRORS, SERVICE_ERRORS } from './errors.ts';
import { compileSchema } from './validation.ts';

/** The table of contract §7. */
const STATUS_OF_REASON = {
  INVALID_ARGUMENT: 400,
  PERMISSION_DENIED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  GONE: 410,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  TOO_MANY_REQUESTS: 429,
  INTERNAL_SERVER_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
};

describe('the table of errors', () => {
  const entries = [...Object.entries(SERVICE_ERRORS), ...Object.entries(GATEWAY_ERRORS)];

  test.each(entries)('%s has a public sentence', (code, { sentence }) => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(sentence).toMatch(/^[A-Za-z].{10,400}\.$/s);
    expect(sentence).not.toMatch(/undefined|\n/);
  });

  test.each(Object.entries(SERVICE_ERRORS))('%s has the status that its reason has in the contract', (_code, entry) => {
    expect(STATUS_OF_REASON[entry.reason]).toBe(entry.status);
  });

  test.each([
    ['DECRYPTION_FAILED', 400],
    ['UNKNOWN_KEY_ID', 400],
    ['CARD_EXPIRED', 400],
    ['SECURITY_CODE_REFUSED', 400],
    ['STALE', 400],
    ['PROOF_INVALID', 400],
    ['PROOF_EXPIRED', 400],
    ['PROOF_MISMATCH', 400],
    ['ACCOUNT_NOT_ELIGIBLE', 403],
    ['COUNTRY_NOT_ELIGIBLE', 403],
    ['REASON_NOT_ALLOWED', 403],
    ['SESSION_NOT_FOUND', 404],
    ['METHOD_NOT_ALLOWED', 405],
    ['CLIENT_SESSION_ID_USED', 409],
    ['SESSION_NOT_ENROLLED', 409],
    ['SESSION_ALREADY_BOUND', 409],
    ['PAYLOAD_TOO_LARGE', 413],
    ['UNSUPPORTED_MEDIA_TYPE', 415],
    ['TOO_MANY_REQUESTS', 429],
    ['INTERNAL', 500],
    ['UNAVAILABLE', 503],
  ] as const)('%s is a %i', (code, status) => {
    expect(SERVICE_ERRORS[code].status).toBe(status);
  });

  test('every sentence is said by one code only', () => {
    const sentences = entries.map(([, { sentence }]) => sentence);
    expect(new Set(sentences).size).toBe(sentences.length);
  });
});

describe('the errors of the signature guard', () => {
  test('400 INVALID_BODY_HASH; 403 AUTHENTICATION_FAILED; 401 AUTHENTICATION_FAILED; and four of OAuth 2.0', () => {
    const told = Object.values(GATEWAY_ERRORS).map(({ status, reason }) => `${status} ${reason}`);
    expect(told.sort()).toEqual([
      '400 INVALID_BODY_HASH',
      '401 AUTHENTICATION_FAILED',
      '401 INVALID_DPOP_PROOF',
      '401 INVALID_TOKEN',
      '401 USE_DPOP_NONCE',
      '403 AUTHENTICATION_FAILED',
      '403 INSUFFICIENT_SCOPE',
    ]);
  });

  test("have the shape of Mastercard's gateway", () => {
    expect(buildGatewayError('AUTHENTICATION_FAILED')).toEqual({
      Errors: {
        Error: [
          {
            Source: 'Gateway',
            ReasonCode: 'AUTHENTICATION_FAILED',
            Description: GATEWAY_ERRORS.AUTHENTICATION_FAILED.sentence,
            Recoverable: false,
            Details: null,
          },
        ],
      },
    });
    expect(compileSchema(GatewayErrorAnswer).accepts(buildGatewayError('INVALID_BODY_HASH', 'Because.'))).toBe(true);
  });
});
