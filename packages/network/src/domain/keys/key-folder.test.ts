import type { KeyObject } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildEncryptionKeySet } from '@payment-passkeys/channel';
import type { Mode } from '@payment-passkeys/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openKeyFolder, rotateKeys as rotate } from './key-folder.ts';
import { PUBLISH_AHEAD_SECONDS, publishedSigningKeys, signingKeyAt, webhookKeyAt } from './key-ring.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'keys-')), 'keys');
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

const open = (mode: Mode = 'sandbox') => openKeyFolder({ folder, mode, clock: () => NOW });
const rotateKeys = (changes: Partial<Parameters<typeof rotate>[0]> = {}) =>
  rotate({ folder, mode: 'sandbox', now: NOW, ...changes });

describe('the folder of keys', () => {
  test('in sandbox mode the network makes the keys that it lacks, and keeps them', async () => {
    const first = (await open()).current();
    expect(first.signing).toHaveLength(1);
    expect(first.encryption).toHaveLength(1);
    expect(first.vault.encryption.map(({ version, secret }) => [version, secret.length])).toEqual([[1, 32]]);
    const second = (await open()).current();
    expect(second.signing[0]?.kid).toBe(first.signing[0]?.kid);
    expect(second.vault.index[0]?.secret).toEqual(first.vault.index[0]?.secret);
  });

  test('is its owner’s alone', async () => {
    await open();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const names = await readdir(folder);
    expect(names.sort()).toEqual([
      'account-encryption-0001.json',
      'account-index-0001.json',
      'encryption-0001.json',
      'signing-0001.json',
      'webhook-signing-0001.json',
    ]);
    for (const name of names) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  });

  test('in production the network refuses to start without them, naming what is missing', async () => {
    await expect(open('production')).rejects.toThrow(
      /DATA_DIR .*signing, encryption, account-encryption, account-index/,
    );
    await rotateKeys({ mode: 'production' });
    await unlink(join(folder, 'account-index-0001.json'));
    await expect(open('production')).rejects.toThrow(/DATA_DIR has no account-index key/);
  });

  test('a file that is no key is refused by its name, and nothing of it is shown', async () => {
    await open();
    await writeFile(join(folder, 'signing-0002.json'), JSON.stringify({ use: 'signing', privateKey: 'secret' }));
    await expect(open()).rejects.toThrow(/^DATA_DIR holds a key file that cannot be read: keys\/signing-0002.json$/);
    await writeFile(join(folder, 'signing-0002.json'), '{"use": "signing", "privateKey": "secr');
    await expect(open()).rejects.toThrow(/^DATA_DIR holds a key file that cannot be read: keys\/signing-0002.json$/);
    await writeFile(
      join(folder, 'signing-0002.json'),
      JSON.stringify({ use: 'signing', kid: 'next', activeFrom: NOW.toISOString(), privateKey: 'no key' }),
    );
    await expect(open()).rejects.toThrow(
      /^DATA_DIR holds a private key that cannot be used: next\. The PEM does not hold a key that can be read\.$/,
    );
  });

  test('two key files of one kid, or of one version, are refused, naming both', async () => {
    await open();
    const copy = async (name: string, to: string, changes: object) => {
      const content = JSON.parse(await readFile(join(folder, name), 'utf8'));
      await writeFile(join(folder, to), JSON.stringify({ ...content, ...changes }));
      return content;
    };
    const { kid } = await copy('signing-0001.json', 'signing-0002.json', {});
    await expect(open()).rejects.toThrow(
      `DATA_DIR holds two keys of one name (kid ${kid}): keys/signing-0001.json and keys/signing-0002.json.`,
    );
    await unlink(join(folder, 'signing-0002.json'));
    // Proof keys and payload keys are published separately, but no two of them may have one name.
    await copy('encryption-0001.json', 'encryption-0002.json', { kid });
    await expect(open()).rejects.toThrow(/keys\/encryption-0002\.json and keys\/signing-0001\.json/);
    await unlink(join(folder, 'encryption-0002.json'));
    await copy('account-index-0001.json', 'account-index-0002.json', {});
    await expect(open()).rejects.toThrow(/one name \(account-index version 1\)/);
    await unlink(join(folder, 'account-index-0002.json'));
    await expect(open()).resolves.toBeDefined();
  });

  test('a key in a PEM with text before BEGIN is taken (RFC 7468 §2), and so is one on one line', async () => {
    const first = (await open()).current();
    for (const name of ['signing-0001.json', 'encryption-0001.json']) {
      const { privateKey, certificate, ...rest } = JSON.parse(await readFile(join(folder, name), 'utf8'));
      const withText = {
        ...rest,
        privateKey: `Bag Attributes\n${privateKey}`.replaceAll('\n', '\\n'),
        ...(certificate && { certificate: `Certificate:\n    Data:\n${certificate}` }),
      };
      await writeFile(join(folder, name), JSON.stringify(withText));
    }
    const second = (await open()).current();
    expect(second.signing[0]?.publicKey.equals(first.signing[0]?.publicKey as KeyObject)).toBe(true);
    const [before, after] = [first, second].map(({ encryption }) => buildEncryptionKeySet(encryption));
    expect(after).toEqual(before);
  });

  test('several processes that start at once end up with the same keys', async () => {
    const rings = (await Promise.all([open(), open(), open(), open()])).map((keys) => keys.current());
    const kids = rings.map(({ signing, encryption }) => [signing, encryption].map(([key]) => key?.kid).join());
    const secrets = rings.map(({ vault }) =>
      [vault.encryption[0], vault.index[0]].map((key) => key?.secret.toString('hex')),
    );
    expect(new Set(kids).size).toBe(1);
    expect(new Set(secrets.map(String)).size).toBe(1);
  });
});

