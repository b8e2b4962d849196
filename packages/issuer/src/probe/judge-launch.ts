/** The verdicts on the launch address that Sessions answered, and on how long it lives. */
import { PAGE_PATH, SESSION_SECONDS } from '@payment-passkeys/protocol';
import { type Evidence, exchangeOf, locate, readingOf, reasonOfNothing, textOf } from './evidence.ts';
import { isPlainName } from './exchange.ts';
import { differs, type Judgement, notReached, seen } from './findings.ts';

/** The launch address of the answer. */
function findUri(evidence: Evidence): URL | string {
  const reading = readingOf(evidence, 'sessions');
  if (reading.kind !== 'ANSWER') return reasonOfNothing(reading);
  const text = textOf(locate(reading.body, evidence.profile.fields.uri)) ?? '';
  return URL.canParse(text) ? new URL(text) : 'the answer has no address';
}

export function judgePageOrigin(evidence: Evidence): Judgement {
  const uri = findUri(evidence);
  if (typeof uri === 'string') return notReached(uri);
  const { pageOrigin } = evidence.profile;
  if (uri.origin === pageOrigin) return seen(pageOrigin);
  if (uri.protocol !== 'https:') return differs(`the address in the answer is not https (${uri.protocol})`);
  return differs(`${uri.origin}: use it only if the network confirms that it is its own`, {
    option: 'pageOrigin',
    value: uri.origin,
  });
}

export function judgeLaunchAddress(evidence: Evidence): Judgement {
  const uri = findUri(evidence);
  if (typeof uri === 'string') return notReached(uri);
  const problems: string[] = [];
  const named = uri.searchParams.get('clientId');
  if (named !== null && named !== evidence.clientId) {
    problems.push('its clientId is not the one that was given: set the option clientId of createIssuer to it');
  }
  if (uri.pathname !== PAGE_PATH) problems.push(`its path is not ${PAGE_PATH}`);
  const absent = ['authenticationSessionId', 'clientSessionId'].filter((name) => !uri.searchParams.has(name));
  if (absent.length > 0) problems.push(`its query has no ${absent.join(' and no ')}`);
  if (uri.hash.length < 2) problems.push('its fragment has no access token');
  if (problems.length > 0) return differs(problems.join('; '));
  return seen(
    `${PAGE_PATH}, ${[...uri.searchParams.keys()].filter(isPlainName).join(', ')}, and a token in the fragment`,
  );
}

const TOLERANCE_SECONDS = 30;

export function judgeLifetimes(evidence: Evidence): Judgement {
  const exchange = exchangeOf(evidence, 'sessions');
  const reading = readingOf(evidence, 'sessions');
  if (exchange === undefined || reading.kind !== 'ANSWER') return notReached(reasonOfNothing(reading));
  const body = reading.body as Readonly<Record<string, unknown>>; // an ANSWER is an object
  const name = Object.keys(body).find((each) => /expir/i.test(each) && isPlainName(each));
  if (name === undefined) return notReached('the answer names no time at which the session ends');
  const { sentAt, milliseconds, clockAheadSeconds = 0 } = exchange;
  const networksNow = sentAt.getTime() + milliseconds - clockAheadSeconds * 1000;
  const seconds = secondsUntil(body[name], networksNow);
  if (seconds === undefined) return notReached(`the form of ${name} is not known`);
  const text = `the session ends ${seconds} seconds later, as ${name} says`;
  return Math.abs(seconds - SESSION_SECONDS) <= TOLERANCE_SECONDS ? seen(text) : differs(text);
}

/** A date as text, seconds or milliseconds since 1970, or a number of seconds from now. */
function secondsUntil(value: unknown, now: number): number | undefined {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) {
    const time = Date.parse(value);
    return Number.isNaN(time) ? undefined : Math.round((time - now) / 1000);
  }
  const number = typeof value === 'string' && /^\d{1,13}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || number <= 0) return undefined;
  if (number > 1e11) return Math.round((number - now) / 1000);
  return number > 1e8 ? Math.round(number - now / 1000) : number;
}
