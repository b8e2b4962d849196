/** The routes of an added card as `Request` → `Response`, for any host with the Fetch standard. */
import { buildRedirectHandlers, redirectToNetwork, rules } from '@payment-passkeys/kit';
import { checkGiven, guardAsync } from '../errors.ts';
import {
  beginCard,
  CARD_FLOW_OPTIONS,
  type CardFlowOptions,
  type CardRouteOutcome,
  handleCardCallback,
} from './card-flow.ts';

/** The options of {@link createCardHandlers}. */
export interface CardHandlerOptions extends CardFlowOptions<Request> {
  /**
   * The response for an outcome. For ENROLLED save `outcome.card` and answer 303 to another page, so that the proof disappears from the
   * address bar. Show a failure at the callback's address and store nothing of it: it is unsigned.
   */
  render(outcome: CardRouteOutcome, request: Request): Promise<Response> | Response;
}

/** The handlers of the two routes. */
export interface CardHandlers {
  /**
   * POST. Answers 303 to the network, with the kit's cookie. Before that, the shop checks that the request came from its own page (a CSRF
   * token, or `Origin`). The shop's `form-action` policy must name the network's origin, because browsers apply it to a form's redirects.
   */
  start(request: Request): Promise<Response>;
  /** GET at `callbackUri`. */
  callback(request: Request): Promise<Response>;
}

/** Throws MerchantError `INVALID_OPTIONS` for wrong options. The handlers reject with the errors of `shopper` and the other hooks. */
export function createCardHandlers(options: CardHandlerOptions): CardHandlers {
  checkGiven(options, { name: 'createCardHandlers', fields: HANDLER_OPTIONS });
  return buildRedirectHandlers({
    guardAsync,
    begin: (visitor) => beginCard(options, visitor),
    answer: redirectToNetwork,
    handleReturn: (arrival) => handleCardCallback(options, arrival),
    render: (outcome, request) => options.render(outcome, request),
  });
}

const HANDLER_OPTIONS: rules.Rules = { ...CARD_FLOW_OPTIONS, render: rules.aFunction };
