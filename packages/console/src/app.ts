/** `<console-app>`: who is signed in, which screen is shown, and the way between them. */
import type { Me } from '@payment-passkeys/protocol/console';
import { html, type PropertyDeclarations, type TemplateResult } from 'lit';
import { type Api, buildApi } from './api.ts';
import { confirmFreshly } from './confirm.ts';
import { frame } from './frame.ts';
import { LightElement } from './light-element.ts';
import { type Navigation, startNavigation } from './navigation.ts';
import { has, isSignedIn, may, roleName, type SignedIn } from './operator.ts';
import { announce, openRegion } from './parts/announce.ts';
import { dismissDialogs } from './parts/dialog.ts';
import { heading } from './parts/heading.ts';
import { empty, failed, waiting } from './parts/states.ts';
import { listRoles } from './problem.ts';
import { type Place, readNext, readPlace, withQuery } from './router.ts';
import { ROUTES, START } from './routes.ts';
import type { DoorModule, ScreenContext } from './screen.ts';
import { say } from './texts.ts';

/** The result of loading the module of a screen. */
type Loaded = { readonly module: unknown } | { readonly error: unknown };

/** Shown without the frame, because nobody is signed in. */
const SIGN_IN = '/sign-in';
const INVITATION = '/invitation';

export class ConsoleApp extends LightElement {
  static override readonly properties: PropertyDeclarations = {
    me: { state: true },
    place: { state: true },
    problem: { state: true },
    menuOpen: { state: true },
  };

  /** Undefined until the server has answered. */
  declare private me: Me | undefined;
  declare private place: Place;
  /** The error, if the server could not say who is signed in. */
  declare private problem: unknown;
  declare private menuOpen: boolean;

