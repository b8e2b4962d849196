/** The screens, in the order of the navigation. To add one: README.md. */
import { OPERATOR_ROLES } from '@payment-passkeys/protocol/console';
import type { IconName } from './icons.ts';
import { may, type SignedIn } from './operator.ts';
import { type Route, readPlace } from './router.ts';
import { say } from './texts.ts';

export interface ConsoleRoute extends Route {
  readonly icon?: IconName;
}

export const ROUTES: readonly ConsoleRoute[] = [
  {
    path: '/overview',
    title: say('overview'),
    icon: 'overview',
    roles: OPERATOR_ROLES,
    load: () => import('./screens/overview/screen.ts'),
  },
  {
    path: '/sessions',
    title: say('sessions'),
    icon: 'sessions',
    roles: OPERATOR_ROLES,
    load: () => import('./screens/sessions/screen.ts'),
  },
  {
    path: '/sessions/:id',
    title: say('sessions'),
    roles: OPERATOR_ROLES,
    load: () => import('./screens/sessions/one.ts'),
  },
  {
    path: '/passkeys',
    title: say('passkeys'),
    icon: 'passkeys',
    roles: ['SUPPORT', 'OPERATOR', 'AUDITOR'],
    load: () => import('./screens/passkeys/screen.ts'),
  },
  {
    path: '/passkeys/:id',
    title: say('passkeys'),
    roles: ['SUPPORT', 'OPERATOR', 'AUDITOR'],
    load: () => import('./screens/passkeys/one.ts'),
  },
  {
    path: '/clients',
    title: say('clients'),
    icon: 'clients',
    roles: OPERATOR_ROLES,
    load: () => import('./screens/clients/screen.ts'),
  },
  {
    path: '/clients/:id',
    title: say('clients'),
    roles: ['OPERATOR', 'AUDITOR'],
    load: () => import('./screens/clients/one.ts'),
  },
  {
    path: '/clients/:id/edit',
    title: say('clients'),
    roles: ['OPERATOR'],
    load: () => import('./screens/clients/form.ts'),
  },
  {
    path: '/onboard',
    title: say('clients'),
    roles: ['OPERATOR'],
    load: () => import('./screens/clients/form.ts'),
  },
  {
    path: '/audit',
    title: say('audit'),
    icon: 'audit',
    roles: ['ADMINISTRATOR', 'AUDITOR'],
    load: () => import('./screens/audit/screen.ts'),
  },
  {
    path: '/operators',
    title: say('operators'),
    icon: 'operators',
    roles: ['ADMINISTRATOR', 'AUDITOR'],
    load: () => import('./screens/operators/screen.ts'),
  },
  {
    path: '/approvals',
    title: say('approvals'),
    icon: 'approvals',
    roles: ['OPERATOR', 'ADMINISTRATOR', 'AUDITOR'],
    load: () => import('./screens/approvals/screen.ts'),
  },
];

/** The screen after the sign-in. */
export const START = '/overview';

/** Whether the operator's role may see the screen at an address of the console. */
export function mayOpen(me: SignedIn, address: string): boolean {
  const { route } = readPlace(new URL(address, 'http://console.localhost'), ROUTES);
  return route !== undefined && may(me, route.roles);
}
