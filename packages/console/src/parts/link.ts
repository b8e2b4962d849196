/** A link to another screen of the console. */
import { html } from 'lit';
import type { SignedIn } from '../operator.ts';
import { mayOpen } from '../routes.ts';

/** The text alone if the operator's role may not see the screen. */
export function link(me: SignedIn, address: string, text: unknown): unknown {
  return mayOpen(me, address) ? html`<a href=${address}>${text}</a>` : text;
}
