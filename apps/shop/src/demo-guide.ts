/** The demonstration's hints for a visitor; a real shop has none. */
export interface DemoGuide {
  /** The bank's page on which a passkey can be made. */
  readonly bankUrl: string;
  /** The network's page on which cardholders manage their passkeys. */
  readonly manageUrl: string;
  /** Published test numbers. */
  readonly cards: readonly { readonly number: string; readonly expires: string }[];
}
