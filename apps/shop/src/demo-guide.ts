/** What the demonstration tells a visitor; a real shop has none. */
export interface DemoGuide {
  /** Where a passkey can be made at the bank. */
  readonly bankUrl: string;
  /** Published test numbers. */
  readonly cards: readonly { readonly number: string; readonly expires: string }[];
}
