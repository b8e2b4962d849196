/** Finding bindings (contract §13). Refused calls are in bindings.test.ts. */
import { BindingSearchAnswer, compileSchema } from '@payment-passkeys/protocol';
import { TEST_MERCHANT, type TestClient } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { searchBindings } from '../src/domain/bindings/search.ts';
import { readEvents } from '../src/domain/events/log.ts';
import { moveForReader } from '../src/domain/events/mover.ts';
import { enrolCardholder, findBindings, ofPan, replaceCard, replacementOf, searchFor } from './lifecycle.ts';
import { freshPan, paymentBy, payOnPage, startTestShop, type TestShop } from './shop.ts';

const START = new Date('2026-11-24T12:00:00Z');
let at: TestShop;
let otherShop: TestClient;
beforeAll(async () => {
  at = await startTestShop();
  otherShop = await at.network.addClient({ ...TEST_MERCHANT, clientId: 'other-shop', consumerKey: 'other-shop!key' });
});
afterAll(() => at.network.stop());
beforeEach(() => {
  at.network.now = START;
});

const pool = () => at.network.database.pool;
const bank = () => at.network.client;

describe('a search', () => {
  test('says what is known of the passkey and its devices, and is as its schema says', async () => {
    const { pan, atBank, atShop, browser } = await enrolCardholder(at);
    await payOnPage(at, browser, paymentBy(atShop.bindingId));
    const { status, body } = await searchFor(bank(), { account: ofPan(pan) });
    expect(status).toBe(200);
    expect(compileSchema(BindingSearchAnswer).violations(body)).toEqual([]);
    const common = {
      credentialId: atBank.credentialId,
      status: 'ACTIVE',
      suspendedBy: [],
      createdAt: START.toISOString(),
      authenticator: {
        aaguid: expect.any(String),
        backupEligible: expect.any(Boolean),
        backedUp: expect.any(Boolean),
        attestation: 'NONE',
      },
      devices: [
        { appInstanceId: expect.any(String), firstUsedAt: START.toISOString(), lastUsedAt: START.toISOString() },
      ],
    };
    const shops = {
      ...common,
      bindingId: atShop.bindingId,
      accountTypes: ['CARD'],
      panLastFour: pan.slice(-4),
      heldBy: { role: 'merchant', name: 'Test Shop' },
      lastUsedAt: START.toISOString(),
    };
    const banks = {
      ...common,
      bindingId: atBank.bindingId,
      accountTypes: ['CARD', 'EMAIL'],
      heldBy: { role: 'issuer', name: bank().registration.name },
    };
    expect(body.bindings).toHaveLength(2);
    expect(body.bindings).toEqual(expect.arrayContaining([shops, banks]));
    expect(await findBindings(at.shop, { account: ofPan(pan) })).toEqual([shops]);
    expect(await findBindings(at.shop, { credentialId: atBank.credentialId })).toEqual([shops]);
    expect(await findBindings(bank(), { credentialId: atBank.credentialId })).toHaveLength(2);
  });

  test('a model is named only if the attestation proves it; the verdict on the attestation', async () => {
    const { pan, atBank } = await enrolCardholder(at);
    const scope = { kind: 'PASSKEY', passkeyId: atBank.credentialId, bindingId: atBank.bindingId } as const;
    const factsOf = async (format: string, trusted: boolean, verified: boolean) => {
      await pool().query(
        'UPDATE passkey SET attestation_format = $2, attestation_trusted = $3, aaguid_verified = $4 WHERE passkey_id = $1',
        [atBank.credentialId, format, trusted, verified],
      );
      const [report] = await searchBindings(pool(), scope, () => 'Example Key');
      return [report?.authenticator?.attestation, report?.authenticator?.model];
    };
    expect(await factsOf('none', false, false)).toEqual(['NONE', undefined]);
    expect(await factsOf('packed', false, false)).toEqual(['UNTRUSTED', undefined]);
    expect(await factsOf('packed', true, false)).toEqual(['TRUSTED', undefined]);
    expect(await factsOf('packed', true, true)).toEqual(['TRUSTED', 'Example Key']);

    // An event is stored without the name of the authenticator's model. The name is added when the event is read.
    await replaceCard(bank(), replacementOf(pan, freshPan()));
    const { clientId } = at.shop.registration;
    await moveForReader(pool(), { clientId, now: START });
    const events = await readEvents(pool(), { clientId, after: undefined, limit: 500 }, () => 'Example Key');
    const [updated] = events.filter(({ type }) => type === 'binding.updated');
    expect(updated?.data).toMatchObject({ authenticator: { attestation: 'TRUSTED', model: 'Example Key' } });
    expect(Object.keys(Object(updated?.data).authenticator)).not.toContain('modelProven');
    await pool().query('DELETE FROM event');
  });

  test('has at most 100 bindings, the one used last first', async () => {
    const { atBank, atShop } = await enrolCardholder(at);
    await pool().query(
      `INSERT INTO binding (binding_id, passkey_id, client_id, card_index, card_last_four, issuer_id, created_at, updated_at, last_used_at)
       SELECT 'many-' || number, passkey_id, client_id, sha256(('many-' || number)::bytea), card_last_four, issuer_id, created_at, updated_at,
              created_at + number * interval '1 second'
       FROM binding, generate_series(1, 110) AS number WHERE binding_id = $1`,
      [atShop.bindingId],
    );
    const found = await findBindings(at.shop, { credentialId: atBank.credentialId });
    expect(found.map(({ bindingId }) => bindingId)).toEqual(Array.from({ length: 100 }, (_, at) => `many-${110 - at}`));
    await pool().query("DELETE FROM binding WHERE binding_id LIKE 'many-%'");
  });

  test('by an e-mail address: the caller’s own bindings alone', async () => {
    const { atBank, atShop } = await enrolCardholder(at);
    const account = { emailAddress: ' Avery@mail.example' };
    const ids = async (client: TestClient) =>
      (await findBindings(client, { account })).map(({ bindingId }) => bindingId);
    expect(await ids(bank())).toContain(atBank.bindingId);
    expect(await ids(bank())).not.toContain(atShop.bindingId);
    expect(await ids(otherShop)).toEqual([]);
  });
});
