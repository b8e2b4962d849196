/**
 * Tries the quick starts of examples/: `node --conditions=source scripts/quick-starts.mjs TARBALLS`. Each is copied out of the repository,
 * installed from the packed packages by `npm install`, started by `npm start`, and registered at a network in sandbox mode, as its README says.
 * Then a cardholder without a browser enrols at each bank, and pays at the shop. Prints the time of each from the start of
 * `npm install`: less than a minute on a quiet machine. With `--installed FOLDER NAME` it tries only this one, in a folder where the kit is already
 * installed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfig, readRegistration, saveClient, startNetwork } from '@payment-passkeys/network';
import { freePort } from '@payment-passkeys/testkit';
import { plainEnvironment } from './plain-environment.mjs';

const EXAMPLES = fileURLToPath(new URL('../examples', import.meta.url));
/** The packages of this repository that a kit needs. */
const NEEDED = ['kit', 'channel', 'protocol'];
const QUICK_STARTS = {
  'node-http-bank': { kit: 'issuer', act: enrol },
  'express-bank': { kit: 'issuer', act: enrol },
  'fastify-bank': { kit: 'issuer', act: enrol },
  'nextjs-bank': { kit: 'issuer', act: enrol, portArguments: (port) => ['--', '--port', port] },
  // The shop comes after the banks, because it pays with a bank's passkey.
  'express-shop': { kit: 'merchant', act: pay },
};
/** The card of the banks' customer. */
const CARD = { number: '5454545454545454', month: '12', year: String(new Date().getUTCFullYear() + 4) };

const [tarballs = '.', ...rest] = process.argv.slice(2);
const [option, installedIn, only] = rest;
const work = mkdtempSync(path.join(tmpdir(), 'payment-passkeys-quick-starts-'));
const port = String(await freePort());
const network = await startNetwork({
  config: readConfig({
    DATA_DIR: path.join(work, 'network'),
    LOG_LEVEL: 'silent',
    PORT: port,
  }),
  clock: () => new Date(),
});
/** The functions that stop everything at the end of this process. The last one is called first. */
const running = [() => rmSync(work, { recursive: true }), () => network.stop()];
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await stopAll();
    process.exit(1);
  });
}
try {
  if (option === '--installed') await tryQuickStart(only, installedIn);
  else for (const name of Object.keys(QUICK_STARTS)) await tryQuickStart(name);
} finally {
  await stopAll();
}

async function stopAll() {
  for (const stop of running.splice(0).toReversed()) await stop();
}

async function tryQuickStart(name, folder = path.join(work, name)) {
  const { kit, act, portArguments = () => [] } = QUICK_STARTS[name];
  const files = (source) => !/[\\/](node_modules|\.next|client\.json|signing-key\.pem)$/.test(source);
  cpSync(path.join(EXAMPLES, name), folder, { recursive: true, filter: files });
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  if (folder !== installedIn) await install(kit, folder);
  const installed = seconds();
  const at = String(await freePort());
  const site = {
    name,
    origin: `http://${kit === 'issuer' ? 'bank' : 'shop'}.localhost:${at}`,
    address: `http://127.0.0.1:${at}`,
  };
  const server = start(['npm', 'start', ...portArguments(at)], folder, site.origin);
  running.push(server.stop);
  try {
    await server.answers(site.address);
    const registration = readRegistration(JSON.parse(readFileSync(path.join(folder, 'client.json'), 'utf8')));
    const author = { actor: { kind: 'NETWORK' } };
    await saveClient(network.network.pool, registration, { author, now: new Date() });
    await act(site);
  } catch (error) {
    throw new Error(`${name}: ${error.message}\n${server.said()}`, { cause: error });
  } finally {
    running.pop();
    await server.stop();
  }
  console.log(`     ${name}: installed in ${installed.toFixed(1)} s, done in ${seconds().toFixed(1)} s`);
}

/** Installs as the README says for packages that are not published. */
async function install(kit, folder) {
  const packed = [kit, ...NEEDED].flatMap((each) =>
    globSync(path.join(tarballs, `payment-passkeys-${each}-[0-9]*.tgz`)),
  );
  await run(['npm', 'install', '--no-save', '--no-audit', '--no-fund', '--prefer-offline', ...packed], folder);
}

/** Sends the registration screen's own form, creates or uses a passkey, and goes back to the bank. */
async function enrol(site) {
  const screen = await (await fetch(site.address)).text();
  const [, consent] = /name="consent" value="([^"]*)"/.exec(screen) ?? [];
  if (consent === undefined) throw new Error('the registration screen has no consent');
  const text = consent.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code)).replaceAll('&quot;', '"');
  await visit(site, {
    path: '/passkeys',
    form: { consent: text },
    cardholder: { do: 'CREATE', device: site.name },
    ends: '/ready',
  });
}

async function pay(site) {
  await visit(site, {
    path: '/payments',
    form: CARD,
    cardholder: { do: 'APPROVE', device: 'express-bank' },
    ends: '/thank-you',
  });
}

/** Goes from the site's form to the network, and back with the site's cookie. */
async function visit({ origin, address }, { path: startPath, form, cardholder, ends }) {
  const body = new URLSearchParams(form);
  const left = await fetch(address + startPath, { method: 'POST', headers: { origin }, body, redirect: 'manual' });
  const uri = left.headers.get('location');
  if (left.status !== 303) throw new Error(`the start answers ${left.status}: ${await left.text()}`);
  const answer = await fetch(`${network.address}/sandbox/cardholder`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri, ...cardholder }),
  });
  const { redirect } = await answer.json();
  if (redirect === undefined) throw new Error(`the cardholder is answered ${answer.status}`);
  const cookie = left.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const { pathname, search } = new URL(redirect);
  const back = await fetch(address + pathname + search, { headers: { cookie }, redirect: 'manual' });
  const to = back.headers.get('location');
  if (to !== `${origin}${ends}` && to !== ends)
    throw new Error(`the return answers ${back.status}: ${await back.text()}`);
  const last = await fetch(address + ends);
  if (!last.ok) throw new Error(`${ends} answers ${last.status}`);
}

/** Starts a process group, so that a server that npm has started ends with it. */
function start([file, ...args], cwd, origin) {
  const env = { ...plainEnvironment(), ORIGIN: origin, NETWORK_URL: network.network.config.publicUrl };
  const child = spawn(file, args, { cwd, env: { ...env, NEXT_TELEMETRY_DISABLED: '1' }, detached: true });
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => lines.push(text));
  const ended = once(child, 'close');
  return {
    said: () => lines.join(''),
    answers: async (address) => {
      while (child.exitCode === null) {
        const answer = await fetch(address).catch(() => undefined);
        if (answer?.ok) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error('the server has ended');
    },
    stop: async () => {
      if (child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      await ended;
    },
  };
}

async function run([file, ...args], cwd) {
  const child = spawn(file, args, { cwd, env: plainEnvironment() });
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => lines.push(text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} failed:\n${lines.join('')}`);
}
