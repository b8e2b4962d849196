import { describe, expect, it } from 'vitest';
import { endOf, ISSUER, KNOWN, refused, SHOWN, SUCCESS, visit } from './enrolment.fixture.ts';
import { isBroken, withoutToken } from './launch.ts';
import { isWebAddress } from './return-address.ts';
import {
  CREDENTIAL_JSON,
  LAUNCH,
  named,
  newPhoneAnswer,
  openAnswer,
  payAnswer,
  RETURN_TO,
  verifyAnswer,
} from './visit.fixture.ts';

const APPROVED = `${RETURN_TO}&status=AUTHENTICATED&proofOfAuthentication=a.b.c`;
const BACK = { ...withoutToken(LAUNCH), verification: 'answered' };

describe('a payment, contract §9', () => {
  it('approved: the redirect that the network gives', async () => {
    const { start, choose, left, backEnd, get, states } = visit();
    backEnd.open.mockResolvedValueOnce({ answer: payAnswer() });
    backEnd.result.mockResolvedValueOnce({ answer: { redirect: APPROVED } });
    await start(LAUNCH);
    await choose('PAY');
    expect(get).toHaveBeenCalledTimes(1);
    expect(backEnd.result).toHaveBeenCalledExactlyOnceWith(CREDENTIAL_JSON);
    expect(left).toEqual([APPROVED]);
    expect(states.at(-1)).toMatchObject({ outcome: 'APPROVED', clientName: 'Corner Shop' });
  });

  it('is offered on a device without a screen lock: the passkey may be on a phone nearby', async () => {
    const { start, backEnd, statics, state } = visit();
    statics.isUserVerifyingPlatformAuthenticatorAvailable.mockResolvedValueOnce(false);
    backEnd.open.mockResolvedValueOnce({ answer: payAnswer() });
    await start(LAUNCH);
    expect(state()?.at).toBe('offer');
  });

  it('"Not now": CANCELLED, USER_CANCELLATION', async () => {
    const { start, decline, left, backEnd } = visit();
    backEnd.open.mockResolvedValueOnce({ answer: payAnswer() });
    await start(LAUNCH);
    await decline();
    expect(left).toEqual([endOf('USER_CANCELLATION')]);
  });

  it.each(['NotAllowedError', 'AbortError', 'InvalidStateError'])('%s: CREDENTIALS_NOT_VERIFIED', async (name) => {
    const { start, choose, left, backEnd, get } = visit();
    backEnd.open.mockResolvedValueOnce({ answer: payAnswer() });
    get.mockRejectedValueOnce(named(name));
    await start(LAUNCH);
    await choose('PAY');
    expect(left).toEqual([endOf('CREDENTIALS_NOT_VERIFIED')]);
  });

  it('on a browser without WebAuthn is given up with CREDENTIALS_NOT_VERIFIED', async () => {
    const { backEnd, browser } = visit();
    const bare = visit({ browser: { ...browser, credentials: undefined }, backEnd });
    backEnd.open.mockResolvedValueOnce({ answer: payAnswer() });
    await bare.start(LAUNCH);
    expect(bare.state()?.at).toBe('unsupported');
    await bare.giveUp();
    expect(bare.left).toEqual([endOf('CREDENTIALS_NOT_VERIFIED')]);
  });

  it('that was approved before, its way back lost: goes back at once, to the known callback alone', async () => {
    const lost = visit({ findReturnAddress: async () => RETURN_TO });
    lost.backEnd.open.mockResolvedValueOnce({ answer: { redirect: APPROVED } });
    await lost.start(withoutToken(LAUNCH));
    expect(lost.left).toEqual([APPROVED]);
    for (const knownReturnTo of [undefined, KNOWN]) {
      const elsewhere = visit({ findReturnAddress: async () => knownReturnTo });
      elsewhere.backEnd.open.mockResolvedValueOnce({ answer: { redirect: APPROVED } });
      await elsewhere.start(withoutToken(LAUNCH));
      expect(elsewhere.left.includes(APPROVED)).toBe(false);
    }
  });
});

describe('a payment on a new phone, contract §9', () => {
  it('"Confirm with your bank instead": the terms are shown first, then the bank is gone to, and no device is asked', async () => {
    const { start, choose, left, backEnd, get, states } = visit();
    backEnd.open.mockResolvedValueOnce({ answer: newPhoneAnswer() });
    await start(LAUNCH);
    await choose('VERIFY');
    expect(states.at(-1)).toMatchObject({ at: 'offer', opened: { answer: { scenario: 'VERIFY' } } });
    expect(backEnd.consent).not.toHaveBeenCalled();
    await choose('VERIFY');
    expect(backEnd.consent).toHaveBeenCalledExactlyOnceWith(SHOWN);
    expect(left).toEqual([ISSUER]);
    expect(states.at(-1)).toMatchObject({ outcome: 'ASKED', clientName: 'Harbour Bank' });
    expect(get).not.toHaveBeenCalled();
  });

  it('"Pay with passkey" still pays, and from the terms it leads back to the payment without asking the device', async () => {
    const { start, choose, left, backEnd, get } = visit();
    backEnd.open.mockResolvedValueOnce({ answer: newPhoneAnswer() });
    backEnd.result.mockResolvedValueOnce({ answer: { redirect: APPROVED } });
    await start(LAUNCH);
    await choose('VERIFY');
    await choose('PAY');
    expect(get).not.toHaveBeenCalled();
    await choose('PAY');
    expect(get).toHaveBeenCalledTimes(1);
    expect(left).toEqual([APPROVED]);
  });

  it('"Not now" at the terms: CANCELLED, and nothing was agreed to', async () => {
    const { start, choose, decline, left, backEnd } = visit();
    backEnd.open.mockResolvedValueOnce({ answer: newPhoneAnswer() });
    await start(LAUNCH);
    await choose('VERIFY');
    await decline();
    expect(backEnd.consent).not.toHaveBeenCalled();
    expect(left).toEqual([endOf('USER_CANCELLATION')]);
  });
});

