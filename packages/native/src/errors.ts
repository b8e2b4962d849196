/** What the launcher throws: that the page could not be opened. However a visit ends is an outcome. */

/**
 * - `INVALID_LAUNCH`: `uri` is not https, or `callbackUri` neither https nor of a private-use scheme (`example.bank.app:/…`), or one of them
 *   is missing; the message names which.
 * - `ALREADY_OPEN`: another session of the app's is open.
 * - `BROWSER_FAILED`: expo-web-browser could not open one; its own error is in `cause`.
 */
export type LaunchErrorCode = 'INVALID_LAUNCH' | 'ALREADY_OPEN' | 'BROWSER_FAILED';

/** The one error of the launcher. Its message holds no address: one carries a token, the other a proof. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';
  readonly code: LaunchErrorCode;

  constructor(code: LaunchErrorCode, message: string, { cause }: { readonly cause?: unknown } = {}) {
    super(`${code}: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
