/** The collection's script with the two forms of the scripting interface. In apps/demo/test Newman runs the whole collection. */
import { generateSigningKey, readSignedRequest } from '@payment-passkeys/channel';
import { afterEach, expect, test, vi } from 'vitest';

const signing = await generateSigningKey();
const VARIABLES: Readonly<Record<string, string>> = {
  baseUrl: 'https://verify.example',
  issuerConsumerKey: 'bank!key',
  issuerSigningKey: signing.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
};

afterEach(() => void vi.unstubAllGlobals());

test.each([
  ['Postman, where a header is a text', 'OAuth issuer'],
  ['Insomnia, where a header is an object', { key: 'Authorization', value: 'OAuth issuer' }],
])('signs a request in %s', async (_client, header) => {
  const upserted: { readonly key: string; readonly value: string }[] = [];
  vi.stubGlobal('pm', {
    request: {
      method: 'GET',
      url: '{{baseUrl}}/authentication/events',
      headers: { get: () => header, upsert: (changed: (typeof upserted)[number]) => void upserted.push(changed) },
    },
    variables: {
      get: (name: string) => VARIABLES[name],
      set: () => {},
      replaceIn: (text: string) => text.replaceAll(/\{\{(\w+)\}\}/g, (_whole, name: string) => VARIABLES[name] ?? ''),
    },
  });
  vi.resetModules(); // the script runs when it is imported
  await import('./script.ts');
  expect(upserted.map(({ key }) => key)).toEqual(['Authorization']);
  const reading = readSignedRequest({
    method: 'GET',
    url: 'https://verify.example/authentication/events',
    authorization: upserted[0]?.value,
    body: Buffer.alloc(0),
    now: new Date(),
  });
  expect(reading.ok && reading.request.consumerKey).toBe('bank!key');
});