describe('the way to the issuer and back, contract §11', () => {
  it('"Agree and continue": tells what was shown, asks no device, and goes to the issuer', async () => {
    const { start, choose, left, backEnd, create, get, states } = visit();
    backEnd.open.mockResolvedValueOnce({ answer: verifyAnswer() });
    await start(LAUNCH);
    await choose('VERIFY');
    expect(backEnd.consent).toHaveBeenCalledExactlyOnceWith(SHOWN);
    expect(create).not.toHaveBeenCalled();
    expect(get).not.toHaveBeenCalled();
    expect(left).toEqual([ISSUER]);
    expect(states.at(-1)).toMatchObject({ at: 'returning', outcome: 'ASKED', clientName: 'Harbour Bank' });
  });

  it('"Not now": CANCELLED, and nothing was agreed to', async () => {
    const { start, decline, left, backEnd } = visit();
    backEnd.open.mockResolvedValueOnce({ answer: verifyAnswer() });
    await start(LAUNCH);
    await decline();
    expect(backEnd.consent).not.toHaveBeenCalled();
    expect(left).toEqual([endOf('USER_CANCELLATION')]);
  });

  it('a second tap agrees no second time', async () => {
    const { start, choose, backEnd } = visit();
    backEnd.open.mockResolvedValueOnce({ answer: verifyAnswer() });
    await start(LAUNCH);
    await Promise.all([choose('VERIFY'), choose('VERIFY')]);
    expect(backEnd.consent).toHaveBeenCalledTimes(1);
  });

  it.each([
    [401, 'PERMISSION_DENIED'],
    [403, 'FORBIDDEN'],
    [503, 'SERVICE_UNAVAILABLE'],
  ] as const)('%i from consent: %s', async (status, reason) => {
    const { start, choose, left, backEnd } = visit();
    backEnd.open.mockResolvedValueOnce({ answer: verifyAnswer() });
    backEnd.consent.mockResolvedValueOnce(refused(status));
    await start(LAUNCH);
    await choose('VERIFY');
    expect(left).toEqual([`${RETURN_TO}&status=ERROR&reason=${reason}`]);
  });

  it.each(['javascript:alert(1)', 'http://bank.example/', '/relative', 'https://user@bank.example/'])(
    'is never %s',
    async (address) => {
      expect(isWebAddress(address)).toBe(false);
      const { start, choose, left, backEnd } = visit();
      backEnd.open.mockResolvedValueOnce({ answer: verifyAnswer() });
      backEnd.consent.mockResolvedValueOnce({ answer: address });
      await start(LAUNCH);
      await choose('VERIFY');
      expect(left).toEqual([`${RETURN_TO}&status=ERROR&reason=UNKNOWN_ERROR`]);
    },
  );

  it('back again without a token: the passkey is made, the session opened once more, and the payment approved', async () => {
    const { start, choose, left, backEnd, states } = visit();
    backEnd.open.mockResolvedValueOnce({ answer: openAnswer('CREATE') });
    backEnd.result.mockResolvedValueOnce({ answer: { reopen: true } });
    await start(BACK);
    backEnd.open.mockResolvedValueOnce({ answer: payAnswer() });
    await choose('CREATE');
    expect(backEnd.open).toHaveBeenCalledTimes(2);
    expect(left).toEqual([]);
    backEnd.result.mockResolvedValueOnce({ answer: { redirect: APPROVED } });
    await choose('PAY');
    expect(left).toEqual([APPROVED]);
    expect(states.map(({ at }) => at)).toEqual([
      'loading',
      'offer',
      'working',
      'finishing',
      'loading',
      'offer',
      'working',
      'finishing',
      'returning',
    ]);
  });

  it('back while a card is added: ENROLLED', async () => {
    const { start, choose, left, states } = visit();
    await start(BACK);
    await choose('CREATE');
    expect(left).toEqual([SUCCESS]);
    expect(states.at(-1)).toMatchObject({ outcome: 'ENROLLED' });
  });

  it('back in a browser that did not leave: PERMISSION_DENIED, not a broken link', async () => {
    expect(isBroken(BACK, { openedBefore: false })).toBe(false);
    const { start, left, backEnd } = visit({ findReturnAddress: async () => KNOWN });
    backEnd.open.mockResolvedValueOnce(refused(401));
    await start(BACK);
    expect(left).toEqual([`${KNOWN}?status=ERROR&reason=PERMISSION_DENIED`]);
  });
});
