/** The screens, in the order of the navigation. To add one: README.md. */
import { rolesOf } from './access.ts';
import type { IconName } from './icons.ts';
import type { Route } from './router.ts';
import { say } from './texts.ts';

const TABLE = [
  {
    path: '/overview',
    title: say('overview'),
    icon: 'overview',
    roles: rolesOf('/overview'),
  },
  {
    path: '/sessions',
    title: say('sessions'),
    icon: 'sessions',
    roles: rolesOf('/sessions'),
  },
  {
    path: '/sessions/:id',
    title: say('sessions'),
    roles: rolesOf('/sessions/:id'),
  },
  {
    path: '/passkeys',
    title: say('passkeys'),
    icon: 'passkeys',
    roles: rolesOf('/passkeys'),
  },
  {
    path: '/passkeys/:id',
    title: say('passkeys'),
    roles: rolesOf('/passkeys/:id'),
  },
  {
    path: '/clients',
    title: say('clients'),
    icon: 'clients',
    roles: rolesOf('/clients'),
  },
  {
    path: '/clients/:id',
    title: say('clients'),
    roles: rolesOf('/clients/:id'),
  },
  {
    path: '/clients/:id/edit',
    title: say('clients'),
    roles: rolesOf('/clients/:id/edit'),
  },
  {
    path: '/onboard',
    title: say('clients'),
    roles: rolesOf('/onboard'),
  },
  {
    path: '/audit',
    title: say('audit'),
    icon: 'audit',
    roles: rolesOf('/audit'),
  },
  {
    path: '/operators',
    title: say('operators'),
    icon: 'operators',
    roles: rolesOf('/operators'),
  },
  {
    path: '/approvals',
    title: say('approvals'),
    icon: 'approvals',
    roles: rolesOf('/approvals'),
  },
] as const satisfies readonly (Route & { readonly icon?: IconName })[];

export type ScreenPath = (typeof TABLE)[number]['path'];

export interface ConsoleRoute extends Route {
  readonly path: ScreenPath;
  readonly icon?: IconName;
}

export const ROUTES: readonly ConsoleRoute[] = TABLE;

/** The screen after the sign-in. */
export const START = '/overview';
