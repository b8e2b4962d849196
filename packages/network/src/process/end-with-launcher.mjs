/** For a command that npm has started. Plain JavaScript, because bin/payment-passkeys-network.mjs runs it on any version of Node. */

const POLL_MILLISECONDS = 500;

/**
 * npm and npx run a command through a shell. SIGTERM to npm ends that shell, but the shell does not pass the signal on, so the command would
 * keep running. This function sends SIGTERM to its own process when the parent is gone. It does nothing if npm has not started the process.
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
