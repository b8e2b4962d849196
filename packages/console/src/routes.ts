/** The screens, in the order of the navigation. To add one: README.md. */
import { ROLES } from './operator.ts';
import type { IconName } from './parts/icons.ts';
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
    roles: ROLES,
    load: () => import('./screens/overview/screen.ts'),
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
