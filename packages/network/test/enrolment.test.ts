import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enrol, proofOf, startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
});
afterAll(() => network.stop());

describe('an enrolment, end to end', () => {
  test('a device without a passkey creates one, and the proof binds it', async () => {
    const browser = network.browser();
    const { session, opened, redirect, proof } = await enrol(network, browser);
    expect(opened.scenario).toBe('CREATE');
    expect(redirect).toMatch(
      /^http:\/\/bank\.localhost:4001\/passkeys\/callback\?state=abc&status=ENROLLED&proofOfAuthentication=/,
    );
    const { authenticationSessionId } = session;
    const bound = await network.client.bind({ authenticationSessionId, proofOfAuthentication: proof });
    expect(bound.status, JSON.stringify(bound.body)).toBe(201);
    const again = await network.client.bind({ authenticationSessionId, proofOfAuthentication: proof });
    expect(again.status).toBe(200);
    expect(again.body).toEqual(bound.body);

    // the same device again: scenario 2B, with the same binding
    const second = await enrol(network, browser);
    expect(second.opened.scenario).toBe('USE');
    const reBound = await network.client.bind({
      authenticationSessionId: second.session.authenticationSessionId,
      proofOfAuthentication: proofOf(second.redirect),
    });
    expect(reBound.body.bindingId).toBe(bound.body.bindingId);
    expect(reBound.body.credentialId).toBe(bound.body.credentialId);
  });
});
