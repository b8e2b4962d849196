/**
 * Which browser tests are drills. Only `npm run drills` runs a test with `@drill` in its title, and the tests of a file `*.drill.spec.ts`.
 * `npm test` runs a test with `@at-length` in its title. The drills run it again and test more: the test reads AS_DRILL or judges screens.
 */

/** True while the drills run. */
export const AS_DRILL = Boolean(process.env.DRILLS);

/** Matched against the file's name and the title. */
export const ONLY_IN_DRILLS = /\.drill\.spec\.ts|@drill\b/;
export const ALSO_IN_DRILLS = /\.drill\.spec\.ts|@(drill|at-length)\b/;
