/** The page's entry: connects the enrolment with the browser, and draws its states. */

// biome-ignore-all assist/source/organizeImports: the address bar comes first, to wipe the token before anything runs; the build checks it
import { markOpened, takeAddress, wasOpened, wipeAgain } from './address-bar.ts';
import { readLaunchUrl, readOptional } from '@payment-passkeys/protocol';
import { render } from 'lit/html.js';
import { buildBackEnd } from './backend.ts';
import type { SetTimer } from './ceremony.ts';
import { buildEnrolment, type LaunchSource } from './enrolment.ts';
import type { PageState } from './flow.ts';
import { chooseLanguage, ENGLISH, type Language, loadLanguage, type TextName } from './language.ts';
import { signalUnknown } from './signal.ts';
import { agreementOf, announcementOf, headingOf, view } from './view.ts';

/** How long the page waits for the texts of a language before it continues in English. */
const WORDS_SECONDS = 4;

const setTimer: SetTimer = (callback, seconds) => {
  const timer = setTimeout(callback, seconds * 1000);
  return () => clearTimeout(timer);
};

const root = document.querySelector('#page') as HTMLElement; // the template has it
const status = document.querySelector('#status') as HTMLElement; // as above
const loading = root.querySelector('.loading') as Element; // as above
const network = document.querySelector('header bdi')?.textContent ?? '';
/** The texts of the template, which are replaced by those of the page's language. */
const words = document.querySelectorAll<HTMLElement>('[data-word]');
root.replaceChildren();

let language: Language = ENGLISH;
let drawn = 'loading';

async function setLanguage(locale: string | undefined): Promise<void> {
  const wishes = readOptional(() => navigator.languages.map(String)) ?? [];
  const chosen = chooseLanguage(locale === undefined ? wishes : [locale, ...wishes]);
  const late = new Promise<Language>((resolve) => setTimer(() => resolve(ENGLISH), WORDS_SECONDS));
  language = await Promise.race([loadLanguage(chosen), late]);
  for (const element of words) {
    const textContent = language.messages[element.dataset.word as TextName]; // the template's names, which a test checks
    Object.assign(element, { textContent, lang: language.tag, dir: language.direction });
  }
}

function show(state: PageState): void {
  render(view(state, { ...language, actions, loading, network }), root);
  document.title = `${headingOf(state, language.messages)} · ${network}`;
  // The network's documents, in the page's language.
  for (const link of document.links)
    if (link.target && link.origin === location.origin) link.search = `?lang=${language.tag}`;
  // Not while loading: the grey bars would jump to the other side.
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

const backEnd = buildBackEnd({ fetch: (...request) => fetch(...request) });

const enrolment = buildEnrolment({
  backEnd,
  browser: {
    credentials: readOptional(() => navigator.credentials),
    PublicKeyCredential: readOptional(() => window.PublicKeyCredential),
    // Only Chromium has user agent data, and only Chromium has Secure Payment Confirmation.
    paymentPlausible: 'PaymentRequest' in window && 'userAgentData' in navigator,
    setTimer,
  },
  framed: window.top !== window.self,
  // The session ids stay in the address bar; only the fragment is taken from it.
  findReturnAddress: () => backEnd.returnAddress(readLaunchUrl(location.origin + location.search)),
  wasOpened,
  markOpened,
  setLanguage,
  consentShown: () => ({ language: language.tag, statement: agreementOf(language.messages, network) }),
  show,
  leave: (address) => location.replace(address),
  forgetPasskey: (credentialId) => signalUnknown({ rpId: location.hostname, credentialId }),
});

const actions = {
  choose: enrolment.choose,
  decline: enrolment.decline,
  giveUp: enrolment.giveUp,
  retry: () => enrolment.start(),
  // Without a known callback, the page goes back to the previous page.
  goBack: readOptional(() => history.length > 1) ? () => history.back() : undefined,
};

const takeLaunch: LaunchSource = () => {
  const address = takeAddress();
  return address === undefined ? undefined : readLaunchUrl(address);
};

addEventListener('pageshow', (event) => {
  if (event.persisted) void enrolment.start();
});
// A launch URL that differs only in its token does not load the page again, only the hash changes.
addEventListener('hashchange', () => {
  if (location.hash.length < 2) return;
  wipeAgain();
  void enrolment.start(takeLaunch);
});
void enrolment.start(takeLaunch);
