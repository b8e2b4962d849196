/** `<payment-passkey-registration>`: the issuer's registration screen as one element. Its reference is docs/registration-element.md. */
import { readOptional } from '@payment-passkeys/protocol/browser-objects';
import { LitElement, type PropertyDeclarations, type PropertyValues, type TemplateResult } from 'lit';
import { html } from 'lit/html.js';
import type { AcceptedConsent } from '../consent/accepted-consent.ts';
import type { Catalogue } from '../consent/catalogue.ts';
import { type RegistrationAccount, readAccounts } from './accounts.ts';
import { type CatalogueSource, openCatalogue } from './catalogue-source.ts';
import { checkDevice, type DeviceSupport } from './device.ts';
import { acceptScene, buildScene, type Scene } from './scene.ts';
import { STYLE } from './style.ts';
import { type Actions, viewRegistration } from './view.ts';

/** The detail of the event `change`. */
export interface RegistrationPlace {
  readonly country: string;
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
  /** The screen's heading in that language, for the document's title. */
  readonly heading: string;
  readonly eligible: boolean;
}

/** The element's events. They bubble, and cross shadow roots. */
export interface RegistrationEventMap {
  /** Cancelable. If it is not cancelled, the element's form is submitted. */
  accept: CustomEvent<AcceptedConsent>;
  /** Cancelable. If it is not cancelled, the page goes to `decline-uri`, if there is one. */
  decline: CustomEvent<undefined>;
  /** The cardholder has changed country or language, and the element shows it. */
  change: CustomEvent<RegistrationPlace>;
}

/** The properties that the shown texts depend on. */
const SHOWN = ['bank', 'catalogue', 'countries', 'country', 'language'] as const;

/** The registration screen as a web component. Its attributes, events and parts are in docs/registration-element.md. */
export class PaymentPasskeyRegistration extends LitElement {
  static readonly formAssociated = true;
  /** The element's style sheet. */
  static override readonly styles = STYLE;
  static override readonly properties: PropertyDeclarations = {
    accounts: { converter: { fromAttribute: readAccounts } },
    bank: {},
    catalogue: {},
    chooseAccounts: { type: Boolean, attribute: 'choose-accounts' },
    countries: { converter: { fromAttribute: (list) => list?.split(/[\s,]+/).filter((each) => each !== '') ?? [] } },
    country: {},
    declineUri: { attribute: 'decline-uri' },
    disabled: { type: Boolean, reflect: true },
    headingLevel: { type: Number, attribute: 'heading-level' },
    language: {},
    name: { reflect: true },
    removeFallback: { type: Boolean, attribute: 'remove-fallback' },
    scene: { state: true },
    chosen: { state: true },
    device: { state: true },
    busy: { state: true },
    problem: { state: true },
    failed: { state: true },
  };

  /** The accounts to link, at least one card. */
  declare accounts: readonly RegistrationAccount[];
  /** The bank's name in the texts. It must equal `bank` of the server's `createConsents`. */
  declare bank: string;
  /** A catalogue, or the address of its index.json. Without one: the reference program. */
  declare catalogue: Catalogue | string | undefined;
  /** Whether the cardholder may leave out single accounts. */
  declare chooseAccounts: boolean;
  /** The countries to choose from; if empty, all of the catalogue. */
  declare countries: readonly string[];
  /** ISO 3166-1 alpha-2. The country that is shown first, and later the cardholder's choice. */
  declare country: string;
  declare declineUri: string | undefined;
  declare disabled: boolean;
  /** The level of the heading; 2 by default. */
  declare headingLevel: number;
  /** BCP 47. The language that is shown first, and later the cardholder's choice. By default the page's, then the browser's. */
  declare language: string | undefined;
  declare name: string | undefined;
  /** Removes the element's content from the page when the screen is drawn. Do not use it if a framework manages that content. */
  declare removeFallback: boolean;

