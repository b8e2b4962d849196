/** For a command that npm has started. Plain JavaScript, as bin/payment-passkeys-network.mjs runs it on any Node. */

const POLL_MILLISECONDS = 500;

/**
 * npm and npx run a command through a shell. SIGTERM to npm ends that shell, which hands nothing on, and the command would run on without
 * them: this sends SIGTERM to this process when its parent has gone. Does nothing where npm has not started it.
 *
 * @param {Readonly<Record<string, string | undefined>>} env
 */
export function endWithLauncher(env) {
  if (!env.npm_command) return;
  const launcher = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === launcher) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, POLL_MILLISECONDS);
  timer.unref();
}
