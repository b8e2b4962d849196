/** The differences of two registrations, as a command prints them. */
import type { Difference } from '@payment-passkeys/protocol/console';

/** Indented lines: the field, the removed values (-) and the added ones (+). */
export function printable(differences: readonly Difference[]): readonly string[] {
  return differences.flatMap(({ field, before, after }) => [
    `  ${field}`,
    ...before.filter((value) => !after.includes(value)).map((value) => `    - ${value}`),
    ...after.filter((value) => !before.includes(value)).map((value) => `    + ${value}`),
  ]);
}
