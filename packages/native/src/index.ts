/**
 * Opens the network's page from an app, and reads the callback.
 *
 *     const { uri, callbackUri, browser } = await bank.start();            // the app's own back end
 *     const outcome = await launch({ uri, callbackUri });
 *     if ('url' in outcome) await bank.complete({ url: outcome.url, browser });
 */
export { LaunchError, type LaunchErrorCode } from './errors.ts';
export { type Launch, launch } from './launch.ts';
export { type LaunchOutcome, type Return, readReturn } from './return.ts';
