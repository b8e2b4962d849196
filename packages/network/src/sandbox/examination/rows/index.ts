/** The published list of the examination's rows. docs/be-examined.md shows it; a test compares the two. */
import type { ExaminedRole } from '@payment-passkeys/protocol/sandbox';
import { ISSUER_ROWS } from './issuer.ts';
import { MERCHANT_ROWS } from './merchant.ts';
import type { Row } from './row.ts';

export type { Expectation, Play, ProofFault, Row } from './row.ts';

export const ROWS: { readonly [Role in ExaminedRole]: readonly Row[] } = {
  ISSUER: ISSUER_ROWS,
  MERCHANT: MERCHANT_ROWS,
};

export function findRow(role: ExaminedRole, id: string): Row | undefined {
  return ROWS[role].find((row) => row.id === id);
}
