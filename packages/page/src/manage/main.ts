/** The entry of the cardholder's own page: connects the visit with the browser, and draws its states. */
import { readOptional } from '@payment-passkeys/protocol';
import { render } from 'lit/html.js';
import type { SetTimer } from '../ceremony.ts';
import { signalAccepted, signalUnknown } from '../signal.ts';
import { buildBackEnd } from './backend.ts';
import { keyOf, type PageState } from './flow.ts';
import { chooseLanguage, ENGLISH, type Language, loadLanguage, type TextName } from './language.ts';
import { announcementOf, headingOf, view } from './view.ts';
import { buildVisit } from './visit.ts';

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
let drawn: PageState = { at: 'loading' };

/** The language that a link asks for comes first. */
async function setLanguage(): Promise<void> {
  const asked = new URL(location.href).searchParams.get('locale');
  const wishes = [...(asked === null ? [] : [asked]), ...(readOptional(() => navigator.languages.map(String)) ?? [])];
  const late = new Promise<Language>((resolve) => setTimer(() => resolve(ENGLISH), WORDS_SECONDS));
  language = await Promise.race([loadLanguage(chooseLanguage(wishes)), late]);
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
  root.ariaBusy = String(['loading', 'signing-in', 'removing'].includes(state.at));
  status.textContent = announcementOf(state, language.messages);
  if (state !== drawn && state.at !== 'loading') focus(state);
  drawn = state;
}

/** Focuses the heading. If the cardholder answers the question before a removal with "no", focuses the button that asked for the removal. */
function focus(state: PageState): void {
  const key = state.at === 'overview' && drawn.at === 'asking' ? keyOf(drawn.removal) : undefined;
  const button = [...root.querySelectorAll<HTMLElement>('[data-key]')].find(({ dataset }) => dataset.key === key);
  if (button) button.focus();
  else {
    root.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

function whenVisible(): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (document.visibilityState !== 'visible') return;
      document.removeEventListener('visibilitychange', check);
      resolve();
    };
    document.addEventListener('visibilitychange', check);
    check();
  });
}

const visit = buildVisit({
  backEnd: buildBackEnd({
    fetch: (...request) => fetch(...request),
    sendBeacon: readOptional(() => navigator.sendBeacon.bind(navigator)),
  }),
  browser: {
    credentials: readOptional(() => navigator.credentials),
    PublicKeyCredential: readOptional(() => window.PublicKeyCredential),
    paymentPlausible: false,
    setTimer,
  },
  framed: window.top !== window.self,
  setLanguage,
  show,
  whenVisible,
  forgetPasskey: ({ rpId, credentialId, userHandle }) => {
    signalUnknown({ rpId, credentialId });
    if (userHandle !== undefined) signalAccepted({ rpId, userId: userHandle, allAcceptedCredentialIds: [] });
  },
});

const actions = {
  use: () => void visit.use(),
  cancel: visit.cancel,
  ask: visit.ask,
  keep: visit.keep,
  confirm: () => void visit.confirm(),
  leave: visit.leave,
  restart: () => void visit.start(),
};

// Closing, reloading or leaving the page signs the cardholder out. A page from the back/forward cache starts again.
addEventListener('pagehide', visit.leave);
addEventListener('pageshow', (event) => {
  if (event.persisted) void visit.start();
});
void visit.start();
