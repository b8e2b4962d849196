/** The command `sandbox cardholder`: a call of `POST /sandbox/cardholder`, for the CI of banks and shops. */
import { lookup as resolve } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { text } from 'node:stream/consumers';
import { isLocalhost, type ServiceErrorAnswer } from '@payment-passkeys/protocol';
import { CARDHOLDER_ACTIONS, CARDHOLDER_PATH, type CardholderAtPageAnswer } from '@payment-passkeys/protocol/sandbox';
import { guardedLookup } from '../../platform/http/public-address.ts';
import { type Call, type Command, CommandError, report, UsageError } from './command.ts';
import { parseJson } from './operand-file.ts';

export const SANDBOX_COMMANDS: readonly Command[] = [
  {
    name: 'sandbox cardholder',
    operands: ['URI'],
    options: ['do', 'device', 'json'],
    summary: `open a launch address as a cardholder, and print where the page leads;\nACTION is ${CARDHOLDER_ACTIONS.join(', ')}`,
    run: actAsCardholder,
  },
];

const ANSWER_MILLISECONDS = 120_000;

async function actAsCardholder(call: Call): Promise<void> {
  const [uri = ''] = call.operands;
  const { do: action, device } = call.options;
  const actions: readonly string[] = CARDHOLDER_ACTIONS;
  if (action === undefined || !actions.includes(action))
    throw new UsageError(`--do has to be one of ${actions.join(', ')}.`);
  if (!URL.canParse(uri) || !/^https?:$/.test(new URL(uri).protocol))
    throw new UsageError('URI is not an address: give the uri of the Sessions answer, whole, in quotes.');
  const { status, body } = await post(new URL(CARDHOLDER_PATH, uri), {
    uri,
    do: action,
    ...(device !== undefined && { device }),
  });
  if (status !== 200) throw new CommandError(describeRefusal(status, body));
  const answer = JSON.parse(body) as CardholderAtPageAnswer; // by the schema of the route
  report(call, answer, answer.redirect === null ? [] : [answer.redirect]);
  if (answer.redirect === null) call.log('The cardholder has closed the page.');
}

/** Names below localhost mean this machine. Node's resolver does not know that on every system. */
const lookup: LookupFunction = (hostname, options, callback) =>
  isLocalhost(hostname)
    ? guardedLookup('PUBLIC_AND_LOOPBACK')(hostname, options, callback)
    : resolve(hostname, options, callback);

function post(url: URL, body: unknown): Promise<{ readonly status: number; readonly body: string }> {
  const options = {
    method: 'POST',
    agent: false,
    lookup,
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
  } as const;
  return new Promise((done, fail) => {
    const unreachable = (cause: unknown) => fail(new CommandError(`${url.origin} does not answer.`, { cause }));
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options);
    request.on('response', (response) => {
      text(response).then((received) => done({ status: response.statusCode ?? 0, body: received }), unreachable);
    });
    request.on('error', unreachable);
    request.end(JSON.stringify(body));
  });
}

function describeRefusal(status: number, body: string): string {
  const details = readDetails(body);
  if (details.some(({ reason }) => reason === 'ROUTE_NOT_FOUND'))
    return 'The network has no cardholder without a browser: it does not run in sandbox mode.';
  const lines = details.map(({ reason, source, message }) => `${reason}${source && ` at ${source}`}: ${message}`);
  return lines.length === 0 ? `The network answered ${status}.` : lines.join('\n');
}

function readDetails(body: string): ServiceErrorAnswer['errordetail'] {
  const answer = parseJson(body) as Partial<ServiceErrorAnswer> | null | undefined; // the network's own, or a proxy's
  return answer?.errordetail ?? [];
}
