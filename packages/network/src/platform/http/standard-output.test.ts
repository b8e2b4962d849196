import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

const OPEN = `import { openStandardOutput } from ${JSON.stringify(new URL('standard-output.ts', import.meta.url).href)};
  const output = openStandardOutput();`;
const flags = (program: string) => ['--conditions=source', '--input-type=module', '--eval', program];

test('a line that a write refuses, or takes only in part, is written once, whole and in its place', () => {
  // 'é' has two bytes, and 101 bytes are written of it first.
  const program = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    ${OPEN}
    const { writeSync } = fs;
    let fault;
    fs.writeSync = (fd, bytes, ...rest) => {
      const current = fault;
      fault = undefined;
      if (current === 'REFUSED') throw Object.assign(new Error('write'), { code: 'EAGAIN' });
      return writeSync(fd, current === 'PART' ? bytes.subarray(0, 101) : bytes, ...rest);
    };
    syncBuiltinESMExports();
    for (let line = 0; line < 9; line++) {
      fault = [undefined, 'REFUSED', 'PART'][line % 3];
      output.write(line + 'é'.repeat(200) + '\\n');
    }`;
  const written = execFileSync(process.execPath, flags(program), { cwd: import.meta.dirname, encoding: 'utf8' });
  expect(written).toBe(Array.from({ length: 9 }, (_, line) => `${line}${'é'.repeat(200)}\n`).join(''));
});

test('a reader that is gone does not end the process', async () => {
  const program = `${OPEN}
    process.once('message', () => {
      for (let line = 0; line < 9; line++) output.write('a line\\n');
      process.send('alive', () => process.exit(0));
    });
    process.send('ready');`;
  const child = spawn(process.execPath, flags(program), {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  child.stdout?.destroy();
  child.send('write');
  const [[said], [code]] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
  expect([said, code]).toEqual(['alive', 0]);
});
