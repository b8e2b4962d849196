/** The whole flow on every supported major version of PostgreSQL: the oldest in `npm test`, all in the drills. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examine } from '../src/process/doctor.ts';
import { startTestShop, type TestShop } from './shop.ts';
import { type SystemPostgres, startSystemPostgres } from './system-postgres.ts';
import { WHOLE_FLOW } from './whole-flow.ts';

/** The embedded PostgreSQL has the newest major. The others are in scripts/postgres. */
const MAJORS = [
  { major: 15, folder: 'oldest' },
  ...(process.env.DRILLS
    ? [
        { major: 16, folder: 'others' },
        { major: 17, folder: 'others' },
      ]
    : []),
  { major: 18, folder: undefined },
];

interface Major {
  readonly major: number;
  readonly folder: string | undefined;
}

function programsOf({ major, folder }: Major): string {
  const packaged = `scripts/postgres/${folder}/node_modules/postgres-${major}-${process.platform}-${process.arch}`;
  return fileURLToPath(new URL(`../../../${packaged}/native/bin`, import.meta.url));
}

const isHere = (major: Major) => major.folder === undefined || existsSync(programsOf(major));

for (const { major, folder } of MAJORS)
  if (!isHere({ major, folder }))
    console.warn(`!!! PostgreSQL ${major} is not in scripts/postgres: the tests on it are SKIPPED.`);

describe.each(MAJORS)('PostgreSQL $major', ({ major, folder }) => {
  const programs = programsOf({ major, folder });

  describe.skipIf(!isHere({ major, folder }))('serves', () => {
    let server: SystemPostgres | undefined;
    let at: TestShop;
    beforeAll(async () => {
      server = folder === undefined ? undefined : await startSystemPostgres(programs);
      at = await startTestShop({}, server && { serverUrl: server.url });
    });
    afterAll(async () => {
      await at.network.stop();
      await server?.stop();
    });

    test('is what serves, migrated from zero; the doctor finds nothing wrong', async () => {
      const { rows } = await at.network.database.pool.query<{ number: string }>(
        `SELECT current_setting('server_version_num') AS number`,
      );
      expect(Math.floor(Number(rows[0]?.number) / 10_000)).toBe(major);
      const env = { DATABASE_URL: at.network.database.url, DATA_DIR: at.network.dataDir };
      const findings = await examine({ env, clock: () => new Date(), resolves: async () => true });
      expect(findings.filter(({ verdict }) => verdict === 'WRONG')).toEqual([]);
    });

    test.each(WHOLE_FLOW)('%s', (_, step) => step(at));
  });
});