describe('keys rotate', () => {
  test('makes every key of an empty folder, in use at once', async () => {
    const made = await rotateKeys();
    expect(made.map(({ use, activeFrom }) => [use, activeFrom])).toEqual([
      ['signing', NOW],
      ['encryption', NOW],
      ['account-encryption', NOW],
      ['account-index', NOW],
      ['webhook-signing', NOW],
    ]);
    await expect(open()).resolves.toBeDefined();
  });

  test('a running server sees the next keys; the signing key signs only after it was published', async () => {
    const keys = await open();
    const [before] = keys.current().signing;
    const made = await rotateKeys();
    expect(made.map(({ use }) => use)).toEqual([
      'signing',
      'encryption',
      'account-encryption',
      'account-index',
      'webhook-signing',
    ]);
    await keys.refresh();
    expect(publishedSigningKeys(keys.current(), NOW)).toHaveLength(2);
    expect(signingKeyAt(keys.current(), NOW).kid).toBe(before?.kid);
    const later = new Date(NOW.getTime() + PUBLISH_AHEAD_SECONDS * 1000);
    expect(signingKeyAt(keys.current(), later).kid).toBe(made[0]?.kid);
  });

  test('works after the file of a retired key was taken away', async () => {
    await open();
    await rotateKeys();
    await unlink(join(folder, 'signing-0001.json'));
    await unlink(join(folder, 'encryption-0001.json'));
    const [signing] = await rotateKeys({ now: new Date(NOW.getTime() + 86_400_000) });
    expect(signing?.kid).toMatch(/-0003$/);
    expect(await readdir(folder)).toContain('signing-0003.json');
  });

  test('of two at once, the files stay whole: each key has its own number and name', async () => {
    await open();
    await Promise.allSettled([rotateKeys(), rotateKeys()]);
    const { signing } = (await open()).current();
    expect(new Set(signing.map(({ kid }) => kid)).size).toBe(signing.length);
    expect((await readdir(folder)).every((name) => /^[a-z-]+-\d{4}\.json$/.test(name))).toBe(true);
  });
});

test('a network from before webhooks starts in production without their key, and posts nothing until it is made', async () => {
  await rotateKeys({ mode: 'production' });
  await unlink(join(folder, 'webhook-signing-0001.json'));
  const keys = await open('production');
  expect(webhookKeyAt(keys.current(), NOW)).toBeUndefined();
  await rotateKeys({ mode: 'production', uses: ['webhook-signing'] });
  await keys.refresh();
  expect(webhookKeyAt(keys.current(), NOW)?.publicKey.asymmetricKeyType).toBe('ed25519');
});
