/** The page's entry: the browser handed to the enrolment, and the enrolment's states drawn. */

// biome-ignore-all assist/source/organizeImports: the address bar comes first, to wipe the token before anything runs; the build checks it
import { markOpened, takeAddress, wasOpened, wipeAgain } from './address-bar.ts';
import { readLaunchUrl, readOptional } from '@payment-passkeys/protocol';
import { render } from 'lit/html.js';
import { buildBackEnd } from './backend.ts';
import type { SetTimer } from './ceremony.ts';
import { buildEnrolment, type LaunchSource } from './enrolment.ts';
import type { PageState } from './flow.ts';
import { chooseLanguage, ENGLISH, type Language, loadLanguage, type TextName } from './language.ts';
import { readReturnAddress } from './return-address.ts';
import { agreementOf, announcementOf, headingOf, view } from './view.ts';

/** How long the page waits for the words of a language before it goes on in English. */
const WORDS_SECONDS = 4;

const setTimer: SetTimer = (callback, seconds) => {
  const timer = setTimeout(callback, seconds * 1000);
  return () => clearTimeout(timer);
};

const root = document.querySelector('#page') as HTMLElement; // the template has it
const status = document.querySelector('#status') as HTMLElement; // likewise
const loading = root.querySelector('.loading') as Element; // likewise
const network = document.querySelector('header bdi')?.textContent ?? '';
/** What is in the page before any script is, and is to be said in the page's language. */
const words = document.querySelectorAll<HTMLElement>('[data-word]');
root.replaceChildren();

let language: Language = ENGLISH;
let drawn = 'loading';

async function speak(locale: string | undefined): Promise<void> {
  const wishes = readOptional(() => navigator.languages.map(String)) ?? [];
  const chosen = chooseLanguage(locale === undefined ? wishes : [locale, ...wishes]);
  const late = new Promise<Language>((resolve) => setTimer(() => resolve(ENGLISH), WORDS_SECONDS));
  language = await Promise.race([loadLanguage(chosen), late]);
  for (const element of words) {
    const textContent = language.messages[element.dataset.word as TextName]; // the template's, which a test holds
    Object.assign(element, { textContent, lang: language.tag, dir: language.direction });
  }
}

function show(state: PageState): void {
  render(view(state, { ...language, actions, loading, network }), root);
  document.title = `${headingOf(state, language.messages)} · ${network}`;
  // The network's own documents, in the language that is spoken here.
  for (const link of document.links)
    if (link.target && link.origin === location.origin) link.search = `?lang=${language.tag}`;
  // Not while loading: its grey bars would jump to the other side.
  if (state.at !== 'loading') Object.assign(document.documentElement, { lang: language.tag, dir: language.direction });
  root.ariaBusy = String(state.at === 'loading' || state.at === 'finishing');
  status.textContent = announcementOf(state, language.messages);
  const screen = state.at === 'offer' ? state.opened.answer.scenario : state.at;
  if (screen !== drawn) {
    root.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  drawn = screen;
}

const enrolment = buildEnrolment({
  backEnd: buildBackEnd({ fetch: (...request) => fetch(...request) }),
  browser: {
    credentials: readOptional(() => navigator.credentials),
    PublicKeyCredential: readOptional(() => window.PublicKeyCredential),
    // Chromium alone has user agent data, and alone has Secure Payment Confirmation.
    paymentPlausible: 'PaymentRequest' in window && 'userAgentData' in navigator,
    setTimer,
  },
  framed: window.top !== window.self,
  knownReturnTo: readReturnAddress(document.querySelector<HTMLMetaElement>('meta[name="return-to"]')?.content),
  wasOpened,
  markOpened,
  speak,
  consentShown: () => ({ language: language.tag, statement: agreementOf(language.messages, network) }),
  show,
  leave: (address) => location.replace(address),
});

const actions = {
  choose: enrolment.choose,
  decline: enrolment.decline,
  giveUp: enrolment.giveUp,
  retry: () => enrolment.start(),
  // Where no callback is known, "start again" is where the browser came from.
  goBack: readOptional(() => history.length > 1) ? () => history.back() : undefined,
};

const takeLaunch: LaunchSource = () => {
  const address = takeAddress();
  return address === undefined ? undefined : readLaunchUrl(address);
};

addEventListener('pageshow', (event) => {
  if (event.persisted) void enrolment.start();
});
// The same launch URL with another token, entered in this very tab, loads nothing.
addEventListener('hashchange', () => {
  if (location.hash.length < 2) return;
  wipeAgain();
  void enrolment.start(takeLaunch);
});
void enrolment.start(takeLaunch);
