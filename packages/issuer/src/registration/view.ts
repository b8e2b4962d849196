/** The HTML of a scene. Makes no decisions. */
import { maskPan } from '@payment-passkeys/protocol/accounts';
import { readOptional } from '@payment-passkeys/protocol/browser-objects';
import { choosePluralForm, fillText, type PluralForms, splitText } from '@payment-passkeys/protocol/texts';
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { Piece } from '../consent/rendering.ts';
import type { RegistrationAccount, RegistrationCard, RegistrationContact } from './accounts.ts';
import type { DeviceSupport } from './device.ts';
import { CHECK, INFO, MAIL, PASSKEY, PHONE } from './icons.ts';
import type { Scene } from './scene.ts';

export interface Registration {
  readonly scene: Scene;
  readonly bank: string;
  readonly accounts: readonly RegistrationAccount[];
  /** Whether the cardholder may leave out single accounts. */
  readonly choosable: boolean;
  /** The ids of the accounts to link. */
  readonly chosen: ReadonlySet<string>;
  readonly device: DeviceSupport;
  /** LOADING: a language is being loaded. LEAVING: the consent is being submitted. */
  readonly busy: 'LOADING' | 'LEAVING' | undefined;
  readonly problem: 'NO_CARD' | 'LANGUAGE_FAILED' | undefined;
  readonly disabled: boolean;
  readonly headingLevel: number;
}

export interface Actions {
  choosePlace(place: { readonly country?: string; readonly language?: string }): void;
  toggle(id: string, chosen: boolean): void;
  accept(): void;
  decline(): void;
  checkAgain(): void;
}

export function viewRegistration(registration: Registration, actions: Actions): TemplateResult {
  const { scene, headingLevel, busy } = registration;
  const { words } = scene.entries;
  return html`<section
    class="registration"
    part="registration"
    lang=${scene.language}
    dir=${scene.direction}
    aria-labelledby="heading"
    aria-busy=${busy === undefined ? 'false' : 'true'}
  >
    <header part="header">
      <div class="title">
        <span class="mark" part="mark">${PASSKEY}</span>
        <div id="heading" class="heading" part="heading" role="heading" aria-level=${headingLevel}>${words.heading}</div>
      </div>
      <p class="explanation" part="explanation">${words.explanation}</p>
    </header>
    ${viewDevice(registration, actions)}
    ${
      scene.ineligible === undefined
        ? viewAgreement(registration, actions)
        : html`${viewPlace(registration, actions)} ${viewIneligible(registration)}`
    }
    <div class="actions" part="actions">
      ${
        scene.ineligible === undefined
          ? html`<button
              type="button"
              part="button accept"
              class="primary"
              ?disabled=${registration.disabled || busy !== undefined}
              @click=${() => actions.accept()}
            >
              ${words.agree}
            </button>`
          : nothing
      }
      <button
        type="button"
        part="button decline"
        class="secondary"
        ?disabled=${registration.disabled || busy === 'LEAVING'}
        @click=${() => actions.decline()}
      >
        ${words.decline}
      </button>
    </div>
    <p class="status" role="status">${busy === undefined ? nothing : words.working}</p>
  </section>`;
}

function viewPlace({ scene, disabled, busy }: Registration, actions: Actions): TemplateResult {
  const { words } = scene.entries;
  const off = disabled || busy === 'LEAVING';
  return html`<div class="place" part="place">
    <div class="field">
      <label for="country">${words.country}</label>
      <select
        id="country"
        part="select country"
        autocomplete="off"
        ?disabled=${off}
        @change=${(event: Event) => actions.choosePlace({ country: chosenIn(event) })}
      >
        ${scene.countries.map(({ country, name }) => html`<option value=${country}>${name}</option>`)}
      </select>
    </div>
    <div class="field">
      <label for="language">${words.language}</label>
      <select
        id="language"
        part="select language"
        autocomplete="off"
        ?disabled=${off}
        @change=${(event: Event) => actions.choosePlace({ language: chosenIn(event) })}
      >
        ${Object.entries(scene.index.languages).map(
          ([language, { name }]) => html`<option value=${language} lang=${language}>${name}</option>`,
        )}
      </select>
    </div>
  </div>`;
}