  readonly #navigation: Navigation = startNavigation(() => this.#moved());
  readonly #api: Api = buildApi({
    fetch: (...request) => fetch(...request),
    signedOut: () => this.#signedOut(),
    confirm: (api) => confirmFreshly(api, this.me?.operator?.signsInBy ?? 'PASSKEY'),
  });
  /** By the route's path: the module, once it is loaded, or why it is not. */
  readonly #modules = new Map<string, Loaded>();
  readonly #loading = new Set<string>();
  /** Stays the same object while the place is the same, so that the screen is not drawn again without need. */
  #context: ScreenContext | undefined;

  constructor() {
    super();
    this.menuOpen = false;
    this.place = readPlace(this.#navigation.address(), ROUTES);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.replaceChildren();
    openRegion();
    void this.#begin();
  }

  async #begin(): Promise<void> {
    this.problem = undefined;
    // The screen loads while the server answers. An operator who is signed out needs it after the sign-in.
    const { route } = this.place;
    if (route) this.#load(route.path, route.load);
    try {
      this.me = await this.#api.get<Me>('/api/me', { signedOut: true });
    } catch (error) {
      this.problem = error;
    }
    this.#moved();
  }

  /** Called after each change of the address or of who is signed in. */
  #moved(): void {
    const before = this.place;
    this.place = readPlace(this.#navigation.address(), ROUTES);
    const { path } = this.place;
    const { me } = this;
    if (!me) return;
    if (!isSignedIn(me)) {
      this.#context = undefined;
      if (path !== SIGN_IN && path !== INVITATION) this.#askToSignIn();
      return;
    }
    const next = path === SIGN_IN ? readNext(this.place.query) : path === '/' ? this.#start(me) : undefined;
    if (next !== undefined) {
      this.#navigation.replace(next);
      return;
    }
    this.#renew(me);
    this.menuOpen = false;
    if (path !== before.path) this.#arrive();
  }

  #askToSignIn(): void {
    const { pathname, search } = this.#navigation.address();
    this.#navigation.replace(withQuery(SIGN_IN, pathname === '/' ? {} : { next: pathname + search }));
  }

  #renew(me: SignedIn): void {
    const { params, query } = this.place;
    this.#context = { api: this.#api, me, navigation: this.#navigation, params, query };
  }

  /** The first screen that the role may see. */
  #start(me: SignedIn): string {
    const start = ROUTES.find((route) => route.path === START && may(me, route.roles));
    return (start ?? ROUTES.find((route) => route.icon && may(me, route.roles)))?.path ?? SIGN_IN;
  }

  /** A new screen begins at its top, and is read out from its heading. */
  #arrive(): void {
    void this.updateComplete.then(() => {
      scrollTo(0, 0);
      this.querySelector<HTMLElement>('main')?.focus({ preventScroll: true });
    });
  }

  #signedOut(): void {
    if (!this.me || !isSignedIn(this.me)) return;
    dismissDialogs();
    announce(say('signedOut'));
    this.#forgetOperator(this.me);
    this.#askToSignIn();
  }

  readonly #signOut = async (): Promise<void> => {
    await this.#api.post('/api/sign-out', {}, { signedOut: true }).catch(() => undefined);
    if (this.me) this.#forgetOperator(this.me);
    this.#navigation.replace(SIGN_IN);
  };

  #forgetOperator({ operator: _, ...me }: Me): void {
    this.me = me;
  }

  /** After the sign-in and the accepted invitation. */
  readonly #signedIn = async (): Promise<void> => {
    if (this.place.path === INVITATION) this.#navigation.replace('/');
    await this.#begin();
  };

  protected override render(): TemplateResult {
    const { me, place } = this;
    if (this.problem !== undefined)
      return html`<main class="alone"><div class="door"><h1>${say('console')}</h1>${failed(this.problem, () => void this.#begin())}</div></main>`;
    if (me === undefined) return html`<main class="alone">${waiting(3)}</main>`;
    if (place.path === INVITATION || !isSignedIn(me)) return html`<main class="alone">${this.#door(me, place)}</main>`;
    return frame({
      me,
      place,
      routes: ROUTES,
      content: this.#content(me, place),
      menuOpen: this.menuOpen,
      toggleMenu: () => {
        this.menuOpen = !this.menuOpen;
      },
      signOut: () => void this.#signOut(),
      redraw: () => {
        this.#renew(me);
        this.requestUpdate();
      },
    });
  }

  #door(me: Me, { path, query }: Place): TemplateResult {
    const view = ({ door }: DoorModule) => door({ api: this.#api, me, query, entered: this.#signedIn });
    document.title = path === INVITATION ? say('invitation') : say('signIn');
    return path === INVITATION
      ? this.#withModule(path, () => import('./screens/invitation/door.ts'), view)
      : this.#withModule(SIGN_IN, () => import('./screens/sign-in/door.ts'), view);
  }

  #content(me: SignedIn, { route: known }: Place): TemplateResult {
    const route = known && has(me, known) ? known : undefined;
    document.title = `${route?.title ?? say('notFound')} · ${me.networkName}`;
    if (!route)
      return html`${heading(say('notFound'))}${empty({ title: say('nothingHere'), text: say('nothingHereText'), action: html`<a class="button" href="/">${say('toStart')}</a>` })}`;
    if (!may(me, route.roles)) return html`${heading(route.title)}${forbidden(me, route.roles)}`;
    const context = this.#context;
    return this.#withModule(
      route.path,
      () => route.load(),
      ({ screen }) => (context ? screen(context) : waiting()),
    );
  }

  /** The view of a module, which is loaded on its first use. */
  #withModule<Module>(
    path: string,
    load: () => Promise<Module>,
    view: (module: Module) => TemplateResult,
  ): TemplateResult {
    const loaded = this.#modules.get(path);
    if (loaded && 'module' in loaded) return view(loaded.module as Module); // each path has one `load`
    // A new version of the console may have replaced the file.
    if (loaded) return failed(loaded.error, () => location.reload());
    this.#load(path, load);
    return waiting();
  }

  #load(path: string, load: () => Promise<unknown>): void {
    if (this.#loading.has(path)) return;
    this.#loading.add(path);
    load()
      .then(
        (module) => this.#modules.set(path, { module }),
        (error: unknown) => this.#modules.set(path, { error }),
      )
      .finally(() => this.requestUpdate());
  }
}

function forbidden(me: SignedIn, roles: readonly string[]): TemplateResult {
  const { name, role } = me.operator;
  return empty({
    title: say('needsRole', { roles: listRoles(roles) }),
    text: say('yourRole', { name, role: roleName(role) }),
  });
}
