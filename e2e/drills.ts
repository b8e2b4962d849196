/**
 * Which browser tests are drills. A title with `@drill`: only `npm run drills` runs the test, and every test of a file that is named
 * `*.drill.spec.ts`. A title with `@at-length`: `npm test` runs it, and the drills run it again with more, because it reads AS_DRILL or judges
 * screens.
 */

/** True while the drills run. */
export const AS_DRILL = Boolean(process.env.DRILLS);

/** Matched against the file's name and the title. */
export const ONLY_IN_DRILLS = /\.drill\.spec\.ts|@drill\b/;
export const ALSO_IN_DRILLS = /\.drill\.spec\.ts|@(drill|at-length)\b/;
