/** What is around every screen: the navigation, who is signed in, and the screen's place. */
import { html, nothing, type TemplateResult } from 'lit';
import { icon } from './icons.ts';
import { has, may, roleName, type SignedIn } from './operator.ts';
import { brand } from './parts/brand.ts';
import { setShowsUtc, showsUtc } from './parts/time.ts';
import type { Place } from './router.ts';
import type { ConsoleRoute } from './routes.ts';
import { say } from './texts.ts';

export interface FrameOptions {
  readonly me: SignedIn;
  readonly place: Place;
  readonly routes: readonly ConsoleRoute[];
  readonly content: TemplateResult;
  /** On a narrow screen, whether the navigation is open. */
  readonly menuOpen: boolean;
  readonly toggleMenu: () => void;
  readonly signOut: () => void;
  /** Draws the screen again, after the change between local time and UTC. */
  readonly redraw: () => void;
}

export function frame({
  me,
  place,
  routes,
  content,
  menuOpen,
  toggleMenu,
  signOut,
  redraw,
}: FrameOptions): TemplateResult {
  return html`<a class="skip" href="#main">${say('skip')}</a>
    <div class="frame" @keydown=${(event: KeyboardEvent) => menuOpen && event.key === 'Escape' && toggleMenu()}>
      <header class="side ${menuOpen ? 'open' : ''}">
        <div class="brand">
          ${brand(me)}
          <button type="button" class="bare menu" aria-expanded=${menuOpen} aria-controls="menu" @click=${toggleMenu}>
            ${icon(menuOpen ? 'close' : 'menu')}<span class="unseen">${say('menu')}</span>
          </button>
        </div>
        <div class="drawer" id="menu">
          <nav aria-label=${say('console')}>
            <ul>
              ${routes.map((route) => (route.icon && has(me, route) && may(me, route.roles) ? item(route, route.icon, place) : nothing))}
            </ul>
          </nav>
          ${account(me, signOut, redraw)}
        </div>
      </header>
      <main id="main" tabindex="-1">${content}</main>
    </div>`;
}

function item({ path, title }: ConsoleRoute, name: NonNullable<ConsoleRoute['icon']>, place: Place): TemplateResult {
  const at = place.path === path ? 'page' : place.path.startsWith(`${path}/`) ? 'true' : undefined;
  return html`<li><a href=${path} aria-current=${at ?? nothing}>${icon(name)}${title}</a></li>`;
}

function account({ operator: { name, role } }: SignedIn, signOut: () => void, redraw: () => void): TemplateResult {
  const change = (event: Event) => {
    setShowsUtc((event.target as HTMLInputElement).checked);
    redraw();
  };
  return html`<details class="account">
    <summary><span class="initials" aria-hidden="true">${initialsOf(name)}</span><span class="who"><b>${name}</b><span>${roleName(role)}</span></span>${icon('down')}</summary>
    <div class="sheet">
      <label class="check"><input type="checkbox" .checked=${showsUtc()} @change=${change} />${say('showUtc')}</label>
      <button type="button" @click=${signOut}>${icon('out')}${say('signOut')}</button>
    </div>
  </details>`;
}

function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '');
  return [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => Array.from(word ?? '')[0] ?? '')
    .join('')
    .toUpperCase();
}
