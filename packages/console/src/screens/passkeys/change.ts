/** The dialogs that suspend, resume and delete a passkey, or one binding of it. */
import type { BindingReasonCode } from '@payment-passkeys/protocol';
import type {
  ChangeOutcome,
  FoundPasskey,
  PasskeyBinding,
  PasskeyChange,
  PasskeyChanged,
  PasskeysDeletion,
} from '@payment-passkeys/protocol/console';
import { html, nothing, type TemplateResult } from 'lit';
import type { Api } from '../../api.ts';
import { reasonWords } from '../../binding-reason.ts';
import { ask, openDialog } from '../../parts/dialog.ts';
import { problemLine } from '../../parts/states.ts';
import { say } from './texts.ts';

export type PasskeyAction = 'suspend' | 'resume' | 'delete';

interface ChangeRequest {
  readonly api: Api;
  readonly credentialId: string;
  readonly action: PasskeyAction;
  /** The change is about this binding alone. */
  readonly binding?: PasskeyBinding | undefined;
}

/** Asks for the reason and makes the change. Undefined if the operator leaves the dialog. */
export async function changePasskey(request: ChangeRequest): Promise<PasskeyChanged | undefined> {
  if (request.action === 'suspend') return suspend(request);
  let changed: PasskeyChanged | undefined;
  await ask({
    ...questionOf(request),
    action: say(request.action),
    danger: request.action === 'delete',
    reasons: { label: say('reasonLabel'), choices: request.action === 'resume' ? RESUMPTION_REASONS : REASONS },
    perform: async ({ reason }) => {
      changed = await send(request, reason as BindingReasonCode); // the value of a choice
    },
  });
  return changed;
}

/** Deletes several passkeys. Undefined if the operator leaves the dialog. */
export async function deletePasskeys({
  api,
  passkeys,
  waits,
}: {
  readonly api: Api;
  readonly passkeys: readonly FoundPasskey[];
  /** A second operator has to approve it. */
  readonly waits: boolean;
}): Promise<ChangeOutcome | undefined> {
  let outcome: ChangeOutcome | undefined;
  await ask({
    title: say('deleteAllTitle', { count: passkeys.length }),
    body: html`<p>${say('deleteAllText')}</p>${waits ? html`<p>${say('deleteAllWaits')}</p>` : nothing}`,
    action: say(waits ? 'askForApproval' : 'deleteAll'),
    danger: true,
    reasons: { label: say('reasonLabel'), choices: REASONS },
    perform: async ({ reason }) => {
      const body: PasskeysDeletion = {
        credentialIds: passkeys.map(({ credentialId }) => credentialId),
        reasonCode: reason as BindingReasonCode, // the value of a choice
      };
      outcome = await api.post<ChangeOutcome>('/api/passkeys/delete', body);
    },
  });
  return outcome;
}

/** In the order of the dialog: the likeliest reasons of a support call come first. */
const CODES = {
  DEVICE_STOLEN: true,
  DEVICE_LOST: true,
  FRAUD_SUSPECTED: true,
  CARDHOLDER_REQUEST: true,
  ACCOUNT_CLOSED: true,
  CLIENT_DECISION: true,
} as const satisfies Record<BindingReasonCode, true>;

const REASONS = Object.keys(CODES).map((value) => ({ value: value as BindingReasonCode, label: reasonWords(value) })); // Object.keys loses the key types

/** A lost device or a fraud is no reason to resume. */
const RESUMPTION_REASONS = REASONS.filter(({ value }) => value === 'CARDHOLDER_REQUEST' || value === 'CLIENT_DECISION');

function questionOf({ action, binding }: ChangeRequest): { readonly title: string; readonly body: string } {
  if (binding === undefined) return { title: say(`${action}Title`), body: say(`${action}Text`) };
  const client = binding.heldBy.name;
  return {
    title: say(`${action}OneTitle`, { client }),
    body: action === 'resume' ? say('resumeText') : say(`${action}OneText`, { client }),
  };
}

function send(
  { api, credentialId, action, binding }: ChangeRequest,
  reasonCode: BindingReasonCode,
): Promise<PasskeyChanged> {
  const change: PasskeyChange = { reasonCode, ...(binding && { bindingId: binding.bindingId }) };
  return api.post<PasskeyChanged>(`/api/passkeys/${encodeURIComponent(credentialId)}/${action}`, change);
}

/** A click on a reason suspends at once: while a cardholder reports a stolen device on the phone, each click counts. It can be resumed. */
function suspend(request: ChangeRequest): Promise<PasskeyChanged | undefined> {
  return openDialog<PasskeyChanged | undefined>((close) => {
    const state: { busy: BindingReasonCode | undefined; problem: unknown } = { busy: undefined, problem: undefined };
    const choose = async (reasonCode: BindingReasonCode, draw: () => void) => {
      if (state.busy) return;
      Object.assign(state, { busy: reasonCode, problem: undefined });
      draw();
      try {
        close(await send(request, reasonCode));
      } catch (problem) {
        Object.assign(state, { busy: undefined, problem });
        draw();
      }
    };
    return (draw) =>
      viewSuspension(request, { ...state, choose: (code) => void choose(code, draw), leave: () => close(undefined) });
  }, undefined);
}

interface SuspensionState {
  readonly busy: BindingReasonCode | undefined;
  readonly problem: unknown;
  readonly choose: (code: BindingReasonCode) => void;
  readonly leave: () => void;
}

function viewSuspension(request: ChangeRequest, { busy, problem, choose, leave }: SuspensionState): TemplateResult {
  const { title, body } = questionOf(request);
  return html`<h2 id="dialog-title">${title}</h2>
    <div class="prose"><p>${body}</p></div>
    ${problemLine(problem)}
    <div class="choices" role="group" aria-labelledby="why">
      <p id="why">${say('whyNow')}</p>
      ${REASONS.map(
        ({
          value,
          label,
        }) => html`<button type="button" aria-disabled=${busy !== undefined} @click=${() => choose(value)}>
          ${busy === value ? say('working') : label}
        </button>`,
      )}
    </div>
    <div class="buttons"><button type="button" @click=${leave}>${say('cancel')}</button></div>`;
}
