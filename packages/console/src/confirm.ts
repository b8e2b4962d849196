/** "Confirm with your passkey": the dialog before a dangerous change, when the last confirmation is too long ago. */
import type { SignInMethod } from '@payment-passkeys/protocol/console';
import { html, nothing } from 'lit';
import type { Api } from './api.ts';
import { openDialog } from './parts/dialog.ts';
import { waiting } from './parts/states.ts';
import { PasskeyProblem, usePasskey } from './passkey.ts';
import { describeProblem } from './problem.ts';
import { withQuery } from './router.ts';
import { say } from './texts.ts';

/** True once the network has accepted the confirmation; false if the operator leaves. */
export function confirmFreshly(api: Api, signsInBy: SignInMethod): Promise<boolean> {
  return signsInBy === 'PASSKEY' ? confirmWithPasskey(api) : sendToOrganisation();
}

/** Leaves the page. After the return, the operator has to make the change again. */
function sendToOrganisation(): Promise<boolean> {
  const to = withQuery('/sign-in/oidc', { confirm: '1', to: location.pathname + location.search });
  return openDialog<boolean>(
    (close) => () =>
      html`<h2 id="dialog-title">${say('confirmElsewhereTitle')}</h2>
        <div class="prose"><p>${say('confirmElsewhereText')}</p></div>
        <div class="buttons">
          <button type="button" @click=${() => close(false)}>${say('cancel')}</button>
          <a class="button primary" data-outside href=${to}>${say('confirmElsewhereAction')}</a>
        </div>`,
    false,
  );
}

interface ConfirmState {
  options: PublicKeyCredentialRequestOptionsJSON | undefined;
  problem: unknown;
  busy: boolean;
}

function confirmWithPasskey(api: Api): Promise<boolean> {
  return openDialog<boolean>((close) => {
    const state: ConfirmState = { options: undefined, problem: undefined, busy: false };
    // Fetched before the click: Safari allows no waiting between the click and the WebAuthn call. A challenge is good for one try.
    const fetchOptions = async (draw: () => void) => {
      try {
        const { options } = await api.post<{ options: PublicKeyCredentialRequestOptionsJSON }>('/api/confirm/options');
        state.options = options;
      } catch (error) {
        state.problem = error;
      }
      draw();
    };
    const use = async (draw: () => void) => {
      const { options, busy } = state;
      if (busy || !options) return;
      Object.assign(state, { busy: true, problem: undefined, options: undefined });
      draw();
      try {
        await api.post('/api/confirm', { credential: await usePasskey(options) });
        close(true);
      } catch (error) {
        Object.assign(state, { busy: false, problem: error });
        await fetchOptions(draw);
      }
    };
    let started = false;
    return (draw) => {
      if (!started) {
        started = true;
        void fetchOptions(draw);
      }
      const { options, problem, busy } = state;
      return html`<h2 id="dialog-title">${say('confirmTitle')}</h2>
        <div class="prose"><p>${say('confirmText')}</p></div>
        ${problem === undefined ? nothing : html`<p class="error" role="alert">${describe(problem)}</p>`}
        ${options || busy || problem !== undefined ? nothing : waiting(1)}
        <div class="buttons">
          <button type="button" @click=${() => close(false)}>${say('cancel')}</button>
          <button type="button" class="primary" autofocus aria-disabled=${!options} @click=${() => void use(draw)}>
            ${busy ? say('working') : say('confirmAction')}
          </button>
        </div>`;
    };
  }, false);
}

export function describe(problem: unknown): string {
  return problem instanceof PasskeyProblem ? problem.message : describeProblem(problem);
}
