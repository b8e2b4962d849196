// The folder tells what a test needs: under src/ nothing, under test/ a database (one embedded server for the run).

import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { pathWithPrograms } from './scripts/find-programs.mjs';
import { temporaryFolder } from './scripts/temporary-folder.mjs';

process.env.TMPDIR = temporaryFolder();

// The workspace's own packages as TypeScript: in tests (ssr), and in a globalSetup, which is Vitest's own environment.
// Workers get these as --conditions, so 'import' must not be among them: it would make CommonJS load ES modules.
const conditions = ['source', 'node'];
const source = {
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions } },
  environments: { __vitest__: { resolve: { conditions } } },
};

/** No test measures time; this only ends a test that hangs, also on a busy machine. */
const HUNG_MILLISECONDS = process.env.DRILLS ? 900_000 : 180_000;

/** Files in which every test is a drill: only `npm run drills` runs them, or DRILLS=1. */
const DRILLS_ALONE = '**/*.drill.test.ts';

export default defineConfig({
  ...source,
  test: {
    // Half as many again as there are cores, because database tests wait for processes, connections and timers.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    // A worker evaluates each module once, not again for each test file: half the processor time of the run. So a test file restores what
    // it changes (mocks, environment, listeners), and one that needs modules in their first state calls vi.resetModules().
    isolate: false,
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          include: ['{packages,apps}/*/src/**/*.test.ts', 'scripts/**/*.test.mjs'],
          testTimeout: HUNG_MILLISECONDS,
          hookTimeout: HUNG_MILLISECONDS,
          expect: { poll: { timeout: HUNG_MILLISECONDS / 3 } },
        },
      },
      {
        ...source,
        test: {
          name: 'database',
          include: ['{packages,apps}/*/test/**/*.test.ts'],
          exclude: process.env.DRILLS ? [] : [DRILLS_ALONE],
          env: { PATH: pathWithPrograms(process.env) },
          globalSetup: ['packages/testkit/src/vitest-database.ts'],
          testTimeout: HUNG_MILLISECONDS,
          expect: { poll: { timeout: HUNG_MILLISECONDS / 3 } },
          hookTimeout: HUNG_MILLISECONDS,
        },
      },
    ],
  },
});
