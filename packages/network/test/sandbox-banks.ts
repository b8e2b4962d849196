/** Banks that call the sandbox: one with the issuer kit, one with Mastercard's own client libraries. Both are unmodified. */
import { randomUUID, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIssuer, createMemoryEnrolmentStore, type Issuer } from '@payment-passkeys/issuer/server';
import { AUTHENTICATORS_PATH, SESSIONS_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo, type TestAnswer } from '@payment-passkeys/testkit';
import { JweEncryption } from 'mastercard-client-encryption';
import OAuth from 'mastercard-oauth1-signer';
import { kitOptions, profileOf } from './kit-options.ts';
import type { TestNetwork } from './running-network.ts';

/** The result of a call as the bank sees it: `done`, `status 503`, `unreadable`, or `no answer`. */
export type Seen = string;

export interface Started {
  readonly seen: Seen;
  /** Where the browser goes, if the session was started. */
  readonly uri?: string;
  /** Follows a callback to its end: binds the passkey of ENROLLED. */
  readonly complete?: (callback: string) => Promise<Seen>;
}

/** A bank, by the library that it uses. */
export type Bank = (email: string) => Promise<Started>;

/** `network` answers the test's network, which is started after the test file was loaded. */
export function createSandboxBanks(network: () => TestNetwork) {
  const kits: Issuer[] = [];
  let folder: string;
  let certificateFile: string;

  /** Writes the network's encryption certificate to a file, from which Mastercard's client reads it. Call it before all tests. */
  async function prepare(): Promise<void> {
    folder = await mkdtemp(join(tmpdir(), 'outcomes-'));
    const keySet = (await (await fetch(`${network().address}/keys/encryption`)).json()) as {
      keys: { x5c: string[] }[];
    };
    const certificate = new X509Certificate(Buffer.from(keySet.keys[0]?.x5c[0] ?? '', 'base64'));
    certificateFile = join(folder, 'certificate.pem');
    await writeFile(certificateFile, certificate.toString());
  }

  /** Undoes {@link prepare}. Call it after all tests. */
  const cleanUp = () => rm(folder, { recursive: true });

  /** Call it after each test. */
  async function closeKits(): Promise<void> {
    for (const kit of kits.splice(0)) await kit.close();
  }

  /** A new kit: after several failures, a kit does not call the network for a while. */
  function createKit(): Issuer {
    const started = new Date();
    const kit = createIssuer({
      ...kitOptions(network()),
      network: profileOf(network()),
      callbackOrigins: ['http://bank.localhost:4001'],
      store: createMemoryEnrolmentStore(),
      // The clock stands still, so on a slow machine the kit does not give up. Nor does it wait before it tries again.
      clock: () => started,
      timers: { wait: async () => undefined, timeout: () => new AbortController().signal },
    });
    kits.push(kit);
    return kit;
  }

  const withKit: Bank = async (email) => {
    const kit = createKit();
    const { callbackUri: _, complianceSettings, ...info } = buildSessionInfo(new Date());
    const start = {
      cardholderId: 'cardholder-1',
      accounts: { ...info.accountReferences, emailAddresses: [email] },
      verification: info.cardholderVerification,
      consent: info.consent,
      complianceResources: complianceSettings?.complianceResources ?? [],
      callbackUri: 'http://bank.localhost:4001/passkeys/callback',
    };
    const started = await kit.startEnrolment(start).catch(seenByKit);
    if (typeof started === 'string') return { seen: started };
    const { redirect: uri, cookie } = started;
    const complete = async (callback: string) => {
      const outcome = await kit.completeEnrolment({ url: callback, browser: cookie.value }).catch(seenByKit);
      if (typeof outcome === 'string') return outcome;
      return outcome.status === 'ENROLLED' ? 'done' : JSON.stringify(outcome);
    };
    return { seen: 'done', uri, complete };
  };

  const withOfficialClients: Bank = async (email) => {
    const info = buildSessionInfo(new Date());
    const body = encrypt({ ...info, accountReferences: { ...info.accountReferences, emailAddresses: [email] } });
    const answer = await callOfficially(SESSIONS_PATH, body);
    if (typeof answer === 'string') return { seen: answer };
    const { uri, authenticationSessionId } = answer.body;
    const complete = async (callback: string) => {
      const proofOfAuthentication = new URL(callback).searchParams.get('proofOfAuthentication');
      const bound = await callOfficially(AUTHENTICATORS_PATH, { authenticationSessionId, proofOfAuthentication });
      return typeof bound === 'string' ? bound : 'done';
    };
    return { seen: 'done', uri, complete };
  };

  function encrypt(info: object): unknown {
    const client = new JweEncryption({
      mode: 'JWE',
      paths: [
        {
          path: SESSIONS_PATH,
          toEncrypt: [{ element: 'srcSessionInitiationRequestInfo', obj: 'srcSessionInitiationRequestInfo' }],
          toDecrypt: [],
        },
      ],
      encryptedValueFieldName: 'encryptedData',
      encryptionCertificate: certificateFile,
      publicKeyFingerprintType: 'publicKey',
    });
    return client.encrypt(SESSIONS_PATH, {}, { clientSessionId: randomUUID(), srcSessionInitiationRequestInfo: info })
      .body;
  }

  async function callOfficially(path: string, message: unknown): Promise<TestAnswer | Seen> {
    const body = JSON.stringify(message);
    const { consumerKey } = network().client.registration;
    const pem = network().client.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const authorization = OAuth.getAuthorizationHeader(network().publicUrl + path, 'POST', body, consumerKey, pem);
    const answer = await network()
      .client.send({ path, body, authorization })
      .catch(() => undefined);
    if (answer === undefined) return 'no answer';
    if (answer.status >= 300) return `status ${answer.status}`;
    return typeof answer.body === 'string' ? 'unreadable' : answer;
  }

  return { withKit, withOfficialClients, prepare, cleanUp, closeKits };
}

/** What the kit reports. Before it reports 429, 500, 503 or no answer, it has tried three times. */
function seenByKit(error: { readonly code?: string; readonly refusal?: { readonly status: number } }): Seen {
  if (error.refusal !== undefined) return `status ${error.refusal.status}`;
  return error.code === 'NETWORK_ANSWER_INVALID' ? 'unreadable' : `${error.code}`;
}
