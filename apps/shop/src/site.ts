/** The names of this website. */
import type { Site } from '@payment-passkeys/web';

export const SHOP_NAME = 'Tidewick';

export const SITE: Site = { name: 'shop', userTable: 'shop_shopper', userIdColumn: 'shopper_id' };
