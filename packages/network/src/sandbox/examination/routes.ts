/** The examination's routes for clients: each examines the client that signs. */
import {
  EXAMINATIONS_PATH,
  Examination,
  ExaminationParameters,
  ExaminationStart,
  examinationEndPath,
  examinationPath,
} from '@payment-passkeys/protocol/sandbox';
import Type from 'typebox';
import { type SignableRequest, signingClient } from '../../domain/clients/signed-request.ts';
import type { Network } from '../../network.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { beginExamination, finishExamination, readReport } from './examine.ts';

/** `app` is behind the signature guard. */
export function examinationRoutes(app: NetworkServer, network: Network): void {
  app.post(
    EXAMINATIONS_PATH,
    {
      schema: {
        operationId: 'startExamination',
        summary: 'Be examined: each session that you start from now on meets the next row',
        body: ExaminationStart,
        response: { 201: Examination },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await beginExamination(signingClient(request), request.body, network)),
  );
  app.get(
    examinationPath(':examinationId'),
    {
      config: { errors: ['EXAMINATION_NOT_FOUND'] },
      schema: {
        operationId: 'readExamination',
        summary: 'Read the report of an examination',
        params: ExaminationParameters,
        response: { 200: Examination },
      },
    },
    async (request) => readReport({ ...request.params, ...signer(request) }, network),
  );
  app.post(
    examinationEndPath(':examinationId'),
    {
      config: { errors: ['EXAMINATION_NOT_FOUND'] },
      schema: {
        operationId: 'endExamination',
        summary: 'End an examination: what was not reached stays so',
        params: ExaminationParameters,
        body: Type.Object({}),
        response: { 200: Examination },
      },
    },
    async (request) => finishExamination({ ...request.params, ...signer(request) }, network),
  );
}

function signer(request: SignableRequest): { readonly clientId: string } {
  return { clientId: signingClient(request).clientId };
}
