import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runWithProgress } from './run-with-progress.mjs';

const at = { cwd: tmpdir(), env: process.env };

test('a command that goes on is said to, again and again, by its name; its output is answered', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'progress-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const enough = path.join(folder, 'enough');
  const said = [];
  const log = (line) => {
    said.push(line);
    if (said.length === 3 && !existsSync(enough)) writeFileSync(enough, '');
  };
  // The command ends after three progress lines.
  const command = ['sh', '-c', 'echo begun; until [ -e "$0" ]; do sleep 0.02; done', enough];
  expect(await runWithProgress(command, { ...at, log, every: 5 })).toBe('begun\n');
  expect(said.length).toBeGreaterThanOrEqual(3);
  for (const line of said) expect(line).toMatch(/^ {2}… sh has been running for \d+ s$/);
});

test('one that fails is an error with everything that it wrote, and one that is not there too', async () => {
  const run = (command) => runWithProgress(command, { ...at, log: () => {} });
  await expect(run(['sh', '-c', 'echo one; echo two >&2; exit 3'])).rejects.toThrow(
    /one\n(.|\n)*two\n(.|\n)*sh -c .* failed/,
  );
  await expect(run(['no-such-program'])).rejects.toThrow(/ENOENT/);
});
