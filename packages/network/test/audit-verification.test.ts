/** The verification of the audit trail (contract §18): it detects changes that were made with the triggers off. */
import { createHash, createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSigningKeySet } from '@payment-passkeys/channel';
import { addSeconds } from '@payment-passkeys/protocol';
import type { AuditEntry } from '@payment-passkeys/protocol/console';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chainEntries } from '../src/domain/audit/chain.ts';
import { runCommandLine } from '../src/process/commands/command-line.ts';
import type { TestShop } from './shop.ts';
import { startShopWithoutHousekeeping, trailOf } from './trail-of-test.ts';

const START = new Date('2026-11-24T12:00:00Z');

let at: TestShop;
beforeAll(async () => {
  at = await startShopWithoutHousekeeping();
});
afterAll(() => at.network.stop());

const { pool, keys, write, sign, readAll, verdictOf, tamper, empty } = trailOf(() => at);
afterEach(() => {
  at.network.now = START;
});

describe('what was done with the triggers off is found and named', () => {
  let heads: readonly string[];
  beforeEach(async () => {
    await empty();
    for (let index = 0; index < 4; index++) await write(pool(), `entry-${index}`);
    await sign();
    for (let index = 4; index < 8; index++) await write(pool(), `entry-${index}`);
    at.network.now = addSeconds(START, 24 * 60 * 60);
    await sign();
    for (let index = 8; index < 10; index++) await write(pool(), `entry-${index}`);
    await chainEntries(pool());
    heads = (await pool().query('SELECT jws FROM audit_head ORDER BY head_id')).rows.map(({ jws }) => jws);
  });
  const verdict = async (known: readonly string[] = []) => verdictOf(await readAll(), known);

  test('nothing: it verifies, up to the last head and beyond', async () => {
    expect(await verdict(heads)).toEqual({ ok: true, first: 1, last: 10, heads: 2, signed: 8 });
  });

  test.each<[string, string, object]>([
    [
      'an entry is changed',
      `UPDATE audit_entry SET line = replace(line, 'entry-2', 'entry-x') WHERE position = 3`,
      { fault: 'CHANGED', position: 3 },
    ],
    [
      'an entry is changed with its hash',
      `UPDATE audit_entry SET (line, hash) = (SELECT text, sha256(convert_to(text, 'UTF8')) FROM (SELECT replace(line, 'entry-1', 'entry-x') AS text) AS new) WHERE position = 2`,
      { fault: 'CHANGED', position: 3 },
    ],
    ['an entry is removed', 'DELETE FROM audit_entry WHERE position = 6', { fault: 'REMOVED', position: 7 }],
    ['the first entries are removed', 'DELETE FROM audit_entry WHERE position <= 4', { fault: 'REMOVED', position: 4 }],
    [
      'the first entries are removed, not up to a head',
      'DELETE FROM audit_entry WHERE position <= 2',
      { fault: 'REMOVED', position: 3 },
    ],
    [
      'an entry is inserted',
      `WITH moved AS (UPDATE audit_entry SET position = -position - 1 WHERE position > 5 RETURNING 1)
       INSERT INTO audit_entry SELECT -6, gen_random_uuid(), at, actor_kind, actor_id, action, subject_kind, subject_id, line, hash FROM audit_entry WHERE position = 5`,
      { fault: 'INSERTED', position: 5 },
    ],
    [
      'two entries are reordered',
      `UPDATE audit_entry SET position = CASE position WHEN 3 THEN -4 WHEN 4 THEN -3 END WHERE position IN (3, 4)`,
      { fault: 'REORDERED', position: 4 },
    ],
    ['the tail is cut', 'DELETE FROM audit_entry WHERE position > 6', { fault: 'TAIL_CUT', position: 8 }],
    [
      'a head is forged',
      `UPDATE audit_head SET jws = left(jws, -4) || 'AAAA' WHERE position = 8`,
      { fault: 'HEAD_FORGED' },
    ],
  ])('%s', async (_, statement, fault) => {
    await tamper(statement);
    await tamper('UPDATE audit_entry SET position = -position WHERE position < 0');
    expect(await verdict()).toMatchObject({ ok: false, ...fault });
  });

  test('the whole chain is written anew with another entry: the head does not fit', async () => {
    const lines = await rewrite((entry) => (entry.position === 6 ? { ...entry, actor: { kind: 'NETWORK' } } : entry));
    expect(await verdictOf(lines)).toMatchObject({ ok: false, fault: 'HEAD_DIFFERS', position: 8 });
    // Without the heads in the file, only a head that was kept elsewhere shows that the file was changed.
    const withoutHeads = lines.filter((line) => !line.startsWith('{"head"'));
    expect(await verdictOf(withoutHeads)).toMatchObject({ ok: true, signed: 0 });
    expect(await verdictOf(withoutHeads, heads)).toMatchObject({ ok: false, fault: 'HEAD_DIFFERS', position: 8 });
  });

  test('the tail is cut with its heads: a head from the log tells', async () => {
    await tamper('DELETE FROM audit_entry WHERE position > 4');
    await tamper('DELETE FROM audit_head WHERE position > 4');
    expect(await verdict()).toMatchObject({ ok: true, last: 4, signed: 4 });
    expect(await verdict(heads)).toMatchObject({ ok: false, fault: 'TAIL_CUT', position: 8 });
    expect(await verdict(['x.y.z'])).toMatchObject({ ok: false, fault: 'HEAD_FORGED' });
  });

  /** The export with changed entries. Its hashes are computed again. */
  async function rewrite(change: (entry: AuditEntry) => AuditEntry): Promise<readonly string[]> {
    let previous = '0'.repeat(64);
    return (await readAll()).map((text) => {
      if (text.startsWith('{"head"')) return text;
      const { hash: _, ...entry } = change(JSON.parse(text));
      const line = JSON.stringify({ ...entry, previous });
      previous = createHash('sha256').update(line).digest('hex');
      return `${line.slice(0, -1)},"hash":"${previous}"}`;
    });
  }

  test('an independent verifier, written by docs/audit-trail.md, agrees', async () => {
    const lines = await readAll();
    const set = buildSigningKeySet(keys().signing);
    expect(verifyIndependently(lines, set.keys)).toBe(8);
    const changed = lines.map((line) => line.replace('entry-2', 'entry-x'));
    expect(() => verifyIndependently(changed, set.keys)).toThrow('3 was changed');
    expect(() => verifyIndependently(lines.toSpliced(5, 1), set.keys)).toThrow('6 does not follow');
  });

  test('audit verify: without a database, with the network’s public keys in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'audit-'));
    const lines = await readAll();
    const path = (name: string) => join(folder, name);
    const [good, bad, keyFile] = [path('good.jsonl'), path('bad.jsonl'), path('keys.json')];
    await writeFile(good, `${lines.join('\n')}\n`);
    await writeFile(bad, `${lines.toSpliced(2, 1).join('\n')}\n`);
    const run = async (...args: string[]) => {
      const printed: string[] = [];
      const env = { DATA_DIR: at.network.dataDir, DATABASE_URL: 'postgres://127.0.0.1:1/none' };
      const print = (line: string) => void printed.push(line);
      const code = await runCommandLine(args, { env, clock: () => START, print, log: print });
      const failed = process.exitCode === 1;
      process.exitCode = undefined;
      return { code: failed ? 1 : code, printed: printed.join('\n') };
    };
    await writeFile(keyFile, (await run('audit', 'keys')).printed);
    expect(await run('audit', 'verify', good, '--keys', keyFile)).toEqual({
      code: 0,
      printed:
        'The audit trail is as it was written: the entries 1 to 10, 2 signed heads.\nThe entries from 9 on are not signed yet.',
    });
    expect(await run('audit', 'verify', bad)).toEqual({
      code: 1,
      printed: 'REMOVED: line 3 (position 4) comes after entries that are missing.',
    });
    expect((await run('audit', 'verify', path('none'))).code).toBe(2);
    expect((await run('audit', 'verify', good, '--keys', good)).code).toBe(2);
    await rm(folder, { recursive: true });
  });
});

