/**
 * `consoleOverviewMs`, `consoleLookupMs`: how long the console's server takes for the overview's first paint, and to find sessions by an account,
 * with a million sessions stored.
 */
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { OVERVIEW_PATH, PROBLEMS_PATH, SESSION_SEARCH_PATH } from '@payment-passkeys/protocol/console';
import pg from 'pg';
import type { Plan } from '../plan.ts';
import { PROXY_HEADERS } from '../production.ts';
import { type Spread, spreadOf } from '../statistics.ts';
import type { Measurement } from './measurement.ts';

/** The console's address. It is never resolved. */
export const CONSOLE_URL = 'https://console.network.example';

export interface ConsoleUnderTest {
  readonly port: number;
  readonly databaseUrl: string;
}

export interface ConsoleSamples {
  readonly sessions: number;
  /** The time for the overview and the problems, requested together. The key is the number of days in the overview. */
  readonly overview: ReadonlyMap<number, Spread>;
  readonly lookup: Spread;
}

const DAYS = [1, 7, 90] as const;
const CALLS = 12;
const WARM_UP = 3;

export async function sampleConsole(console: ConsoleUnderTest, plan: Plan): Promise<ConsoleSamples> {
  const call = await signIn(console);
  const overview = new Map<number, Spread>();
  for (const days of DAYS) {
    const from = new Date(Date.now() - days * 24 * 60 * 60 * 1000).toISOString();
    const query = new URLSearchParams({ from, to: new Date().toISOString() });
    overview.set(days, await time(() => Promise.all([call(`${OVERVIEW_PATH}?${query}`), call(PROBLEMS_PATH)])));
  }
  const lookup = await time(() => call(SESSION_SEARCH_PATH, { account: { emailAddress: 'avery@mail.example' } }));
  return { sessions: plan.storedPasskeys, overview, lookup };
}

export function measureOverview({ sessions, overview }: ConsoleSamples): Measurement {
  const sides = [...overview].map(([days, spread]) => ({
    name: days === 1 ? 'of a day' : `of ${days} days`,
    unit: 'ms',
    spread,
  }));
  return {
    key: 'consoleOverviewMs',
    about: `the answers for the first paint of the overview of a day, with ${sessions.toLocaleString('en')} sessions stored; below, of longer times`,
    goal: { atMost: 300 },
    value: spreadOf(sides[0]?.spread.samples ?? []),
    sides,
  };
}

export function measureLookup({ sessions, lookup }: ConsoleSamples): Measurement {
  return {
    key: 'consoleLookupMs',
    about: `the search for the sessions of an account, with ${sessions.toLocaleString('en')} sessions stored`,
    goal: { atMost: 50 },
    value: lookup,
    sides: [],
  };
}

async function time(work: () => Promise<unknown>): Promise<Spread> {
  const samples: number[] = [];
  for (let call = 0; call < WARM_UP + CALLS; call += 1) {
    const begun = performance.now();
    await work();
    if (call >= WARM_UP) samples.push(performance.now() - begun);
  }
  return spreadOf(samples);
}

type Call = (path: string, body?: object) => Promise<void>;

/** Signs an auditor in: writes the operator and the operator's session to the database. */
async function signIn({ port, databaseUrl }: ConsoleUnderTest): Promise<Call> {
  const secret = randomBytes(32).toString('base64url');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    `INSERT INTO operator (operator_id, name, role, created_at) VALUES ('bench', 'Bench', 'AUDITOR', now())`,
  );
  await client.query(
    `INSERT INTO operator_session (session_hash, operator_id, created_at, used_at, expires_at, confirmed_until)
     VALUES ($1, 'bench', now(), now(), now() + interval '8 hours', now())`,
    [createHash('sha256').update(secret).digest()],
  );
  await client.end();
  return (path, body) =>
    new Promise((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST';
      const headers = {
        ...PROXY_HEADERS,
        host: new URL(CONSOLE_URL).host,
        origin: CONSOLE_URL,
        cookie: `__Host-console=${secret}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      };
      request({ host: '127.0.0.1', port, path, method, headers }, async (response) => {
        const text = Buffer.concat(await response.toArray()).toString();
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${path} answers ${response.statusCode}: ${text}`));
      })
        .on('error', reject)
        .end(body && JSON.stringify(body));
    });
}
