/** A link to another screen of the console. */
import { html } from 'lit';
import { mayOpen } from '../access.ts';
import type { SignedIn } from '../operator.ts';

/** The text alone if the operator's role may not see the screen. */
export function link(me: SignedIn, address: string, text: unknown): unknown {
  return mayOpen(me, address) ? html`<a href=${address}>${text}</a>` : text;
}
