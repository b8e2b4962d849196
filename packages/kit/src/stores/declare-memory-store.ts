/** What a store in memory says of itself, and where it refuses to be one. */
import { KitError } from '../kit-error.ts';

const told = new Set<string>();

/**
 * Warns once (`process.emitWarning`, code `PAYMENT_PASSKEYS_MEMORY_STORE`) that what is kept by `store` is kept in this process alone.
 * Throws KitError `INVALID_OPTIONS` where NODE_ENV is `production`: two processes would not know each other's, and a restart loses all.
 */
export function declareMemoryStore(store: string, instead: string): void {
  if (process.env.NODE_ENV === 'production') {
    throw new KitError('INVALID_OPTIONS', `${store} is for a first try, not for production: use ${instead}`);
  }
  if (told.has(store)) return;
  told.add(store);
  process.emitWarning(
    `${store} keeps everything in this process alone, until it ends. For more than a first try use ${instead}.`,
    {
      code: 'PAYMENT_PASSKEYS_MEMORY_STORE',
    },
  );
}
