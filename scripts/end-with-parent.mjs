/**
 * Preloaded into a program that a test starts (NODE_OPTIONS=--import=…), with a pipe of the test process as its standard input. When the
 * test process ends for any reason, the pipe closes, and the program stops as by SIGTERM, or after ten seconds by force. Processes that the
 * program starts inherit both.
 */
const STOP_MILLISECONDS = 10_000;

function stop() {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.exit(1), STOP_MILLISECONDS).unref();
}

process.stdin.once('end', stop).once('error', stop).resume().unref?.();
