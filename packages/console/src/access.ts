/** Which roles may see the screen at each path. Not in the table of screens (routes.ts), which loads the screens: they use this for their links. */
import { OPERATOR_ROLES, type OperatorRole } from '@payment-passkeys/protocol/console';
import { may, type SignedIn } from './operator.ts';
import { matchPath } from './router.ts';

const ROLES = {
  '/overview': OPERATOR_ROLES,
  '/sessions': OPERATOR_ROLES,
  '/sessions/:id': OPERATOR_ROLES,
  '/passkeys': ['SUPPORT', 'OPERATOR', 'AUDITOR'],
  '/passkeys/:id': ['SUPPORT', 'OPERATOR', 'AUDITOR'],
  '/clients': OPERATOR_ROLES,
  '/clients/:id': ['OPERATOR', 'AUDITOR'],
  '/clients/:id/edit': ['OPERATOR'],
  '/onboard': ['OPERATOR'],
  '/audit': ['ADMINISTRATOR', 'AUDITOR'],
  '/operators': ['ADMINISTRATOR', 'AUDITOR'],
  '/approvals': ['OPERATOR', 'ADMINISTRATOR', 'AUDITOR'],
  '/sandbox': OPERATOR_ROLES,
  '/sandbox/values': OPERATOR_ROLES,
  '/sandbox/tools': OPERATOR_ROLES,
  '/sandbox/examinations': OPERATOR_ROLES,
  '/sandbox/examinations/:id': OPERATOR_ROLES,
} as const satisfies Record<string, readonly OperatorRole[]>;

export function rolesOf(path: keyof typeof ROLES): readonly OperatorRole[] {
  return ROLES[path];
}

/** Whether the operator's role may see the screen at an address of the console. */
export function mayOpen(me: SignedIn, address: string): boolean {
  const { pathname } = new URL(address, 'http://console.localhost');
  const [, roles] = Object.entries(ROLES).find(([path]) => matchPath(path, pathname) !== undefined) ?? [];
  return roles !== undefined && may(me, roles);
}
