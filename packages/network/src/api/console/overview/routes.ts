/** The overview of the console (contract §18, screen 1): what happened to the sessions of a period, and what is wrong now. */
import {
  OPERATOR_ROLES,
  OVERVIEW_PATH,
  Overview,
  OverviewQuery,
  PROBLEMS_PATH,
  Problems,
} from '@payment-passkeys/protocol/console';
import { readOverview } from '../../../domain/activity/read.ts';
import { chooseWindow, type WindowFault } from '../../../domain/activity/window.ts';
import { readProblems } from '../../../domain/health/problems.ts';
import type { Network } from '../../../network.ts';
import { ServiceError } from '../../../platform/errors/errors.ts';
import type { NetworkServer } from '../../../platform/http/network-server.ts';
import { allow } from '../guard/allow.ts';

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

const FAULTS: { readonly [Fault in WindowFault]: { readonly pointer: string; readonly message: string } } = {
  ENDS_BEFORE_IT_BEGINS: { pointer: '/to', message: 'The time must end after it begins.' },
  TOO_SHORT: { pointer: '/to', message: 'The time must be at least one hour.' },
  TOO_LONG: { pointer: '/from', message: 'The time must be at most 90 days.' },
  IN_THE_FUTURE: { pointer: '/from', message: 'The time must not begin in the future.' },
};

export function overviewRoutes(app: NetworkServer, network: Pick<Network, 'pool' | 'clock' | 'keys' | 'config'>): void {
  const { pool, clock } = network;
  app.get(
    OVERVIEW_PATH,
    {
      config: allow(OPERATOR_ROLES),
      schema: {
        summary: 'The funnel, ends, reasons, rates and durations over a time, by client and browser family',
        querystring: OverviewQuery,
        response: { 200: Overview },
      },
    },
    async ({ query }) => {
      const now = clock();
      const to = query.to === undefined ? now : new Date(query.to);
      const from = query.from === undefined ? new Date(to.getTime() - DAY_MILLISECONDS) : new Date(query.from);
      const window = chooseWindow(from, to, now);
      if (typeof window === 'string')
        throw new ServiceError({ code: 'INVALID_FIELD', sourceType: 'QUERY', ...FAULTS[window] });
      const { clientId, browserFamily } = query;
      return readOverview(pool, { ...window, clientId, browserFamily }, now);
    },
  );
  app.get(
    PROBLEMS_PATH,
    {
      config: allow(OPERATOR_ROLES),
      schema: { summary: 'What is wrong now, and what to do', response: { 200: Problems } },
    },
    async () => ({ at: clock().toISOString(), problems: [...(await readProblems(network))] }),
  );
}
