/** The system's own tar unpacks our archives. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildTar } from './tar.ts';

test('tar unpacks what was packed: texts of every length, in folders', () => {
  const files = new Map([
    ['empty.txt', ''],
    ['one block.txt', 'a'.repeat(512)],
    ['folder/with a comma, and more.txt', 'Zoë\n'.repeat(1000)],
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'tar-'));
  try {
    execFileSync('tar', ['xzf', '-'], { cwd: folder, input: buildTar('packed', files) });
    for (const [path, text] of files) expect(readFileSync(join(folder, 'packed', path), 'utf8')).toBe(text);
    expect(readdirSync(folder)).toEqual(['packed']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a name that the format cannot hold is refused', () => {
  expect(() => buildTar('packed', new Map([['é', '']]))).toThrow('printable ASCII');
  expect(() => buildTar('packed', new Map([['a'.repeat(100), '']]))).toThrow('1 to 100');
});
