/** The network's events about saved cards, payments and the shop's key: by the webhook, and by the reader. */
import type { EventEnvelope } from '@payment-passkeys/merchant/server';
import { plainTextOf } from '@payment-passkeys/web/testing';
import { describe, expect, test } from 'vitest';
import { SHOP_WEBHOOK_PATH } from '../src/index.ts';
import { fixture, saveCard, stateOf, useSavedCards } from './saved-cards.fixture.ts';
import { leave, PUBLIC_URL } from './shop.fixture.ts';

useSavedCards();

const AAGUID = '00000000-0000-0000-0000-000000000000';

describe('the network’s events', () => {
  /** The network's delivery to the webhook. `body` replaces the signed one. */
  const deliver = async (event: EventEnvelope, body?: string) => {
    const request = fixture.network.buildDelivery(event);
    const headers = Object.fromEntries(request.headers);
    const payload = body ?? (await request.text());
    return fixture.shop.inject({ method: 'POST', url: SHOP_WEBHOOK_PATH, headers, payload });
  };
  const suspend = (bindingId: string) => {
    fixture.network.changeBinding({ bindingId, action: 'SUSPEND', by: 'ISSUER' });
    const data = { bindingId, credentialId: 'credential', reasonCode: 'DEVICE_LOST', suspendedBy: ['ISSUER'] } as const;
    return fixture.network.makeEvent({
      type: 'binding.suspended',
      triggeredBy: 'ISSUER',
      data: { ...data, suspendedBy: ['ISSUER'] },
    });
  };
  const BLOCKED = { status: 'SUSPENDED', by: ['ISSUER'] };

  test('come to the webhook, signed, without a session of a browser; a repeat changes nothing', async () => {
    const bindingId = await saveCard();
    const event = suspend(bindingId);
    expect((await deliver(event, JSON.stringify({ ...event, triggeredBy: 'NETWORK' }))).statusCode).toBe(401);
    expect(await stateOf(bindingId)).toEqual({ status: 'ACTIVE', by: [] });
    expect(fixture.lines.join()).toContain('a delivery to the webhook was refused');
    for (const _ of ['once', 'again']) expect((await deliver(event)).statusCode).toBe(204);
    expect(await stateOf(bindingId)).toEqual(BLOCKED);
  });

  test('that were missed are read when the shop starts', async () => {
    const bindingId = await saveCard();
    suspend(bindingId);
    await (await fixture.open()).ready();
    await expect.poll(() => stateOf(bindingId)).toEqual(BLOCKED);
  });

  test('that cannot be handled because the network is down are delivered again', async () => {
    const bindingId = await saveCard();
    const event = suspend(bindingId);
    fixture.network.answerWith('/bindings/searches', { status: 503, body: {} });
    expect((await deliver(event)).statusCode).toBe(503);
    fixture.network.answerWith('/bindings/searches', undefined);
    expect((await deliver(event)).statusCode).toBe(204);
    expect(await stateOf(bindingId)).toEqual(BLOCKED);
  });

  test('say how the passkey of a payment is kept, for its receipt', async () => {
    const browser = await fixture.signedIn();
    const { orderId } = await leave(browser);
    const receipt = async () => plainTextOf(await browser.get(`/orders/${orderId}`));
    const approve = (backupEligible: boolean) =>
      deliver(
        fixture.network.makeEvent({
          type: 'payment.approved',
          data: {
            authenticationSessionId: fixture.network.sessions.at(-1)?.authenticationSessionId ?? '',
            bindingId: 'binding-1',
            credentialId: 'credential-1',
            merchantName: 'Tidewick',
            merchantOrigin: PUBLIC_URL,
            amount: '55.00',
            currency: 'USD',
            panLastFour: '4444',
            orderId,
            authenticator: { aaguid: AAGUID, backupEligible, backedUp: backupEligible, attestation: 'NONE' },
          },
        }),
      );
    expect((await approve(true)).statusCode).toBe(204);
    await browser.get(await fixture.success());
    expect(await receipt()).toContain('Approved with a passkey that your devices share.');
    await approve(false);
    expect(await receipt()).toContain('Approved with a passkey that stays on one device.');
  });

  test('warn the operator of a key that expires', async () => {
    const data = { fingerprint: 'ab'.repeat(32), expiresAt: '2026-12-24T10:00:00.000Z' };
    await deliver(fixture.network.makeEvent({ type: 'client.key-expiring', data }));
    expect(fixture.lines.join()).toContain('the key of this shop at the network expires');
  });
});
