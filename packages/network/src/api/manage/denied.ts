import { ServiceError } from '../../platform/errors/errors.ts';

/** The browser's cookie gives no access: it is missing, expired or used. */
export function denied(): ServiceError {
  return new ServiceError({ code: 'ACCESS_DENIED', sourceType: 'HEADER' });
}
