/** The command `payment-passkeys-issuer probe`: reads its settings, prints what it would send, and sends it only if asked to. */

import type { KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { AuthOptions } from '@payment-passkeys/kit';
import { IssuerError } from '../errors.ts';
import { readPkcs12 } from '../server/pkcs12.ts';
import type { NetworkProfile } from '../server/profile.ts';
import type { ProbeAccount } from './account.ts';
import { type ProbeOptions, planProbe } from './plan.ts';
import { printPlan, printReport } from './print.ts';
import { runProbe } from './probe.ts';
import { correctProfile, type ProfileFile, readProfileFile } from './profile-file.ts';

const USAGE = `payment-passkeys-issuer probe: what of docs/moving-to-mastercard.md an endpoint does, and what it does not

  payment-passkeys-issuer probe --profile FILE --account FILE [options]

  --profile FILE        JSON: { "network": "mastercard", … } with the options of mastercard, or { "network": "ourNetwork", … };
                        or a module (.mjs) whose default export is a profile
  --account FILE        JSON: a test account { accounts, country, language, callbackUri, complianceResources }
  --api-url URL         in place of the profile's apiUrl (url of ourNetwork)                         also API_URL
  --consumer-key KEY    the consumer key                                                             also CONSUMER_KEY
  --client-id ID        the client id; default: the consumer key up to its !                         also CLIENT_ID
  --signing-key FILE    the signing key: PEM, or PKCS#12 (.p12, .pfx)                                also SIGNING_KEY_FILE
  --key-alias NAME      which key of the PKCS#12 file                                                also SIGNING_KEY_ALIAS
  --oauth2-key FILE     OAuth 2.0 in place of consumer key and signing key: the key of client assertions, also OAUTH2_KEY_FILE
                        PEM or PKCS#12; needs --client-id
  --oauth2-kid ID       the id of that key, if the network has given one                             also OAUTH2_KID
  --token-endpoint URL  default: /oauth2/token at the API                                            also TOKEN_ENDPOINT
  --token-issuer URL    the issuer, which assertions are for; default: the API                       also TOKEN_ISSUER
  --callback FILE       a file with the callback's address of a test enrolment; it is read, and sent nowhere
  --send                send the requests; without it the command only says what it would send
  --write FILE          write the profile, with what differs corrected, and without secrets
  --json                print the report as JSON

  SIGNING_KEY_PASSWORD, or SIGNING_KEY_PASSWORD_FILE, is the password of the PKCS#12 file.
  Exit code: 0 if nothing differs, 1 if something does or the endpoint was not reached, 2 for wrong arguments.
`;

/** What the command reads and writes: the process's own, or a test's. */
export interface ProbeTerminal extends Pick<ProbeOptions, 'clock' | 'fetch' | 'timers'> {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The result, on standard output. */
  readonly print: (line: string) => void;
  /** The plan and the errors, on standard error. */
  readonly log: (line: string) => void;
}

/** A wrong use of the command. */
class UsageError extends Error {}

/** Runs the command. Returns the exit code; never throws for a wrong file, key or argument. No key, password or account is printed. */
export async function runProbeCommand(args: readonly string[], terminal: ProbeTerminal): Promise<0 | 1 | 2> {
  const { print, log } = terminal;
  if (args.length === 0 || args.includes('--help')) {
    print(USAGE);
    return 0;
  }
  try {
    return await run(args, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      log(error.message);
      log('payment-passkeys-issuer --help says what it takes.');
      return 2;
    }
    if (!(error instanceof IssuerError)) throw error;
    log(error.message);
    return error.code === 'SIGNER_UNAVAILABLE' ? 1 : 2;
  }
}

async function run(args: readonly string[], terminal: ProbeTerminal): Promise<0 | 1> {
  const { env, print, log, clock, fetch, timers } = terminal;
  const flags = readFlags(args);
  const file = await readProfile(flags.profile, flags['api-url'] ?? env.API_URL);
  const options: ProbeOptions = {
    profile: file.profile,
    ...readCredentials(flags, env),
    account: readJson('--account', flags.account) as ProbeAccount, // planProbe checks it
    callback: flags.callback && readText('--callback', flags.callback).trim(),
    ...(clock && { clock }),
    ...(fetch && { fetch }),
    ...(timers && { timers }),
  };
  const plan = planProbe(options);
  if (!flags.send) {
    for (const line of [...printPlan(plan), '', 'Nothing was sent: add --send to send it.']) print(line);
    return 0;
  }
  for (const line of printPlan(plan)) log(line);
  const report = await runProbe(options);
  const lines = flags.json ? [JSON.stringify(report, null, 2)] : printReport(report);
  for (const line of lines) print(line);
  if (flags.write !== undefined) {
    const content = file.json ? correctProfile(file.json, report.corrections) : report.corrections;
    writeFileSync(flags.write, `${JSON.stringify(content, null, 2)}\n`);
  }
  const reached = report.findings.some(({ verdict }) => verdict === 'SEEN');
  return reached && report.findings.every(({ verdict }) => verdict !== 'DIFFERS') ? 0 : 1;
}

const FLAGS = {
  profile: { type: 'string' },
  account: { type: 'string' },
  'api-url': { type: 'string' },
  'consumer-key': { type: 'string' },
  'client-id': { type: 'string' },
  'signing-key': { type: 'string' },
  'key-alias': { type: 'string' },
  'oauth2-key': { type: 'string' },
  'oauth2-kid': { type: 'string' },
  'token-endpoint': { type: 'string' },
  'token-issuer': { type: 'string' },
  callback: { type: 'string' },
  send: { type: 'boolean' },
  write: { type: 'string' },
  json: { type: 'boolean' },
} as const;

function readFlags(args: readonly string[]) {
  const [command, ...rest] = args;
  if (command !== 'probe') throw new UsageError('The only command is probe.');
  try {
    return parseArgs({ args: rest, options: FLAGS, allowPositionals: false }).values;
  } catch (error) {
    // Node's first sentence names the option; a value is not quoted.
    const [sentence = ''] = (error instanceof Error ? error.message : '').split('. ');
    throw new UsageError(sentence.startsWith('Unexpected argument') ? 'An argument is one too many.' : sentence);
  }
}

function required(name: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new UsageError(`${name} is missing.`);
  return value;
}

interface GivenProfile {
  readonly profile: NetworkProfile;
  /** Undefined for a module. */
  readonly json: ProfileFile | undefined;
}

async function readProfile(given: string | undefined, apiUrl: string | undefined): Promise<GivenProfile> {
  const name = required('--profile', given);
  if (/\.(mjs|js|ts)$/.test(name)) {
    const module: { readonly default?: NetworkProfile } = await import(pathToFileURL(path.resolve(name)).href);
    if (module.default === undefined) throw new UsageError('--profile: the module has no default export.');
    return { profile: { ...module.default, ...(apiUrl && { apiUrl }) }, json: undefined };
  }
  const read = readJson('--profile', name) as ProfileFile; // readProfileFile checks it
  const json = apiUrl ? { ...read, [read.network === 'ourNetwork' ? 'url' : 'apiUrl']: apiUrl } : read;
  return { profile: readProfileFile(json), json };
}

type Flags = ReturnType<typeof readFlags>;

/** OAuth 2.0 if its key is given; else OAuth 1.0a. */
function readCredentials(flags: Flags, env: ProbeTerminal['env']): Pick<ProbeOptions, 'clientId' | keyof AuthOptions> {
  const clientId = flags['client-id'] ?? env.CLIENT_ID;
  const keyFile = flags['oauth2-key'] ?? env.OAUTH2_KEY_FILE;
  if (keyFile === undefined) {
    const consumerKey = required('--consumer-key', flags['consumer-key'] ?? env.CONSUMER_KEY);
    const signingKeyFile = required('--signing-key', flags['signing-key'] ?? env.SIGNING_KEY_FILE);
    const signingKey = readKey('--signing-key', signingKeyFile, { flags, env });
    return { clientId: clientId ?? consumerKey.replace(/!.*$/s, ''), consumerKey, signingKey };
  }
  const kid = flags['oauth2-kid'] ?? env.OAUTH2_KID;
  const tokenEndpoint = flags['token-endpoint'] ?? env.TOKEN_ENDPOINT;
  const issuer = flags['token-issuer'] ?? env.TOKEN_ISSUER;
  return {
    clientId: required('--client-id', clientId),
    auth: {
      scheme: 'OAUTH2',
      key: readKey('--oauth2-key', keyFile, { flags, env }),
      ...(kid && { kid }),
      ...(tokenEndpoint && { tokenEndpoint }),
      ...(issuer && { issuer }),
    },
  };
}

function readKey(
  option: string,
  name: string,
  { flags, env }: { readonly flags: Flags; readonly env: ProbeTerminal['env'] },
): KeyObject | string {
  if (!/\.(p12|pfx)$/i.test(name)) return readText(option, name);
  const passwordFile = env.SIGNING_KEY_PASSWORD_FILE;
  const fromFile = passwordFile && readText('SIGNING_KEY_PASSWORD_FILE', passwordFile).replace(/\r?\n$/, '');
  const password = fromFile ?? env.SIGNING_KEY_PASSWORD ?? '';
  const alias = flags['key-alias'] ?? env.SIGNING_KEY_ALIAS;
  return readPkcs12({ file: readBytes(option, name), password, ...(alias && { alias }) });
}

function readBytes(option: string, name: string): Buffer {
  try {
    return readFileSync(name);
  } catch {
    throw new UsageError(`${option}: the file cannot be read.`);
  }
}

function readText(option: string, name: string): string {
  return readBytes(option, name).toString('utf8');
}

function readJson(option: string, name: string | undefined): unknown {
  try {
    return JSON.parse(readText(option, required(option, name)));
  } catch (error) {
    // The parser's own error would quote the file.
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${option}: the file is not JSON.`);
  }
}
