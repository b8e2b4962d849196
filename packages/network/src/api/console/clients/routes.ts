/** `/api/clients`: who is registered, the form that registers and changes them, their versions, suspension and resumption. */
import {
  ChangeOutcome,
  CLIENT_CHECK_PATH,
  CLIENTS_PATH,
  ClientAddition,
  ClientCheck,
  ClientCheckAnswer,
  ClientDetail,
  ClientList,
  ClientResumption,
  ClientUpdate,
  ClientVersions,
} from '@payment-passkeys/protocol/console';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { readApprovalsOfClient, submitChange } from '../../../domain/approvals/approvals.ts';
import { proposeRegistration, proposeResumption } from '../../../domain/approvals/client-changes.ts';
import type { ProposedChange } from '../../../domain/approvals/request.ts';
import { operatorAuthor } from '../../../domain/audit/entry.ts';
import { checkRegistration } from '../../../domain/clients/check.ts';
import { findHistory } from '../../../domain/clients/history.ts';
import { describeKeys } from '../../../domain/clients/keys.ts';
import { listClients, suspendClient } from '../../../domain/clients/store.ts';
import { findEndpoints, listEndpoints } from '../../../domain/events/deliveries.ts';
import type { ConsoleNetwork } from '../../../network.ts';
import { ServiceError } from '../../../platform/errors/errors.ts';
import type { NetworkServer } from '../../../platform/http/network-server.ts';
import { allow } from '../guard/allow.ts';
import { nameClient, showClient, showVersions, summariseClient } from './answers.ts';
import { CLIENT_PATH, ClientParameters, findKnownClient, READERS } from './known-client.ts';
import { merchantsOfClientRoutes } from './merchants.ts';
import { webhookRoutes } from './webhooks.ts';

/** A registration may have two certificates, a thousand account ranges or origins, and a thousand models of authenticators. */
const bodyLimit = 512 * 1024;

export function clientRoutes(app: NetworkServer, network: ConsoleNetwork): void {
  const { pool, clock, config, console: settings } = network;
  const { mode } = config;
  const { approvals } = settings;
  const submit = (proposed: ProposedChange, { operator }: FastifyRequest): Promise<ChangeOutcome> =>
    submitChange(pool, proposed, { by: operator, approvals, now: clock() });

  app.get(
    CLIENTS_PATH,
    {
      config: allow(['SUPPORT', 'OPERATOR', 'ADMINISTRATOR', 'AUDITOR']),
      schema: { summary: 'List the clients; SUPPORT and ADMINISTRATOR see their names', response: { 200: ClientList } },
    },
    async ({ operator }) => {
      const clients = await listClients(pool);
      if (!READERS.some((role) => role === operator.role)) return { items: clients.map(nameClient) };
      const endpoints = Map.groupBy(await listEndpoints(pool), ({ clientId }) => clientId);
      return { items: clients.map((client) => summariseClient(client, endpoints.get(client.clientId) ?? [])) };
    },
  );

  app.post(
    CLIENT_CHECK_PATH,
    {
      config: allow(['OPERATOR']),
      bodyLimit,
      schema: {
        summary: 'Check a registration; it changes nothing',
        body: ClientCheck,
        response: { 200: ClientCheckAnswer },
      },
    },
    async ({ body: { registration } }) => {
      const { problems, current, differences, waitsFor } = await checkRegistration(pool, { registration, mode });
      return {
        problems: problems.map(({ pointer, problem }) => ({ pointer, problem })),
        keys: [...describeKeys(registration)],
        differences: [...differences],
        waitsFor: approvals ? [...waitsFor] : [],
        ...(current && { version: current.version }),
      };
    },
  );

  app.post(
    CLIENTS_PATH,
    {
      config: allow(['OPERATOR'], { fresh: true }),
      bodyLimit,
      schema: { summary: 'Register a client', body: ClientAddition, response: { 200: ChangeOutcome } },
    },
    async (request) => {
      const { registration } = request.body;
      return submit(await proposeRegistration(pool, { registration, version: undefined, mode }), request);
    },
  );

  app.get(
    CLIENT_PATH,
    {
      config: allow(READERS),
      schema: { summary: 'Read a client', params: ClientParameters, response: { 200: ClientDetail } },
    },
    async ({ params: { id: clientId } }) => {
      const client = await findKnownClient(pool, clientId);
      const waiting = await readApprovalsOfClient(pool, { clientId, now: clock() });
      return showClient(client, await findEndpoints(pool, clientId), waiting);
    },
  );

  app.put(
    CLIENT_PATH,
    {
      config: allow(['OPERATOR'], { fresh: true }),
      bodyLimit,
      schema: {
        summary: 'Change a client',
        params: ClientParameters,
        body: ClientUpdate,
        response: { 200: ChangeOutcome },
      },
    },
    async (request) => {
      const { registration, version } = request.body;
      if (registration.clientId !== request.params.id) {
        const message = '/registration/clientId is another client than the one that is changed';
        throw new ServiceError({ code: 'INVALID_FIELD', pointer: '/registration/clientId', message });
      }
      return submit(await proposeRegistration(pool, { registration, version, mode }), request);
    },
  );

  app.post(
    `${CLIENT_PATH}/suspend`,
    {
      config: allow(['OPERATOR'], { fresh: true }),
      schema: {
        summary: 'Suspend a client, at once',
        params: ClientParameters,
        body: Type.Object({}),
        response: { 200: ChangeOutcome },
      },
    },
    async (request) => {
      const { id: clientId } = request.params;
      const author = operatorAuthor(request.operator);
      if (!(await suspendClient(pool, clientId, { author, now: clock() })))
        throw new ServiceError({ code: 'CLIENT_NOT_FOUND' });
      return { outcome: 'DONE' } as const;
    },
  );

  app.post(
    `${CLIENT_PATH}/resume`,
    {
      config: allow(['OPERATOR'], { fresh: true }),
      schema: {
        summary: 'Resume a suspended client',
        params: ClientParameters,
        body: ClientResumption,
        response: { 200: ChangeOutcome },
      },
    },
    async (request) => {
      const { version } = request.body;
      return submit(await proposeResumption(pool, { clientId: request.params.id, version }), request);
    },
  );

  app.get(
    `${CLIENT_PATH}/versions`,
    {
      config: allow(READERS),
      schema: { summary: "Read a client's versions", params: ClientParameters, response: { 200: ClientVersions } },
    },
    async ({ params: { id: clientId } }) => {
      await findKnownClient(pool, clientId);
      return { items: showVersions(await findHistory(pool, clientId)) };
    },
  );

  merchantsOfClientRoutes(app, network);
  webhookRoutes(app, network);
}
