/** A card that is added at a shop (contract §11). */
import { describe, expect, test } from 'vitest';
import { refuse } from '../src/testing/index.ts';
import { cardStart, codeOf, ignoredAs, openShop, SAVED, TYPED } from './merchant.fixture.ts';

const at = openShop();

describe('a card that is added', () => {
  async function leaveAndEnrol() {
    const started = await at.merchant.startCardEnrolment(cardStart);
    const proof = await at.network.issueProof();
    return { ...started, proof, browser: started.cookie.value, url: at.network.callback({ proof }) };
  }

  test('ENROLLED: the network’s id, the brand and the last four digits, and no card number anywhere', async () => {
    const { url, browser } = await leaveAndEnrol();
    const outcome = await at.merchant.completeCardEnrolment({ url, browser, shopperId: 'shopper-1' });
    expect(outcome).toMatchObject({ status: 'ENROLLED', card: SAVED, credentialId: 'credential-1' });
    expect(at.network.sessions.at(-1)?.reason).toBe('ENROL_FINANCIAL_INSTRUMENT');
    const { rows } = await at.database.pool.query('SELECT * FROM payment_passkey_card_enrolment');
    expect(JSON.stringify(rows)).not.toContain('5555555555554444');
  });

  test('many completions at once bind and save once', async () => {
    const { url, browser } = await leaveAndEnrol();
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, () => at.merchant.completeCardEnrolment({ url, browser })),
    );
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
  });

  test('another browser and another shopper get nothing', async () => {
    const { url, browser } = await leaveAndEnrol();
    expect(await at.merchant.completeCardEnrolment({ url, browser: undefined })).toEqual(ignoredAs('OTHER_BROWSER'));
    const stranger = { url, browser, shopperId: 'shopper-2' };
    expect(await at.merchant.completeCardEnrolment(stranger)).toEqual(ignoredAs('OTHER_SHOPPER'));
  });

  test('a proof of a payment, or of another session, binds nothing', async () => {
    const { cookie } = await at.merchant.startCardEnrolment(cardStart);
    const wrong = [
      { authenticationReasons: ['TRANSACTION_AUTHENTICATION' as const] },
      { clientSessionId: '86bd4a91-0000-4000-8000-000000000000' },
    ];
    for (const claims of wrong) {
      const url = at.network.callback({ proof: await at.network.issueProof({ claims }) });
      expect(await at.merchant.completeCardEnrolment({ url, browser: cookie.value })).toEqual({
        ...ignoredAs('PROOF_REFUSED'),
        proofRefusal: 'OTHER_SUBJECT',
      });
    }
    expect(
      (await at.database.pool.query('SELECT 1 FROM payment_passkey_card_enrolment WHERE binding_id IS NOT NULL')).rows,
    ).toEqual([]);
  });

  test.each(['PROOF_EXPIRED', 'PROOF_INVALID', 'PROOF_MISMATCH', 'SESSION_NOT_ENROLLED'] as const)(
    'the network’s %s at the binding saves nothing',
    async (code) => {
      const { url, browser } = await leaveAndEnrol();
      at.network.answerWith('/authenticators', refuse(code));
      expect(await at.merchant.completeCardEnrolment({ url, browser })).toEqual({
        ...ignoredAs('PROOF_REFUSED'),
        proofRefusal: 'NETWORK',
      });
    },
  );

  test('a failure is shown with advice: the issuer that did not confirm is PERMISSION_DENIED', async () => {
    const { cookie } = await at.merchant.startCardEnrolment(cardStart);
    const url = at.network.callback({ status: 'ERROR', reason: 'PERMISSION_DENIED' });
    expect(await at.merchant.completeCardEnrolment({ url, browser: cookie.value })).toMatchObject({
      status: 'ERROR',
      reason: 'PERMISSION_DENIED',
      advice: 'TRY_AGAIN',
    });
  });

  test('a passkey that did not answer while a card was added: there is nothing to step up', async () => {
    const { cookie } = await at.merchant.startCardEnrolment(cardStart);
    const url = at.network.callback({ status: 'ERROR', reason: 'CREDENTIALS_NOT_VERIFIED' });
    expect(await at.merchant.completeCardEnrolment({ url, browser: cookie.value })).toMatchObject({
      advice: 'TRY_AGAIN',
    });
  });

  test('a mistyped card is INVALID_CARD before anything is sent', async () => {
    const card = { ...TYPED, primaryAccountNumber: '1234' };
    expect(await codeOf(at.merchant.startCardEnrolment({ ...cardStart, card }))).toBe('INVALID_CARD');
  });
});
