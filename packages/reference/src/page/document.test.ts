import { expect, test } from 'vitest';
import { type ApiDocument, isSigned, showPlainExamples } from './document.ts';

const buildDocument = (): ApiDocument => ({
  servers: [{ url: 'https://verify.example' }],
  paths: {
    '/a/{id}': { get: { security: [{ oauth1: [] }] } },
    '/a': {
      post: {
        security: [{ oauth1: [] }],
        requestBody: {
          content: {
            'application/json': {
              examples: {
                one: {
                  value: { clientSessionId: 'old', inside: { encryptedData: 'a.b.c.d.e' }, action: 'SUSPEND' },
                  'x-encrypted': { verified: { verifiedAt: '2020-01-01T00:00:00.000Z' }, cards: [{ number: '1' }] },
                },
              },
            },
          },
        },
      },
    },
    '/keys': { get: { security: [] } },
  },
});

test('an example is plain, and of now', () => {
  const document = buildDocument();
  showPlainExamples(document, { now: new Date('2026-11-24T12:00:00Z'), newId: () => 'new' });
  expect(document.paths['/a']?.post?.requestBody?.content?.['application/json']?.examples?.one?.value).toEqual({
    clientSessionId: 'new',
    inside: { encryptedData: { verified: { verifiedAt: '2026-11-24T12:00:00.000Z' }, cards: [{ number: '1' }] } },
    action: 'SUSPEND',
  });
});

test.each([
  ['GET', '/a/b', true],
  ['POST', '/a', true],
  ['GET', '/a', false],
  ['GET', '/a/b/c', false],
  ['GET', '/keys', false],
  ['GET', '/elsewhere', false],
])('%s %s is signed: %s', (method, path, signed) => {
  expect(isSigned(buildDocument(), { method, path })).toBe(signed);
});
