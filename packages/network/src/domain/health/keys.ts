/** The dates of the network's keys, and whether one is missing or is to be rotated. */
import type { Mode } from '@payment-passkeys/protocol';
import { type KeyUse, OPTIONAL_KEY_USE } from '../keys/key-file.ts';
import type { KeyFolder } from '../keys/key-folder.ts';
import { ROTATION_SECONDS } from '../keys/key-schedule.ts';
import type { HealthProblem } from './problem.ts';

/** From when on each key of a use is in use. */
export function datesOf(keys: KeyFolder, use: KeyUse): readonly Date[] {
  const ring = keys.current();
  const dated = () => {
    switch (use) {
      case 'signing':
      case 'encryption':
        return ring[use];
      case 'webhook-signing':
        return ring.webhookSigning;
      default:
        return keys.secrets(use);
    }
  };
  return dated().map(({ activeFrom }) => activeFrom);
}

/** `dates`: from when on each key of the use is in use. Undefined if all is well. Pure. */
export function findNetworkKeyProblem(
  use: KeyUse,
  dates: readonly Date[],
  { mode, now }: { readonly mode: Mode; readonly now: Date },
): HealthProblem | undefined {
  const key = { kind: 'NETWORK_KEY', about: `${use} key`, docs: 'operating-the-network.md#keys' } as const;
  const remedy = 'Make the next key. It is used when every process has read it.';
  if (dates.length === 0) {
    if (mode === 'sandbox') return undefined;
    return use === OPTIONAL_KEY_USE
      ? {
          ...key,
          severity: 'WARNING',
          text: 'is missing, so no events are posted',
          remedy,
          command: `keys rotate ${use}`,
        }
      : { ...key, severity: 'WRONG', text: 'is missing', remedy, command: 'keys rotate' };
  }
  const used = dates.filter((date) => date <= now);
  if (used.length === 0) {
    return {
      ...key,
      severity: 'WRONG',
      text: 'is not active yet, and there is no other',
      remedy: 'Wait until it is active, or check the clock.',
    };
  }
  const newest = Math.max(...dates.map((date) => date.getTime()));
  if (now.getTime() - newest <= ROTATION_SECONDS[use] * 1000) return undefined;
  const since = new Date(newest).toISOString().slice(0, 10);
  return { ...key, severity: 'WARNING', text: `is in use since ${since}`, remedy, command: `keys rotate ${use}` };
}
