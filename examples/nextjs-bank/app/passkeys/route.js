import { start } from '../../handlers.mjs';
import { ORIGIN } from '../../settings.mjs';

// #region start
/** The start is a POST that sends somebody away: it has to come from the bank's own page. */
export const POST = (request) =>
  request.headers.get('origin') === ORIGIN ? start(request) : new Response(null, { status: 403 });
// #endregion
