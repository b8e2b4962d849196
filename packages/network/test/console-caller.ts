/**
 * The console's API, called as an operator of any role. The console session is written to the database, and calls are passed to the server
 * directly. For tests of what a route does; a test of who gets in uses console-browser.ts.
 */
import { randomUUID } from 'node:crypto';
import type { OperatorRole } from '@payment-passkeys/protocol/console';
import { buildConsoleServer } from '../src/console-server.ts';
import { buildOperatorPolicy } from '../src/domain/operators/operator.ts';
import type { ConsoleNetwork } from '../src/network.ts';
import type { LogOptions } from '../src/platform/http/request-log.ts';
import { buildServer } from '../src/server.ts';
import type { ConsoleAnswer } from './console-browser.ts';
import { addOperator, addOperatorSession } from './operator-session.ts';
import type { TestNetwork } from './running-network.ts';

const URL_OF_CONSOLE = 'http://console.localhost:4003';

export interface TestOperator {
  readonly operatorId: string;
  readonly name: string;
  readonly call: (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
  ) => Promise<Pick<ConsoleAnswer, 'status' | 'body'>>;
  /** The same operator with another console session. */
  readonly again: () => Promise<TestOperator>;
}

/** The console on the network's database. It does not listen: calls are passed to it directly. */
export async function openTestConsole(
  network: TestNetwork,
  { approvals, logStream }: { readonly approvals: boolean; readonly logStream?: LogOptions['stream'] },
) {
  const settings = { host: '127.0.0.1', port: 4003, url: URL_OF_CONSOLE, approvals, oidc: undefined };
  const publicServer = await buildServer(network.running.network);
  const parts: ConsoleNetwork = {
    ...network.running.network,
    publicServer,
    console: settings,
    operatorPolicy: buildOperatorPolicy(settings, 'Test'),
  };
  const server = await buildConsoleServer(parts, logStream);
  const { pool } = network.database;

  const signIn = async (operatorId: string, name: string, confirmed: boolean): Promise<TestOperator> => {
    const secret = await addOperatorSession(pool, { operatorId, confirmed, now: network.now });
    return {
      operatorId,
      name,
      again: () => signIn(operatorId, name, confirmed),
      call: async (method, url, body) => {
        const answer = await server.inject({
          method,
          url,
          headers: { origin: URL_OF_CONSOLE, cookie: `__Host-console=${secret}` },
          ...(body !== undefined && { payload: body }),
        });
        const json = /^application\/json\b/.test(String(answer.headers['content-type']));
        return { status: answer.statusCode, body: json && answer.body !== '' ? JSON.parse(answer.body) : answer.body };
      },
    };
  };

  return {
    close: async () => {
      await server.close();
      await publicServer.close();
    },
    /** A new operator with this role. Dangerous actions are accepted for five minutes, unless `confirmed` is false. */
    operator: async (role: OperatorRole, { confirmed = true } = {}) => {
      const name = `${role} ${randomUUID().slice(0, 4)}`;
      const operatorId = await addOperator(pool, { name, role, now: network.now });
      return signIn(operatorId, name, confirmed);
    },
  };
}
