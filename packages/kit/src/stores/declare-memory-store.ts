/** Warns about a memory store, and refuses it in production. */
import { KitError } from '../kit-error.ts';

const told = new Set<string>();

/**
 * Warns once (`process.emitWarning`, code `PAYMENT_PASSKEYS_MEMORY_STORE`) that `store` keeps its data in this process only. Throws
 * KitError `INVALID_OPTIONS` if NODE_ENV is `production`: two processes would not share the data, and a restart loses it.
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
