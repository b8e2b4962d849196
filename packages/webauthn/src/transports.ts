/** How a browser may reach an authenticator: its own hint, which it gets back in the next ceremony. */

/** WebAuthn L3 §5.8.4. */
export const TRANSPORTS = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** The known transports of a list, each once, in the list's order. Unknown values are dropped: browsers ignore them (L3 §5.8.3). */
export function readTransports(value: unknown): Transport[] {
  if (!Array.isArray(value)) return [];
  const given: ReadonlySet<unknown> = new Set(value);
  return [...given].filter((each): each is Transport => (TRANSPORTS as readonly unknown[]).includes(each));
}
