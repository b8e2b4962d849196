/** The examination's routes for operators, and the report as a page to print. */
import { OPERATOR_ROLES } from '@payment-passkeys/protocol/console';
import {
  CONSOLE_EXAMINATIONS_PATH,
  ConsoleExaminationStart,
  consoleExaminationPath,
  Examination,
  ExaminationList,
  ExaminationParameters,
  examinationReportPath,
} from '@payment-passkeys/protocol/sandbox';
import Type from 'typebox';
import { allow } from '../../api/console/guard/allow.ts';
import { findClient } from '../../domain/clients/store.ts';
import type { ConsoleNetwork } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { beginExamination, examinedRole, finishExamination, readReport } from './examine.ts';
import { buildReportPage, REPORT_HEADERS } from './page.ts';
import { summarise } from './report.ts';
import { listExaminations } from './store.ts';

const ACT = ['OPERATOR', 'ADMINISTRATOR'] as const;

/** `app` is behind the console's guard. */
export function examinationConsoleRoutes(app: NetworkServer, network: ConsoleNetwork): void {
  const one = { config: allow(OPERATOR_ROLES), params: ExaminationParameters };
  app.get(
    CONSOLE_EXAMINATIONS_PATH,
    {
      config: allow(OPERATOR_ROLES),
      schema: { summary: 'List the examinations, the newest first', response: { 200: ExaminationList } },
    },
    async () => {
      const now = network.clock();
      return { examinations: (await listExaminations(network.pool)).map((stored) => summarise(stored, now)) };
    },
  );
  app.post(
    CONSOLE_EXAMINATIONS_PATH,
    {
      config: allow(ACT),
      schema: {
        summary: 'Examine a client: each session that it starts from now on meets the next row',
        body: ConsoleExaminationStart,
        response: { 201: Examination },
      },
    },
    async ({ body: { clientId, rows } }, reply) => {
      const client = await findClient(network.pool, clientId);
      if (client === undefined) throw new ServiceError({ code: 'CLIENT_NOT_FOUND', pointer: '/clientId' });
      return reply.code(201).send(await beginExamination(client, { role: examinedRole(client), rows }, network));
    },
  );
  app.get(
    consoleExaminationPath(':examinationId'),
    {
      config: one.config,
      schema: { summary: 'Read the report of an examination', params: one.params, response: { 200: Examination } },
    },
    async ({ params }) => readReport(params, network),
  );
  app.post(
    `${consoleExaminationPath(':examinationId')}/end`,
    {
      config: allow(ACT),
      schema: {
        summary: 'End an examination: what was not reached stays so',
        params: one.params,
        body: Type.Object({}),
        response: { 200: Examination },
      },
    },
    async ({ params }) => finishExamination(params, network),
  );
  app.get(
    examinationReportPath(':examinationId'),
    { config: one.config, schema: { hide: true, params: one.params } },
    async ({ params }, reply) => reply.headers(REPORT_HEADERS).send(buildReportPage(await readReport(params, network))),
  );
}
