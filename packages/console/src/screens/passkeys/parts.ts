/** The parts of a passkey's screen: its bindings, its devices, its authenticator, and what was changed lately. */
import type { PasskeyDevice } from '@payment-passkeys/protocol';
import type { AuditEntry, PasskeyBinding, PasskeyView } from '@payment-passkeys/protocol/console';
import { html, nothing, type TemplateResult } from 'lit';
import { actionWords, actorWords } from '../../audit/words.ts';
import { reasonWords } from '../../binding-reason.ts';
import { shortId } from '../../parts/id.ts';
import { mark } from '../../parts/mark.ts';
import { facts, table } from '../../parts/table.ts';
import { when } from '../../parts/time.ts';
import { find, say, sayCount } from './texts.ts';
import { accountsOf, statusWords } from './words.ts';

type Act = ((binding: PasskeyBinding) => void) | undefined;

/** What the operator may do to one binding; what is undefined is not offered. */
interface BindingActs {
  readonly suspend: Act;
  readonly resume: Act;
  readonly remove: Act;
}

export function bindings(rows: readonly PasskeyBinding[], acts: BindingActs): TemplateResult {
  if (rows.length === 0) return html`<p class="soft">${say('nowhere')}</p>`;
  return table<PasskeyBinding>({
    label: say('usedAt'),
    rows,
    key: ({ bindingId }) => bindingId,
    columns: [
      {
        label: say('client'),
        main: true,
        cell: ({ heldBy }) =>
          html`<bdi>${heldBy.name}</bdi> <span class="soft">${say(heldBy.role === 'issuer' ? 'roleIssuer' : 'roleMerchant')}</span>`,
      },
      { label: say('account'), cell: accountsOf },
      { label: say('columnStatus'), cell: bindingMark },
      { label: say('since'), cell: ({ createdAt }) => when(createdAt) },
      {
        label: say('lastPayment'),
        cell: ({ lastUsedAt }) =>
          lastUsedAt === undefined ? html`<span class="soft">${say('noPayment')}</span>` : when(lastUsedAt),
      },
      { label: say('actions'), actions: true, cell: (binding) => bindingButtons(binding, acts) },
    ],
  });
}

function bindingMark({ status, suspendedBy }: PasskeyBinding): TemplateResult {
  const { kind, text } = statusWords(status, suspendedBy);
  return mark(kind, text);
}

function bindingButtons(binding: PasskeyBinding, { suspend, resume, remove }: BindingActs): TemplateResult {
  const { status, suspendedBy, heldBy } = binding;
  const here = suspendedBy.includes('NETWORK');
  const button = (text: string, act: Act, offered: boolean) =>
    act && offered
      ? html`<button type="button" aria-label="${text}: ${heldBy.name}" @click=${() => act(binding)}>${text}</button>`
      : nothing;
  if (status === 'DELETED') return html``;
  return html`<div class="buttons">
    ${button(say('suspend'), suspend, !here)}${button(say('resume'), resume, here)}${button(say('delete'), remove, true)}
  </div>`;
}

export function devices(
  rows: readonly PasskeyDevice[],
  forget: ((device: PasskeyDevice) => void) | undefined,
): TemplateResult {
  if (rows.length === 0) return html`<p class="soft">${say('noDevices')}</p>`;
  return table<PasskeyDevice>({
    label: say('devices'),
    rows,
    key: ({ appInstanceId }) => appInstanceId,
    columns: [
      { label: say('device'), main: true, cell: ({ appInstanceId }) => shortId(appInstanceId) },
      { label: say('firstUsed'), cell: ({ firstUsedAt }) => when(firstUsedAt) },
      { label: say('lastUsed'), cell: ({ lastUsedAt }) => when(lastUsedAt) },
      {
        label: say('actions'),
        actions: true,
        cell: (device) =>
          forget ? html`<button type="button" @click=${() => forget(device)}>${say('forget')}</button>` : nothing,
      },
    ],
  });
}

export function authenticatorFacts({ authenticator, counterRegressions }: PasskeyView): TemplateResult {
  const { model, aaguid, backupEligible, backedUp, attestation } = authenticator;
  const synced = say(backedUp ? 'keptSynced' : 'keptSyncedNotYet');
  return facts([
    [say('model'), model ?? html`<span class="soft">${say('modelUnproven')}</span>`],
    [say('keptWhere'), backupEligible ? synced : say('keptBound')],
    [say('attestation'), find(`attestation.${attestation}`) ?? attestation],
    [
      say('counter'),
      counterRegressions === 0 ? say('counterGood') : mark('notice', sayCount('counterBad', counterRegressions)),
    ],
    [say('aaguid'), html`<code>${aaguid}</code>`],
  ]);
}

/** The latest changes. A change of a binding names the bank or shop that holds the binding. */
export function changes({ changes: entries, bindings }: Pick<PasskeyView, 'changes' | 'bindings'>): TemplateResult {
  const holders = new Map(bindings.map(({ bindingId, heldBy }) => [bindingId, heldBy.name]));
  const at = ({ subject }: AuditEntry) => {
    const client = subject.kind === 'binding' ? holders.get(subject.id) : undefined;
    return client === undefined ? nothing : html`<bdi>${say('changedAt', { client })}</bdi>`;
  };
  if (entries.length === 0) return html`<p class="soft">${say('noChanges')}</p>`;
  return html`<ol class="history">
    ${entries.map(
      (entry) => html`<li>
        <span class="what"><b>${actionWords(entry.action)}</b> ${at(entry)} <span class="soft">${reasonOf(entry)}</span></span>
        <span class="soft">${actorWords(entry.actor)} · ${when(entry.at)}</span>
      </li>`,
    )}
  </ol>`;
}

/** The reason that an entry gives, in words. */
function reasonOf({ after }: AuditEntry): string {
  const code = after?.reasonCode;
  return typeof code === 'string' ? reasonWords(code) : '';
}
