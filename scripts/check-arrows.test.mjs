import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findViolations } from './check-arrows.mjs';

/** A repository of a few packages. */
function repository() {
  const root = mkdtempSync(path.join(tmpdir(), 'payment-passkeys-arrows-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const name of ['protocol', 'channel', 'network', 'page', 'storage', 'authenticator', 'testkit']) {
    write(root, `packages/${name}/package.json`, JSON.stringify({ exports: { '.': './src/index.ts' } }));
  }
  for (const [folder, entries] of Object.entries({
    'packages/kit': { './testing': './src/testing/index.ts' },
    'packages/issuer': { './server': './src/server/index.ts', './testing': './src/testing/index.ts' },
    'apps/web': { './testing': './src/testing/index.ts' },
  })) {
    write(root, `${folder}/package.json`, JSON.stringify({ exports: entries }));
  }
  write(root, 'apps/bank/package.json', JSON.stringify({ exports: { '.': './src/index.ts' } }));
  return root;
}

function violationsOf(file, source) {
  const root = repository();
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
  ['a file of its own', 'packages/network/src/domain/keys/a.ts', "import { a } from '../../platform/http/b.ts';"],
  ['its own file from a test', 'packages/network/test/a.test.ts', "import { a } from '../src/b.ts';"],
  ['the testkit in a test', 'packages/protocol/src/a.test.ts', "import { a } from '@payment-passkeys/testkit';"],
  [
    'the authenticator in the sandbox',
    'packages/network/src/sandbox/cardholder/a.ts',
    "import { a } from '@payment-passkeys/authenticator';",
  ],
  ['a double in a test', 'apps/bank/test/a.test.ts', "import { a } from '@payment-passkeys/web/testing';"],
  ['a double in a double', 'packages/issuer/src/testing/a.ts', "import { a } from '@payment-passkeys/kit/testing';"],
  [
    'a kit in a test of the network',
    'packages/network/test/a.ts',
    "import { a } from '@payment-passkeys/issuer/server';",
  ],
  ['a lower storey', 'packages/network/src/api/a/b.ts', "import { a } from '../../domain/b/c.ts';"],
  ['a file beside it', 'packages/network/src/api/a/b.ts', "import { a } from './c.ts';"],
  ['the command line to everything', 'packages/network/src/main.ts', "import { a } from './process/b.ts';"],
  ['a higher storey from a test', 'packages/network/src/domain/a/b.test.ts', "import { a } from '../../api/b/c.ts';"],
  ['the sandbox later', 'packages/network/src/server.ts', "await import('./sandbox/a.ts');"],
  ['the console’s guard in the sandbox', 'packages/network/src/sandbox/a.ts', "import '../api/console/guard/b.ts';"],
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
  [
    'the authenticator outside the sandbox',
    'packages/network/src/process/a.ts',
    "import { a } from '@payment-passkeys/authenticator';",
  ],
  ["an app's doubles outside tests", 'apps/bank/src/a.ts', "import { a } from '@payment-passkeys/web/testing';"],
  ["a kit's doubles outside tests", 'apps/bank/src/a.ts', "import { a } from '@payment-passkeys/issuer/testing';"],
  ['past the entry points', 'packages/network/src/a.ts', "import '@payment-passkeys/storage/src/migrate.ts';"],
  ['a kit in the network', 'packages/network/src/a.ts', "import { a } from '@payment-passkeys/issuer/server';"],
  ['a missing entry point', 'apps/bank/src/a.ts', "import { a } from '@payment-passkeys/issuer';"],
  ['out of its package', 'packages/network/src/a.ts', "import '../../storage/src/index.ts';"],
  ['out of its package from a test', 'packages/network/test/a.test.ts', "import '../../storage/src/index.ts';"],
  ['Node in a browser', 'packages/page/src/a.ts', "import fs from 'node:fs';"],
  ['Node in a browser, by its old name', 'packages/protocol/src/a.ts', "import fs from 'fs';"],
  ['a higher storey', 'packages/network/src/domain/a/b.ts', "import { a } from '../../api/b/c.ts';"],
  ['the process from the server', 'packages/network/src/server.ts', "import { a } from './process/b.ts';"],
  ['the network from the domain', 'packages/network/src/domain/a/b.ts', "import type { A } from '../../network.ts';"],
  ['a neighbour within api', 'packages/network/src/api/a/b.ts', "import { a } from '../c/d.ts';"],
  ['the sandbox at once', 'packages/network/src/server.ts', "import { a } from './sandbox/a.ts';"],
  ['the sandbox from a command', 'packages/network/src/process/a.ts', "await import('../sandbox/a.ts');"],
  ['an endpoint in the sandbox', 'packages/network/src/sandbox/a.ts', "import { a } from '../api/b/c.ts';"],
  ['what it computes', 'packages/network/src/a.ts', 'await import(name);'],
])('importing %s is a violation, named by file and line', (_, file, source) => {
  expect(violationsOf(file, `\n${source}`)).toEqual([expect.stringMatching(new RegExp(`^${file}:2 imports .+: .+`))]);
});

test.each([
  ['two files', { 'a.ts': './b.ts', 'b.ts': './a.ts' }, 'a.ts → b.ts → a.ts'],
  ['two folders, by two files each', { 'a/x.ts': '../b/y.ts', 'b/z.ts': '../a/w.ts' }, 'a → b → a'],
  ['a folder and a file', { 'a/x.ts': '../b.ts', 'b.ts': './a/y.ts' }, 'a → b.ts → a'],
  ['three folders', { 'a/x.ts': '../b/x.ts', 'b/x.ts': '../c/x.ts', 'c/x.ts': '../a/y.ts' }, 'a → b → c → a'],
])('a circle of %s is a violation, named by its folder and its imports', (_, files, circle) => {
  const root = repository();
  for (const [file, target] of Object.entries(files)) {
    write(root, `packages/channel/src/inner/${file}`, `import type { A } from '${target}';`);
  }
  const [violation, ...more] = findViolations(root);
  expect(more).toEqual([]);
  expect(violation).toMatch(`packages/channel/src/inner has a circle, ${circle}: packages/channel/src/inner/`);
});

test('folders that import each other one way, and tests that import whatever they test, form no circle', () => {
  const root = repository();
  write(root, 'packages/channel/src/a/x.ts', "import { b } from '../b/x.ts';");
  write(root, 'packages/channel/src/b/x.test.ts', "import { a } from '../a/x.ts';");
  expect(findViolations(root)).toEqual([]);
});