function chosenIn(event: Event): string {
  return (event.target as HTMLSelectElement).value; // only used for selects
}

function viewDevice({ scene, device, bank }: Registration, actions: Actions): unknown {
  if (device === 'READY' || scene.ineligible !== undefined) return nothing;
  const { words } = scene.entries;
  const [heading, text] =
    device === 'NO_LOCK' ? [words.noLockHeading, words.noLockText] : [words.noPasskeysHeading, words.noPasskeysText];
  return html`<div class="notice" part="notice device">
    ${INFO}
    <div>
      <p class="notice-heading">${heading}</p>
      <p>${within(text, { bank })}</p>
      <button type="button" class="quiet" part="button check-again" @click=${() => actions.checkAgain()}>
        ${words.checkAgain}
      </button>
    </div>
  </div>`;
}

function viewIneligible({ scene }: Registration): unknown {
  const { words, notEligible, countryNames } = scene.entries;
  if (scene.ineligible === undefined) return nothing;
  const country = countryNames[scene.country] ?? scene.country;
  return html`<div class="notice" part="notice ineligible" role="alert">
    ${INFO}
    <div>
      <p class="notice-heading">${fillText(words.notEligibleHeading, { country })}</p>
      <p>${fillText(notEligible[scene.ineligible], { country })}</p>
    </div>
  </div>`;
}

/** The accounts come first, as the subject of the screen. Country and language are next to the consent, which depends on them. */
function viewAgreement(registration: Registration, actions: Actions): TemplateResult {
  const { scene } = registration;
  const { words } = scene.entries;
  const sublevel = registration.headingLevel + 1;
  return html`${viewAccounts(registration, actions)} ${viewPlace(registration, actions)}
    <section class="block" part="consent" aria-labelledby="consent">
      <div id="consent" class="subheading" part="subheading" role="heading" aria-level=${sublevel}>
        ${words.consentHeading}
      </div>
      <div class="consent" data-consent>
        ${scene.consent.paragraphs.map((pieces) => html`<p>${pieces.map((piece) => viewPiece(piece, words.opensInNewTab))}</p>`)}
      </div>
      <p class="edition" part="edition">${viewEdition(scene)}</p>
    </section>
    ${viewProblem(registration)}`;
}

/** Always in the page, so that screen readers announce a change of its text. */
function viewProblem({ scene, problem }: Registration): TemplateResult {
  const { cardNeeded, languageFailed } = scene.entries.words;
  const text = problem === 'NO_CARD' ? cardNeeded : problem === 'LANGUAGE_FAILED' ? languageFailed : nothing;
  return html`<p class="problem" part="problem" role="alert">${text}</p>`;
}

function viewPiece(piece: Piece, opensInNewTab: string): unknown {
  if (typeof piece === 'string') return piece;
  return html`<a part=${`link ${piece.document}`} href=${webAddress(piece.uri)} target="_blank" rel="noopener" aria-description=${opensInNewTab}
    >${piece.text}</a
  >`;
}

/** Allows only web addresses: a catalogue may come from another origin, and no address in it may run a script. */
function webAddress(uri: string): string {
  return /^https?:\/\//i.test(uri) ? uri : 'about:blank';
}

const DAY = { dateStyle: 'long', timeZone: 'UTC' } as const;

function viewEdition({ entries, consent, country }: Scene): unknown {
  const { version, datePublished } = consent;
  const locale = localeOf(entries.language, country);
  // The date in ISO form if the browser cannot format it: a consent must show its edition.
  const date =
    readOptional(() => new Intl.DateTimeFormat(locale, DAY).format(new Date(datePublished))) ?? datePublished;
  return splitText(entries.words.edition).map((piece, at) =>
    at % 2 === 0
      ? piece
      : piece === 'version'
        ? html`<bdi>${version}</bdi>`
        : html`<time datetime=${datePublished}>${date}</time>`,
  );
}

