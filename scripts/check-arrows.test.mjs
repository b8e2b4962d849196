import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findViolations } from './check-arrows.mjs';

/** A repository of a few packages, with one more file in it. */
function violationsOf(file, source) {
  const root = mkdtempSync(path.join(tmpdir(), 'payment-passkeys-arrows-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const name of ['protocol', 'channel', 'network', 'page', 'storage', 'testkit']) {
    write(root, `packages/${name}/package.json`, JSON.stringify({ exports: { '.': './src/index.ts' } }));
  }
  write(root, 'packages/issuer/package.json', JSON.stringify({ exports: { './server': './src/server/index.ts' } }));
  write(root, 'apps/bank/package.json', JSON.stringify({ exports: { '.': './src/index.ts' } }));
  write(root, file, source);
  return findViolations(root);
}

function write(root, file, text) {
  mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

test.each([
  ['an arrow', 'packages/network/src/a.ts', "import { a } from '@payment-passkeys/storage';"],
  ['a public entry point', 'apps/bank/src/a.ts', "import { a } from '@payment-passkeys/issuer/server';"],
  ['a file of its own', 'packages/network/src/keys/a.ts', "import { a } from '../http/b.ts';"],
  ['its own file from a test', 'packages/network/test/a.test.ts', "import { a } from '../src/b.ts';"],
  ['the testkit in a test', 'packages/protocol/src/a.test.ts', "import { a } from '@payment-passkeys/testkit';"],
  [
    'a kit in a test of the network',
    'packages/network/test/a.ts',
    "import { a } from '@payment-passkeys/issuer/server';",
  ],
  ['Node outside the browser', 'packages/channel/src/a.ts', "import { sign } from 'node:crypto';"],
])('%s is allowed', (_, file, source) => {
  expect(violationsOf(file, source)).toEqual([]);
});

test.each([
  ['against an arrow', 'packages/channel/src/a.ts', "import { a } from '@payment-passkeys/network';"],
  ['past an arrow', 'apps/bank/src/a.ts', "import { a } from '@payment-passkeys/protocol';"],
  ['against an arrow in a test', 'packages/channel/test/a.test.ts', "import { a } from '@payment-passkeys/network';"],
  ['a type only', 'packages/protocol/src/a.ts', "import type { A } from '@payment-passkeys/channel';"],
  ['a type in place', 'packages/protocol/src/a.ts', "type A = import('@payment-passkeys/channel').A;"],
  ['later', 'packages/protocol/src/a.ts', "await import('@payment-passkeys/channel');"],
  ['later, in backticks', 'packages/protocol/src/a.ts', 'await import(`@payment-passkeys/channel`);'],
  ['by require', 'packages/protocol/src/a.ts', "require('@payment-passkeys/channel');"],
  ['to export again', 'packages/protocol/src/a.ts', "export * from '@payment-passkeys/channel';"],
  ['a name to export again', 'packages/protocol/src/a.ts', "export { a } from '@payment-passkeys/channel';"],
  ['the testkit outside tests', 'packages/network/src/a.ts', "import { a } from '@payment-passkeys/testkit';"],
  ['past the entry points', 'packages/network/src/a.ts', "import '@payment-passkeys/storage/src/migrate.ts';"],
  ['a kit in the network', 'packages/network/src/a.ts', "import { a } from '@payment-passkeys/issuer/server';"],
  ['a missing entry point', 'apps/bank/src/a.ts', "import { a } from '@payment-passkeys/issuer';"],
  ['out of its package', 'packages/network/src/a.ts', "import '../../storage/src/index.ts';"],
  ['out of its package from a test', 'packages/network/test/a.test.ts', "import '../../storage/src/index.ts';"],
  ['Node in a browser', 'packages/page/src/a.ts', "import fs from 'node:fs';"],
  ['Node in a browser, by its old name', 'packages/protocol/src/a.ts', "import fs from 'fs';"],
  ['what it computes', 'packages/network/src/a.ts', 'await import(name);'],
])('importing %s is a violation, named by file and line', (_, file, source) => {
  expect(violationsOf(file, `\n${source}`)).toEqual([expect.stringMatching(new RegExp(`^${file}:2 imports .+: .+`))]);
});
