/** The operator who is signed in, as `GET /api/me` answers. */
import { find } from './texts.ts';

export type OperatorRole = 'SUPPORT' | 'OPERATOR' | 'ADMINISTRATOR' | 'AUDITOR';

/** From the one that may least. */
export const ROLES: readonly OperatorRole[] = ['SUPPORT', 'OPERATOR', 'ADMINISTRATOR', 'AUDITOR'];

/** What the console knows of the browser that asks. Without `operator` nobody is signed in. */
export interface Me {
  readonly operator?: {
    readonly operatorId: string;
    readonly name: string;
    readonly role: OperatorRole;
    readonly signsInBy: 'PASSKEY' | 'OIDC';
  };
  readonly mode: 'sandbox' | 'production';
  readonly networkName: string;
  /** Whether sensitive changes wait for a second person. */
  readonly approvals: boolean;
  readonly oidc: boolean;
}

/** Somebody is signed in. */
export type SignedIn = Me & Required<Pick<Me, 'operator'>>;

export function isSignedIn(me: Me): me is SignedIn {
  return me.operator !== undefined;
}

export function may({ operator }: SignedIn, roles: readonly OperatorRole[]): boolean {
  return roles.includes(operator.role);
}

export function roleName(role: string): string {
  return find(`role.${role}`) ?? role;
}

export interface ListedOperator {
  readonly operatorId: string;
  readonly name: string;
  readonly role?: OperatorRole;
  readonly signsInBy: 'PASSKEY' | 'OIDC';
  readonly createdAt: string;
  readonly lastSignedInAt?: string;
}

export interface OpenInvitation {
  readonly invitationId: string;
  readonly name: string;
  readonly role: OperatorRole;
  readonly invitedBy?: string;
  readonly expiresAt: string;
}

export interface OperatorList {
  readonly items: readonly ListedOperator[];
  readonly invitations: readonly OpenInvitation[];
}

export interface InvitationLink {
  readonly invitationId: string;
  readonly uri: string;
  readonly expiresAt: string;
}