  declare private scene: Scene | undefined;
  declare private chosen: ReadonlySet<string>;
  declare private device: DeviceSupport;
  declare private busy: 'LOADING' | 'LEAVING' | undefined;
  declare private problem: 'NO_CARD' | 'LANGUAGE_FAILED' | undefined;
  declare private failed: boolean;

  /** Settles when the device has answered. */
  #device: Promise<void> | undefined;
  readonly #internals = this.attachInternals();
  #accepted: AcceptedConsent | undefined;
  /** The number of the latest request for a scene. A scene of an earlier request is dropped. */
  #asked = 0;
  #left = new Set<string>();
  #opened: { readonly catalogue: Catalogue | string | undefined; readonly source: CatalogueSource } | undefined;
  /** The properties of the scene that is shown or is being loaded. */
  #shown: Pick<PaymentPasskeyRegistration, (typeof SHOWN)[number]> | undefined;

  constructor() {
    super();
    this.accounts = [];
    this.bank = '';
    this.chooseAccounts = false;
    this.countries = [];
    this.country = '';
    this.disabled = false;
    this.headingLevel = 2;
    this.removeFallback = false;
    this.chosen = new Set();
    this.device = 'READY';
    this.failed = false;
  }

  /** The consent, after the cardholder has agreed. The form submits it as JSON under `name`. */
  get value(): AcceptedConsent | undefined {
    return this.#accepted;
  }

  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('pageshow', this.#back);
    void this.#start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('pageshow', this.#back);
  }

  /** The browser calls it when the form is reset: the consent is dropped. */
  formResetCallback(): void {
    this.#left = new Set();
    this.#choose();
    this.#hold(undefined);
  }

  /** The browser calls it when the form control is disabled or enabled. */
  formDisabledCallback(disabled: boolean): void {
    this.disabled = disabled;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('accounts') || changed.has('chooseAccounts')) this.#choose();
    if (this.scene && SHOWN.some((name) => changed.has(name)) && !this.#isShown()) void this.#show();
  }

  protected override render(): TemplateResult {
    if (this.failed) return html`<slot></slot>`;
    const { scene } = this;
    if (scene === undefined) return html`<div class="pending" part="pending"></div>`;
    const { bank, accounts, chosen, device, busy, problem, disabled, headingLevel } = this;
    return viewRegistration(
      { scene, bank, accounts, chosen, device, busy, problem, disabled, headingLevel, choosable: this.chooseAccounts },
      this.#actions,
    );
  }

  /** Sets the values of the selects, also after their options have changed. */
  protected override updated(): void {
    if (this.removeFallback && this.scene !== undefined) this.replaceChildren();
    this.#select('country', this.country);
    this.#select('language', this.language ?? '');
  }

