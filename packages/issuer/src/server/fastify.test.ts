/** The Fastify plugin: the route of the callback matches every spelling of its path. */
import Fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import { enrolmentRoutes } from './fastify.ts';
import type { Issuer } from './index.ts';

const BANK = 'https://bank.example';

/** Stands in for the issuer: only routing is tested here. */
const issuer: Pick<Issuer, 'startEnrolment' | 'completeEnrolment'> = {
  startEnrolment: () => Promise.reject(new Error('not called')),
  completeEnrolment: async () => ({ status: 'IGNORED', because: 'MALFORMED', nextStep: 'TRY_AGAIN' }),
};

async function appWith(callbackUri: string, prefix?: string) {
  const app = Fastify();
  await app.register(
    enrolmentRoutes({
      issuer,
      startPath: '/start',
      callbackUri,
      guardStart: async () => {},
      cardholder: () => 'customer-1',
      enrolment: () => Promise.reject(new Error('not called')),
      render: (outcome) => ({ arrived: outcome.status }),
    }),
    prefix === undefined ? {} : { prefix },
  );
  return app;
}

/** Requests the callback as a browser does: in the WHATWG form of its address. */
async function arriveAt(callbackUri: string, prefix?: string) {
  const app = await appWith(callbackUri, prefix);
  const { pathname } = new URL(callbackUri);
  const { statusCode, body } = await app.inject(`${pathname}?state=x&status=ENROLLED&proofOfAuthentication=a.b.c`);
  return [statusCode, body];
}

const ARRIVED = [200, '{"arrived":"IGNORED"}'];

describe('the return arrives at the callback, whose path is no route pattern', () => {
  test.each([
    '/konto/r%C3%BCckkehr',
    '/konto/r%c3%bcckkehr',
    '/konto/rückkehr',
    '/konto/zur%20bank',
    '/konto/100%25',
    '/konto/100%25/%2525',
    '/konto/:id',
    '/konto/a:b',
    '/konto/a::b',
    '/:konto/(x)',
    "/konto/-._~!$&'()+,;=:@",
    '/konto/{x}',
    '/a/../konto',
    '/',
    '',
  ])('%s', async (path) => {
    expect(await arriveAt(BANK + path)).toEqual(ARRIVED);
  });

  test.each(['/konto/*', '/konto/*/x', '/konto/a%2Fb', '/konto/%3Aid', '/konto/%2a%2f', '/konto/%ff', '/konto/%zz'])(
    '%s cannot be a route: INVALID_OPTIONS at registration, naming the option',
    async (path) => {
      await expect(appWith(BANK + path)).rejects.toMatchObject({
        name: 'IssuerError',
        code: 'INVALID_OPTIONS',
        message: expect.stringContaining('callbackUri'),
      });
    },
  );

  test('only that path arrives: a colon in it is no parameter', async () => {
    const app = await appWith(`${BANK}/konto/:id`);
    expect((await app.inject('/konto/anything')).statusCode).toBe(404);
  });

  test('registered below a prefix that the address has as well, it arrives', async () => {
    expect(await arriveAt(`${BANK}/konto/callback`, '/konto')).toEqual(ARRIVED);
  });
});
