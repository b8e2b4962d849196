/** Runs a command that may take long. Called by setup.mjs, so it is plain JavaScript for Node 18 or newer and imports nothing installed. */
import { spawn } from 'node:child_process';
import path from 'node:path';

const PROGRESS_MILLISECONDS = 5_000;

/**
 * Does not print the command's output, but a line every five seconds while it runs. Answers its standard output. If the command fails, rejects
 * with its whole output.
 *
 * @param {readonly string[]} command the program and its arguments.
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, log: (line: string) => void, every?: number }} options `every` is in milliseconds.
 * @returns {Promise<string>}
 */
export async function runWithProgress([file, ...args], { cwd, env, log, every = PROGRESS_MILLISECONDS }) {
  const begun = Date.now();
  const progress = setInterval(
    () => log(`  … ${path.basename(file)} has been running for ${Math.round((Date.now() - begun) / 1000)} s`),
    every,
  );
  try {
    const { code, stdout, output } = await listen(spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] }));
    if (code === 0) return stdout;
    throw new Error(`${output}${path.basename(file)} ${args.join(' ')} failed; what it said stands above.`);
  } finally {
    clearInterval(progress);
  }
}

function listen(child) {
  let stdout = '';
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
    output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 127, stdout, output: `${error.message}\n` }));
    child.once('close', (code) => resolve({ code, stdout, output }));
  });
}
