/** The dialogs of an invitation: for whom, then the link, which is shown once. */
import { type InvitationLink, OPERATOR_ROLES } from '@payment-passkeys/protocol/console';
import { html, type TemplateResult } from 'lit';
import type { Api } from '../../api.ts';
import { roleName } from '../../operator.ts';
import { ask, openDialog } from '../../parts/dialog.ts';
import { radioField, textField } from '../../parts/fields.ts';
import { copyField } from '../../parts/id.ts';
import { say } from './texts.ts';

/** Whether somebody was invited. */
export async function inviteOperator(api: Api): Promise<boolean> {
  let made: { readonly name: string; readonly link: InvitationLink } | undefined;
  await ask({
    title: say('invite'),
    action: say('createInvitation'),
    fields: (problem) =>
      html`${textField({ label: say('name'), name: 'name', hint: say('nameHint'), required: true, maxlength: 100, problem })}
      ${roleField({ problem })}`,
    perform: async ({ name = '', role }) => {
      made = { name, link: await api.post<InvitationLink>('/api/operators/invitations', { name, role }) };
    },
  });
  if (!made) return false;
  await showLink(made.name, made.link);
  return true;
}

function showLink(name: string, { uri }: InvitationLink): Promise<void> {
  return openDialog<void>(
    (close) => () =>
      html`<h2 id="dialog-title">${say('invited', { name })}</h2>
        <div class="prose"><p>${say('invitedText', { name })}</p></div>
        ${copyField(uri, say('link'))}
        <div class="buttons"><button type="button" @click=${() => close()}>${say('done')}</button></div>`,
    undefined,
  );
}

/** The choice of a role, with what each role may do. */
export function roleField(options: Pick<Parameters<typeof radioField>[0], 'value' | 'problem'>): TemplateResult {
  const choices = OPERATOR_ROLES.map((value) => ({
    value,
    label: roleName(value),
    text: say(`roleText.${value}`),
  }));
  return radioField({ ...options, label: say('role'), name: 'role', required: true, choices });
}
