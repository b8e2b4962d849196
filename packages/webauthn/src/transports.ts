/** How a browser may reach an authenticator: a hint of its own, that it is given back with the next ceremony. */

/** WebAuthn L3 §5.8.4. */
export const TRANSPORTS = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/**
 * The known transports of a list, each once, in the list's order; none of anything else. An unknown value is of no use: a browser that it is
 * given back to ignores it (L3 §5.8.3), and what is stored should have a meaning.
 */
export function readTransports(value: unknown): Transport[] {
  if (!Array.isArray(value)) return [];
  const given: ReadonlySet<unknown> = new Set(value);
  return [...given].filter((each): each is Transport => (TRANSPORTS as readonly unknown[]).includes(each));
}
