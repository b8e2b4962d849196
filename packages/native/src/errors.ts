/** The launcher's error: the page could not be opened. Every end of an opened visit is an outcome and not an error. */

/**
 * - `INVALID_LAUNCH`: `uri` is not https, `callbackUri` is neither https nor of a private-use scheme (`example.bank.app:/…`), or one of
 * them is missing; the message names which.
 * - `ALREADY_OPEN`: the app has another open session.
 * - `BROWSER_FAILED`: expo-web-browser could not open a session; its own error is in `cause`.
 */
export type LaunchErrorCode = 'INVALID_LAUNCH' | 'ALREADY_OPEN' | 'BROWSER_FAILED';

/** The only error of the launcher. Its message holds no address, because one contains a token and the other a proof. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';
  readonly code: LaunchErrorCode;

  constructor(code: LaunchErrorCode, message: string, { cause }: { readonly cause?: unknown } = {}) {
    super(`${code}: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
