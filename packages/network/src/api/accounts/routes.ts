/** `POST /authentication/accounts/replacements` (contract §15): an issuer has replaced a card. */
import {
  ACCOUNT_REPLACEMENTS_PATH,
  brandOf,
  canonicalPan,
  cardHasExpired,
  compileSchema,
  lastFour,
  passesLuhn,
  ReplacementAnswer,
  ReplacementInfo,
  ReplacementRequest,
} from '@payment-passkeys/protocol';
import type { FastifyReply } from 'fastify';
import { indexAccounts, lookupIndexes } from '../../domain/accounts/account-vault.ts';
import { rekeyAccounts } from '../../domain/accounts/rekey.ts';
import { replaceAccount } from '../../domain/bindings/replacement.ts';
import { type SignedCall, serveSigned } from '../../domain/clients/signed-request.ts';
import type { Client } from '../../domain/clients/store.ts';
import { readEncryptedBody } from '../../domain/keys/encrypted-body.ts';
import type { Network } from '../../network.ts';
import { type Fault, ServiceError } from '../../platform/errors/errors.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { countRevokedSessions } from '../../platform/telemetry/metrics.ts';

const infoSchema = compileSchema(ReplacementInfo);

export function accountRoutes(app: NetworkServer, network: Network): void {
  app.post(
    ACCOUNT_REPLACEMENTS_PATH,
    {
      config: {
        nonceWithChange: true,
        errors: ['DECRYPTION_FAILED', 'UNKNOWN_KEY_ID', 'CARD_EXPIRED', 'ACCOUNT_NOT_ELIGIBLE'],
      },
      schema: {
        operationId: 'replaceAccount',
        summary: 'Replace a card',
        body: ReplacementRequest,
        response: { 200: ReplacementAnswer },
      },
    },
    async (request, reply) => {
      const { bindings, endedClients } = await serveSigned(request, (call) =>
        replace({ ...call, encryptedData: request.body.encryptedData, reply }, network),
      );
      countRevokedSessions(network.metrics, endedClients);
      return { bindings };
    },
  );
}

interface ReplacementCall extends SignedCall {
  readonly encryptedData: string;
  readonly reply: FastifyReply;
}

/** Throws {@link ServiceError}: INVALID_FIELD, CARD_EXPIRED, ACCOUNT_NOT_ELIGIBLE. A merchant is not eligible: it has no account ranges. */
async function replace(
  { client, encryptedData, nonceClaim, assertAdmitted, reply }: ReplacementCall,
  network: Pick<Network, 'config' | 'pool' | 'keys' | 'tracing' | 'clock'>,
): Promise<Pick<Awaited<ReturnType<typeof replaceAccount>>, 'bindings' | 'endedClients'>> {
  const info = await readEncryptedBody(encryptedData, { network, schema: infoSchema, reply });
  const now = network.clock();
  const [first, ...rest] = findFaults(info, client, now);
  if (first !== undefined) throw new ServiceError([first, ...rest]);
  const { vault } = network.keys.current();
  const from = { cards: [info.from] };
  const to = { cards: [info.to] };
  await rekeyAccounts(network.pool, { cards: [info.from, info.to] }, vault);
  const [index] = indexAccounts(to, vault);
  if (index === undefined) throw new Error('A card has an index.');
  const pan = canonicalPan(info.to.primaryAccountNumber);
  const replacement = {
    callerId: client.clientId,
    fromIndexes: lookupIndexes(from, vault),
    toIndexes: lookupIndexes(to, vault),
    to: { ...index, lastFour: lastFour(pan), brand: brandOf(pan) },
    now,
  };
  const { verdict, ...replaced } = await replaceAccount(network.pool, replacement, nonceClaim);
  assertAdmitted(verdict);
  return replaced;
}

/** Every fault of the request, in the order of its fields. */
function findFaults({ from, to }: ReplacementInfo, { accountRanges }: Client, now: Date): readonly Fault[] {
  const ofCard = (card: { readonly primaryAccountNumber: string }, at: string): readonly Fault[] => {
    const pan = canonicalPan(card.primaryAccountNumber);
    const pointer = `${at}/primaryAccountNumber`;
    if (!passesLuhn(pan)) return [{ code: 'INVALID_FIELD', pointer }];
    return accountRanges.some((prefix) => pan.startsWith(prefix)) ? [] : [{ code: 'ACCOUNT_NOT_ELIGIBLE', pointer }];
  };
  const same = canonicalPan(from.primaryAccountNumber) === canonicalPan(to.primaryAccountNumber);
  return [
    ...ofCard(from, '/from'),
    ...ofCard(to, '/to'),
    ...(same
      ? [
          {
            code: 'INVALID_FIELD',
            pointer: '/to/primaryAccountNumber',
            message: 'Both cards have the same number.',
          } as const,
        ]
      : []),
    ...(cardHasExpired(to.panExpirationMonth, to.panExpirationYear, now)
      ? [{ code: 'CARD_EXPIRED', pointer: '/to/panExpirationMonth' } as const]
      : []),
  ];
}
