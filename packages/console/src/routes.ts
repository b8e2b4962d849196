/** The screens, in the order of the navigation. To add one: README.md. */
import { rolesOf } from './access.ts';
import type { IconName } from './icons.ts';
import type { Route } from './router.ts';
import { say } from './texts.ts';

export interface ConsoleRoute extends Route {
  readonly icon?: IconName;
}

export const ROUTES: readonly ConsoleRoute[] = [
  {
    path: '/overview',
    title: say('overview'),
    icon: 'overview',
    roles: rolesOf('/overview'),
    load: () => import('./screens/overview/screen.ts'),
  },
  {
    path: '/sessions',
    title: say('sessions'),
    icon: 'sessions',
    roles: rolesOf('/sessions'),
    load: () => import('./screens/sessions/screen.ts'),
  },
  {
    path: '/sessions/:id',
    title: say('sessions'),
    roles: rolesOf('/sessions/:id'),
    load: () => import('./screens/sessions/one.ts'),
  },
  {
    path: '/passkeys',
    title: say('passkeys'),
    icon: 'passkeys',
    roles: rolesOf('/passkeys'),
    load: () => import('./screens/passkeys/screen.ts'),
  },
  {
    path: '/passkeys/:id',
    title: say('passkeys'),
    roles: rolesOf('/passkeys/:id'),
    load: () => import('./screens/passkeys/one.ts'),
  },
  {
    path: '/clients',
    title: say('clients'),
    icon: 'clients',
    roles: rolesOf('/clients'),
    load: () => import('./screens/clients/screen.ts'),
  },
  {
    path: '/clients/:id',
    title: say('clients'),
    roles: rolesOf('/clients/:id'),
    load: () => import('./screens/clients/one.ts'),
  },
  {
    path: '/clients/:id/edit',
    title: say('clients'),
    roles: rolesOf('/clients/:id/edit'),
    load: () => import('./screens/clients/form.ts'),
  },
  {
    path: '/onboard',
    title: say('clients'),
    roles: rolesOf('/onboard'),
    load: () => import('./screens/clients/form.ts'),
  },
  {
    path: '/audit',
    title: say('audit'),
    icon: 'audit',
    roles: rolesOf('/audit'),
    load: () => import('./screens/audit/screen.ts'),
  },
  {
    path: '/operators',
    title: say('operators'),
    icon: 'operators',
    roles: rolesOf('/operators'),
    load: () => import('./screens/operators/screen.ts'),
  },
  {
    path: '/approvals',
    title: say('approvals'),
    icon: 'approvals',
    roles: rolesOf('/approvals'),
    load: () => import('./screens/approvals/screen.ts'),
  },
  {
    path: '/sandbox',
    title: say('sandbox'),
    icon: 'sandbox',
    sandbox: true,
    roles: rolesOf('/sandbox'),
    load: () => import('./screens/sandbox/requests.ts'),
  },
  {
    path: '/sandbox/values',
    title: say('sandbox'),
    sandbox: true,
    roles: rolesOf('/sandbox/values'),
    load: () => import('./screens/sandbox/values.ts'),
  },
  {
    path: '/sandbox/tools',
    title: say('sandbox'),
    sandbox: true,
    roles: rolesOf('/sandbox/tools'),
    load: () => import('./screens/sandbox/tools.ts'),
  },
  {
    path: '/sandbox/examinations',
    title: say('sandbox'),
    sandbox: true,
    roles: rolesOf('/sandbox/examinations'),
    load: () => import('./screens/sandbox/examinations.ts'),
  },
  {
    path: '/sandbox/examinations/:id',
    title: say('sandbox'),
    sandbox: true,
    roles: rolesOf('/sandbox/examinations/:id'),
    load: () => import('./screens/sandbox/examination.ts'),
  },
];

/** The screen after the sign-in. */
export const START = '/overview';
