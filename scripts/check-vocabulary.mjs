/**
 * Checks that every error code, status and reason of `protocol` appears in a test. Prints those that do not, and exits 1. Run with
 * --conditions=source.
 */
import { globSync, readFileSync } from 'node:fs';
import { CALLBACK_STATUSES, GATEWAY_ERRORS, REASONS, SERVICE_ERRORS } from '@payment-passkeys/protocol';

const TESTS = ['{packages,apps}/*/src/**/*.test.ts', '{packages,apps}/*/test/**/*.ts', 'e2e/**/*.ts'];

const words = new Set([
  ...Object.keys(SERVICE_ERRORS),
  ...Object.keys(GATEWAY_ERRORS),
  ...CALLBACK_STATUSES,
  ...REASONS,
]);
const root = new URL('..', import.meta.url);
const named = new Set(
  globSync(TESTS, { cwd: root }).flatMap(
    (file) => readFileSync(new URL(file, root), 'utf8').match(/\b[A-Z][A-Z_]+\b/g) ?? [],
  ),
);
const missing = [...words].filter((word) => !named.has(word));
for (const word of missing) console.error(`${word}: no test names it`);
process.exitCode = missing.length > 0 ? 1 : 0;
