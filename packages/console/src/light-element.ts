/** An element without a shadow root, so that the console's style sheet and its labels reach everything. */
import { LitElement } from 'lit';

export abstract class LightElement extends LitElement {
  protected override createRenderRoot(): this {
    return this;
  }
}