/** Verifies by node:crypto and docs/audit-trail.md alone, without the network's code. Answers the last signed position. */
function verifyIndependently(lines: readonly string[], jwks: readonly { readonly kid: string }[]): number {
  let position = 0;
  let hash = '0'.repeat(64);
  let signed = 0;
  for (const text of lines) {
    const line = JSON.parse(text);
    if (line.head) {
      const [header = '', claims = '', signature = ''] = String(line.head).split('.');
      const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
      const { typ, alg, kid } = decode(header);
      const jwk = jwks.find((key) => key.kid === kid);
      if (!jwk || typ !== 'audit-head+jwt' || alg !== 'RS256') throw new Error('unknown key or type');
      const key = createPublicKey({ key: jwk as unknown as JsonWebKey, format: 'jwk' });
      if (!verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url')))
        throw new Error('forged head');
      const head = decode(claims);
      if (position === 0) [position, hash] = [head.position, head.hash];
      if (head.position !== position || head.hash !== hash) throw new Error(`${head.position} is not what was signed`);
      signed = head.position;
      continue;
    }
    const hashed = text.replace(/,"hash":"[0-9a-f]{64}"\}$/, '}');
    if (createHash('sha256').update(hashed).digest('hex') !== line.hash)
      throw new Error(`${line.position} was changed`);
    if (line.position !== position + 1 || line.previous !== hash) throw new Error(`${line.position} does not follow`);
    [position, hash] = [line.position, line.hash];
  }
  return signed;
}
