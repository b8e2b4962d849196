/** The operator who is signed in, and what a role may see. */
import type { Me, OperatorRole } from '@payment-passkeys/protocol/console';
import { find } from './texts.ts';

/** Somebody is signed in. */
export type SignedIn = Me & Required<Pick<Me, 'operator'>>;

export function isSignedIn(me: Me): me is SignedIn {
  return me.operator !== undefined;
}

/** Whether the operator's role is one of these. The server decides for itself. */
export function may({ operator }: SignedIn, roles: readonly OperatorRole[]): boolean {
  return roles.includes(operator.role);
}

/** Whether the network has the screen: those of the sandbox are in sandbox mode only. */
export function has({ mode }: Me, { sandbox }: { readonly sandbox?: true }): boolean {
  return sandbox === undefined || mode === 'sandbox';
}

export function roleName(role: string): string {
  return find(`role.${role}`) ?? role;
}
