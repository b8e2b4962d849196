/** A bank's code that uses the packed kit, for the type checker: check-packages.mjs compiles it in an empty project. */
import { readCatalogue } from '@payment-passkeys/issuer/consent';
import { enrolmentRoutes } from '@payment-passkeys/issuer/fastify';
import { readPkcs12 } from '@payment-passkeys/issuer/pkcs12';
import {
  createIssuer,
  type EnrolmentOutcome,
  type EnrolmentStore,
  type IssuerOptions,
  mastercard,
  type NextStep,
  ourNetwork,
  type RouteOutcome,
} from '@payment-passkeys/issuer/server';
import { type LaunchOutcome, launch } from '@payment-passkeys/native';
import type { FastifyPluginAsync } from 'fastify';

export function openIssuer(store: EnrolmentStore, file: Uint8Array) {
  const proof = { verify: 'NETWORK', audience: 'https://network.example' } as const;
  const options: IssuerOptions = {
    network: ourNetwork({ url: 'https://verify.network.example', proof }),
    clientId: 'bank',
    consumerKey: 'key!1',
    signingKey: readPkcs12({ file, password: 'secret' }),
    callbackOrigins: ['https://bank.example'],
    store,
  };
  return createIssuer(options);
}

// @ts-expect-error Who verifies proofs is a choice without a default.
export const undecided = () => mastercard({ environment: 'sandbox', encryptionKey: { certificate: '' } });

export function routes(issuer: ReturnType<typeof openIssuer>): FastifyPluginAsync {
  return enrolmentRoutes({
    issuer,
    callbackUri: 'https://bank.example/passkeys/callback',
    startPath: '/passkeys',
    guardStart: async () => {},
    cardholder: () => 'customer-1',
    enrolment: () => Promise.reject(new Error('not run')),
    render: (outcome, _request, reply) => reply.send(sayWhatNext(outcome)),
  });
}

export function sayWhatNext(outcome: RouteOutcome | EnrolmentOutcome): NextStep {
  return outcome.status === 'UNFINISHED' ? (outcome.ifThatFails ?? outcome.nextStep) : outcome.nextStep;
}

export const launchFromApp = (uri: string): Promise<LaunchOutcome> =>
  launch({ uri, callbackUri: 'https://bank.example/app' });

export const catalogue = readCatalogue;
