/** What every screen of the sandbox has: the heading, its parts, and the client that it is about. */

import { Task } from '@lit/task';
import type { OperatorRole } from '@payment-passkeys/protocol/console';
import type { SandboxClient, SandboxOverview } from '@payment-passkeys/protocol/sandbox';
import { html, type TemplateResult } from 'lit';
import { byName } from '../../language.ts';
import { may } from '../../operator.ts';
import { selectField } from '../../parts/fields.ts';
import { heading } from '../../parts/heading.ts';
import { empty } from '../../parts/states.ts';
import { tabs } from '../../parts/tabs.ts';
import { withQuery } from '../../router.ts';
import type { Screen, ScreenContext } from '../../screen.ts';
import { MAY_CHANGE } from '../clients/roles.ts';
import { say } from './texts.ts';

/** The server refuses everybody else. */
export const MAY_ACT: readonly OperatorRole[] = ['OPERATOR', 'ADMINISTRATOR'];

export const PARTS = ['requests', 'values', 'tools', 'examinations'] as const;
export type Part = (typeof PARTS)[number];

function pathOf(part: Part): string {
  return part === 'requests' ? '/sandbox' : `/sandbox/${part}`;
}

/** The address of a part, with the client that is chosen. */
export function addressOf(part: Part, clientId: string | undefined): string {
  return withQuery(pathOf(part), { clientId });
}

/** The clients, the test values and the types of events. */
export function sandboxTask(screen: Screen): Task<readonly [], SandboxOverview> {
  return new Task(screen, {
    task: (_, { signal }) => screen.context.api.get<SandboxOverview>('/api/sandbox', { signal }),
    args: () => [] as const,
  });
}

interface SandboxFrame {
  readonly context: ScreenContext;
  readonly part: Part;
  readonly content: unknown;
}

export function sandboxFrame({ context, part, content }: SandboxFrame): TemplateResult {
  const clientId = context.query.get('clientId') ?? undefined;
  const entries = PARTS.map((each) => ({
    label: say(`tab.${each}`),
    href: addressOf(each, clientId),
    current: each === part,
  }));
  return html`${heading(say('title'))} ${tabs(say('parts'), entries)} ${content}`;
}

interface ClientChoice {
  readonly context: ScreenContext;
  readonly part: Part;
  readonly clients: readonly SandboxClient[];
}

/** The client of the address, or the first one. */
export function chosenClient({
  context,
  clients,
}: Pick<ClientChoice, 'context' | 'clients'>): SandboxClient | undefined {
  const wanted = context.query.get('clientId');
  return clients.find(({ clientId }) => clientId === wanted) ?? clients[0];
}

export function clientField({ context, part, clients }: ClientChoice): TemplateResult {
  return html`<div class="filters">${selectField({
    name: 'clientId',
    label: say('client'),
    value: chosenClient({ context, clients })?.clientId ?? '',
    choices: byName(clients).map(({ clientId, name }) => ({ value: clientId, label: name })),
    onChange: (clientId) => context.navigation.replace(addressOf(part, clientId)),
  })}</div>`;
}

export function noClients({ me }: ScreenContext): TemplateResult {
  const action = may(me, MAY_CHANGE)
    ? html`<a class="button primary" href="/onboard">${say('onboard')}</a>`
    : undefined;
  return empty({ title: say('noClientsTitle'), text: say('noClientsText'), ...(action && { action }) });
}
