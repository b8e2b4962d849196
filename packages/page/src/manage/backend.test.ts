import {
  MANAGE_CHALLENGE_PATH,
  MANAGE_LEAVE_PATH,
  MANAGE_REMOVAL_PATH,
  MANAGE_SIGN_IN_PATH,
} from '@payment-passkeys/protocol';
import { describe, expect, it, vi } from 'vitest';
import { buildBackEnd, PATHS } from './backend.ts';

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });

function backEnd(answering: () => Promise<Response>, sendBeacon?: (path: string, body: Blob) => boolean) {
  const fetch = vi.fn(answering);
  return { fetch, ...buildBackEnd({ fetch: fetch as unknown as typeof globalThis.fetch, sendBeacon }) };
}

describe('the back end, contract §17', () => {
  it("is called at the protocol's paths", () => {
    expect(PATHS).toEqual({
      challenge: MANAGE_CHALLENGE_PATH,
      signIn: MANAGE_SIGN_IN_PATH,
      removal: MANAGE_REMOVAL_PATH,
      leave: MANAGE_LEAVE_PATH,
    });
  });

  it.each([
    [401, {}, 'SIGNED_OUT'],
    [400, { errordetail: [{ reason: 'CREDENTIAL_UNKNOWN' }] }, 'UNKNOWN'],
    [400, { errordetail: [{ reason: 'CREDENTIAL_REFUSED' }] }, 'REFUSED'],
    [400, 'text', 'REFUSED'],
    [403, { errordetail: null }, 'REFUSED'],
    [429, {}, 'UNAVAILABLE'],
    [500, {}, 'UNAVAILABLE'],
    [503, {}, 'UNAVAILABLE'],
    [200, { bindings: 1, devices: [] }, 'UNAVAILABLE'],
  ])('that answers %i %j refuses with %s', async (status, body, refusal) => {
    expect(await backEnd(async () => json(body, status)).signIn({})).toEqual({ refusal });
  });

  it('that does not answer is unavailable', async () => {
    const { challenge } = backEnd(() => Promise.reject(new TypeError()));
    expect(await challenge()).toEqual({ refusal: 'UNAVAILABLE' });
  });

  it('answers what is left, or that nothing is', async () => {
    const overview = { bindings: [], devices: [] };
    const answering = (body: unknown) => backEnd(async () => json(body)).remove({ what: 'PASSKEY' });
    expect(await answering({ overview })).toEqual({ answer: overview });
    expect(await answering({})).toEqual({ answer: undefined });
    expect(await answering({ overview: {} })).toEqual({ refusal: 'UNAVAILABLE' });
  });

  it('is told by a beacon that the page is left; in a browser without one, by a call', async () => {
    const sendBeacon = vi.fn((_path: string, _body: Blob) => true);
    const beaconing = backEnd(async () => json({}), sendBeacon);
    beaconing.leave();
    const [path, body] = sendBeacon.mock.calls[0] ?? [];
    expect([path, body?.type, await body?.text()]).toEqual([MANAGE_LEAVE_PATH, 'application/json', '{}']);
    expect(beaconing.fetch).not.toHaveBeenCalled();
    const calling = backEnd(async () => json({}));
    calling.leave();
    expect(calling.fetch).toHaveBeenCalledTimes(1);
  });
});