function viewAccounts(registration: Registration, actions: Actions): TemplateResult {
  const { scene, accounts, choosable, headingLevel } = registration;
  const { words } = scene.entries;
  const cards = accounts.filter((account) => account.kind === 'CARD');
  const contacts = accounts.filter((account) => account.kind !== 'CARD');
  return html`<section class="block" part="accounts" aria-labelledby="accounts">
    <div>
      <div id="accounts" class="subheading" part="subheading" role="heading" aria-level=${headingLevel + 1}>
        ${words.accountsHeading}
      </div>
      <p class="summary" part="summary">${summary(registration)}</p>
      ${choosable ? html`<p class="hint">${words.accountsHint}</p>` : nothing}
    </div>
    <ul class="cards" part="cards">
      ${cards.map((card) => html`<li>${viewChoice(registration, card, viewCard(registration, card), actions)}</li>`)}
    </ul>
    <ul class="contacts" part="contacts">
      ${contacts.map((contact) => html`<li>${viewChoice(registration, contact, viewContact(contact, words), actions)}</li>`)}
    </ul>
  </section>`;
}

function viewChoice(
  { choosable, chosen, disabled, busy }: Registration,
  { id }: RegistrationAccount,
  content: TemplateResult,
  actions: Actions,
): TemplateResult {
  if (!choosable) return content;
  return html`<label class="choice">
    <input
      type="checkbox"
      part="checkbox"
      .checked=${chosen.has(id)}
      ?disabled=${disabled || busy === 'LEAVING'}
      @change=${(event: Event) => actions.toggle(id, (event.target as HTMLInputElement).checked)}
    />
    ${content}
  </label>`;
}

function viewCard(
  { scene, choosable, chosen }: Registration,
  { id, lastFour, product, artUri }: RegistrationCard,
): TemplateResult {
  const { cardEnding } = scene.entries.words;
  return html`<span class=${chosen.has(id) ? 'card' : 'card left-out'} part="card">
    ${artUri === undefined ? nothing : html`<img src=${artUri} alt="" loading="lazy" />`}
    <span class="card-product"><bdi>${product ?? nothing}</bdi>${choosable ? nothing : CHECK}</span>
    <span class="card-number">
      <span class="unseen">${fillText(cardEnding, { digits: lastFour.slice(-4) })}</span>
      <span aria-hidden="true" dir="ltr">${maskPan(lastFour)}</span>
    </span>
  </span>`;
}

function viewContact(
  { kind, masked }: RegistrationContact,
  { email, mobile }: { readonly email: string; readonly mobile: string },
): TemplateResult {
  return html`<span class="contact" part="contact">
    ${kind === 'EMAIL' ? MAIL : PHONE}
    <span>${kind === 'EMAIL' ? email : mobile} <bdi dir="ltr">${masked}</bdi></span>
  </span>`;
}

/** `2 cards, 1 email address and 1 mobile number`. With commas if the browser cannot format a list. */
function summary({ scene, accounts, chosen }: Registration): string {
  const { language, words } = scene.entries;
  const locale = localeOf(language, scene.country);
  const count = (kind: RegistrationAccount['kind'], forms: PluralForms): readonly string[] => {
    const many = accounts.filter((account) => account.kind === kind && chosen.has(account.id)).length;
    const form = choosePluralForm(forms, many, language);
    const count = readOptional(() => new Intl.NumberFormat(locale).format(many)) ?? String(many);
    return many === 0 ? [] : [fillText(form, { count })];
  };
  const { cards, emailAddresses, mobileNumbers } = words.counts;
  const parts = [...count('CARD', cards), ...count('EMAIL', emailAddresses), ...count('MOBILE', mobileNumbers)];
  return readOptional(() => new Intl.ListFormat(locale, LIST).format(parts)) ?? parts.join(', ');
}

const LIST = { style: 'long', type: 'conjunction' } as const;

/** The language with the country, for numbers and dates: `ar-AE`. */
function localeOf(language: string, country: string): string {
  return language.includes('-') ? language : `${language}-${country}`;
}

/** A text that contains the bank's name, isolated: the name may have another direction than the text. */
function within(text: string, { bank }: { readonly bank: string }): unknown {
  return splitText(text).map((piece, at) => (at % 2 === 0 ? piece : html`<bdi>${bank}</bdi>`));
}
