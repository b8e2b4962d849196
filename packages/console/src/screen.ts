/** What a screen is, and what it gets from the frame. */
import type { Me } from '@payment-passkeys/protocol/console';
import type { PropertyDeclarations, TemplateResult } from 'lit';
import type { Api } from './api.ts';
import { LightElement } from './light-element.ts';
import type { Navigation } from './navigation.ts';
import type { SignedIn } from './operator.ts';

/** What a screen works with. */
export interface ScreenContext {
  readonly api: Api;
  readonly me: SignedIn;
  readonly navigation: Pick<Navigation, 'go' | 'replace'>;
  /** The parameters in the address. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** The module that a route loads. */
export interface ScreenModule {
  screen(context: ScreenContext): TemplateResult;
}

/** The module of a page for somebody who is not signed in yet: the sign-in, or the invitation. */
export interface DoorModule {
  door(context: DoorContext): TemplateResult;
}

export interface DoorContext {
  readonly api: Api;
  readonly me: Me;
  readonly query: URLSearchParams;
  /** Call it when the server has set the session's cookie. */
  readonly entered: () => Promise<void>;
}

/** A screen's element. */
export abstract class Screen extends LightElement {
  static override readonly properties: PropertyDeclarations = { context: { attribute: false } };

  declare context: ScreenContext;
}