  readonly #actions: Actions = {
    choosePlace: async (place) => {
      Object.assign(this, place);
      if (await this.#show()) this.#dispatch('change', this.#place());
    },
    toggle: (id, chosen) => {
      if (chosen) this.#left.delete(id);
      else this.#left.add(id);
      this.#choose();
      if (this.#hasCard()) this.problem = undefined;
    },
    accept: () => this.#accept(),
    decline: () => {
      if (this.#dispatch('decline', undefined) && this.declineUri !== undefined) this.#leave(this.declineUri);
    },
    checkAgain: async () => {
      this.device = await checkDevice(window);
    },
  };

  /** Asks the device and loads the catalogue at the same time. Nothing is drawn before both are there, so that nothing moves. */
  async #start(): Promise<void> {
    this.#device = checkDevice(window).then((device) => {
      this.device = device;
    });
    await this.#show();
  }

  /** Never rejects. On a failure the screen stays as it was; at the start that is the element's own content. */
  async #show(): Promise<boolean> {
    const asked = ++this.#asked;
    const before = this.scene;
    this.#note();
    this.busy = 'LOADING';
    try {
      const { language, bank, country, countries: offered } = this;
      const page = document.documentElement.lang;
      const wishes = language ? [language] : [page, ...(readOptional(() => [...navigator.languages]) ?? [])];
      const languages = wishes.filter((tag) => tag !== '');
      const [scene] = await Promise.all([
        buildScene(this.#source(), { country, languages, bank, offered }),
        this.#device,
      ]);
      if (asked !== this.#asked) return false;
      this.failed = false;
      this.problem = undefined;
      this.#draw(scene);
      return true;
    } catch {
      if (asked !== this.#asked) return false;
      if (before === undefined) this.failed = true;
      else {
        this.problem = 'LANGUAGE_FAILED';
        this.#draw(before);
      }
      return false;
    } finally {
      if (asked === this.#asked) this.busy = undefined;
    }
  }

  /** Also sets the element's country and language, without loading the scene again. */
  #draw(scene: Scene): void {
    this.scene = scene;
    this.#hold(undefined);
    if (this.country !== scene.country) this.country = scene.country;
    if (this.language !== scene.language) this.language = scene.language;
    this.#note();
  }

  #source(): CatalogueSource {
    const { catalogue } = this;
    if (this.#opened?.catalogue !== catalogue || this.#opened === undefined) {
      this.#opened = { catalogue, source: openCatalogue(catalogue, this.baseURI) };
    }
    return this.#opened.source;
  }

  #note(): void {
    const { bank, catalogue, countries, country, language } = this;
    this.#shown = { bank, catalogue, countries, country, language };
  }

  #place(): RegistrationPlace {
    const { country, language, direction, entries, ineligible } = this.scene as Scene; // it has just been drawn
    return { country, language, direction, heading: entries.words.heading, eligible: ineligible === undefined };
  }

  #isShown(): boolean {
    return SHOWN.every((name) => this[name] === this.#shown?.[name]);
  }

  #choose(): void {
    const ids = this.accounts.map(({ id }) => id);
    this.chosen = new Set(ids.filter((id) => !this.chooseAccounts || !this.#left.has(id)));
  }

  #hasCard(): boolean {
    return this.accounts.some(({ kind, id }) => kind === 'CARD' && this.chosen.has(id));
  }

  #accept(): void {
    const { scene } = this;
    if (scene === undefined || scene.ineligible !== undefined || this.busy !== undefined) return;
    if (!this.#hasCard()) {
      this.problem = 'NO_CARD';
      this.renderRoot.querySelector<HTMLInputElement>('.cards input')?.focus();
      return;
    }
    const accepted = acceptScene(scene, { accounts: [...this.chosen], now: new Date() });
    this.#hold(accepted);
    if (this.#dispatch('accept', accepted)) this.#submit();
  }

  /** Submits the form. The element is then busy, unless an invalid field or a listener of `submit` stops it. */
  #submit(): void {
    const { form } = this.#internals;
    if (form === null) return;
    let submit: Event | undefined;
    const see = (event: Event) => {
      submit = event;
    };
    form.addEventListener('submit', see, { once: true });
    form.requestSubmit();
    form.removeEventListener('submit', see);
    if (submit !== undefined && !submit.defaultPrevented) this.busy = 'LEAVING';
  }

  #hold(accepted: AcceptedConsent | undefined): void {
    this.#accepted = accepted;
    this.#internals.setFormValue(accepted === undefined ? null : JSON.stringify(accepted));
  }

  #dispatch<Name extends keyof RegistrationEventMap>(
    name: Name,
    detail: RegistrationEventMap[Name]['detail'],
  ): boolean {
    const cancelable = name !== 'change';
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable }));
  }

  #leave(uri: string): void {
    const address = new URL(uri, this.baseURI);
    if (address.protocol === 'https:' || address.protocol === 'http:') location.assign(address);
  }

  #select(id: 'country' | 'language', value: string): void {
    const select = this.renderRoot.querySelector<HTMLSelectElement>(`select#${id}`);
    if (select !== null && select.value !== value) select.value = value;
  }

  /** The page comes from the back/forward cache. The cardholder must agree again. */
  readonly #back = (event: PageTransitionEvent): void => {
    if (!event.persisted) return;
    this.busy = undefined;
    this.#hold(undefined);
  };
}
