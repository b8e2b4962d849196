/** Every statement of the network, as its modules make them when they are loaded. */
import type { Statement } from '@payment-passkeys/storage';
import { vi } from 'vitest';

/** Evaluates the network's modules again, with a `statement` that records the statements it makes. */
export async function collectStatements(): Promise<readonly Statement[]> {
  const made: Statement[] = [];
  vi.resetModules();
  vi.doMock(import('@payment-passkeys/storage'), async (importOriginal) => {
    const storage = await importOriginal();
    const keep: typeof storage.statement = (options) => {
      const one = storage.statement(options);
      made.push(one);
      return one;
    };
    return { ...storage, statement: keep };
  });
  await import('../src/process/start.ts');
  await import('../src/sandbox/sandbox.ts');
  await import('../src/sandbox/console.ts');
  await import('../src/process/commands/client-commands.ts');
  await import('../src/domain/bindings/passkey-deletion.ts');
  vi.doUnmock('@payment-passkeys/storage');
  vi.resetModules();
  return made;
}
