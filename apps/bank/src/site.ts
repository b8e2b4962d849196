/** The names of this website. */
import type { Site } from '@payment-passkeys/web';

export const BANK_NAME = 'Larkmoor Bank';

export const SITE: Site = { name: 'bank', userTable: 'bank_customer', userIdColumn: 'customer_id' };
