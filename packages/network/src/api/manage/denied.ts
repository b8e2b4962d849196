import { ServiceError } from '../../platform/errors/errors.ts';

/** The browser's cookie gives no access: there is none, its time is up, or it was used. */
export function denied(): ServiceError {
  return new ServiceError({ code: 'ACCESS_DENIED', sourceType: 'HEADER' });
}
