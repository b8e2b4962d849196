/** The differences of two registrations, as a command prints them. */
import type { Difference } from '@payment-passkeys/protocol/console';

/** Indented lines: the field, what goes (-) and what comes (+). */
export function printable(differences: readonly Difference[]): readonly string[] {
  return differences.flatMap(({ field, before, after }) => [
    `  ${field}`,
    ...before.filter((value) => !after.includes(value)).map((value) => `    - ${value}`),
    ...after.filter((value) => !before.includes(value)).map((value) => `    + ${value}`),
  ]);
}
