import { CEREMONY_SECONDS, type Offer } from '@payment-passkeys/protocol';
import { describe, expect, it } from 'vitest';
import { findSupport, GRACE_SECONDS, prepareCeremony, reasonFor, type Support } from './ceremony.ts';
import { buildBrowser, CREATE_OFFER, CREDENTIAL, CREDENTIAL_JSON, named, USE_OFFER } from './visit.fixture.ts';

const ABLE: Support = { webauthn: true, platform: true, payment: true };
const CREATE = CREATE_OFFER as unknown as Offer;
const USE = USE_OFFER as unknown as Offer;
const never = () => new AbortController().signal;

describe('what the browser can do', () => {
  it('is everything where it says so', async () => expect(await findSupport(buildBrowser().browser)).toEqual(ABLE));

  it('is nothing without WebAuthn', async () => {
    const { browser } = buildBrowser();
    const nothing = { webauthn: false, platform: false, payment: false };
    expect(await findSupport({ ...browser, PublicKeyCredential: undefined })).toEqual(nothing);
    expect(await findSupport({ ...browser, credentials: undefined })).toEqual(nothing);
  });

  it('lacks a platform authenticator only where it says so: not by failing, nor by silence', async () => {
    const { browser, statics, timers } = buildBrowser();
    statics.isUserVerifyingPlatformAuthenticatorAvailable.mockResolvedValueOnce(false);
    expect((await findSupport(browser)).platform).toBe(false);
    statics.isUserVerifyingPlatformAuthenticatorAvailable.mockRejectedValueOnce(new Error());
    expect((await findSupport(browser)).platform).toBe(true);
    statics.isUserVerifyingPlatformAuthenticatorAvailable.mockReturnValueOnce(new Promise(() => {}));
    const silent = findSupport(browser);
    timers[0]?.callback();
    expect((await silent).platform).toBe(true);
  });

  it.each([
    ['true', { 'extension:payment': true }, false, true],
    ['false', { 'extension:payment': false }, true, false],
    ['nothing of it, in Chromium', {}, true, true],
    ['nothing of it, elsewhere', {}, false, false],
  ])('takes the payment extension as getClientCapabilities says: %s', async (_, says, paymentPlausible, payment) => {
    const { browser, statics } = buildBrowser();
    statics.getClientCapabilities.mockResolvedValueOnce(says as Record<string, boolean>);
    expect((await findSupport({ ...browser, paymentPlausible })).payment).toBe(payment);
  });

  it('is a guess about payment where getClientCapabilities does not exist', async () => {
    const { browser, statics } = buildBrowser();
    Reflect.deleteProperty(statics, 'getClientCapabilities');
    expect((await findSupport({ ...browser, paymentPlausible: true })).payment).toBe(true);
  });
});

describe('the call', () => {
  it.each([
    ['create', CREATE],
    ['get', USE],
  ] as const)('%s is made before the tap handler returns', (method, offer) => {
    const { browser, [method]: spy } = buildBrowser();
    void prepareCeremony(offer, ABLE, browser)(never());
    expect(spy).toHaveBeenCalledTimes(1);
  });

  it('gets options with bytes, converted here where the browser does not convert', async () => {
    const { browser, create, get } = buildBrowser();
    await prepareCeremony(CREATE, ABLE, browser)(never());
    await prepareCeremony(USE, ABLE, browser)(never());
    expect(create.mock.calls[0]?.[0].publicKey).toEqual({
      ...CREATE_OFFER.options,
      challenge: Uint8Array.of(251, 255, 0),
      user: { ...CREATE_OFFER.options.user, id: Uint8Array.of(4, 5, 6) },
      excludeCredentials: [{ type: 'public-key', id: Uint8Array.of(1, 2, 3), transports: ['internal'] }],
    });
    expect(get.mock.calls[0]?.[0].publicKey).toEqual({
      ...USE_OFFER.options,
      challenge: Uint8Array.of(251, 255, 0),
      allowCredentials: [{ type: 'public-key', id: Uint8Array.of(1, 2, 3), transports: ['internal'] }],
    });
  });

  it("gets the browser's own conversion where it has one, the payment extension put back", async () => {
    const { browser, create, get, statics } = buildBrowser();
    Object.assign(statics, {
      parseCreationOptionsFromJSON: () => ({ parsed: 'creation' }),
      parseRequestOptionsFromJSON: () => ({ parsed: 'request' }),
    });
    await prepareCeremony(CREATE, ABLE, browser)(never());
    await prepareCeremony(USE, ABLE, browser)(never());
    expect(create.mock.calls[0]?.[0].publicKey).toEqual({
      parsed: 'creation',
      extensions: { credProps: true, payment: { isPayment: true } },
    });
    expect(get.mock.calls[0]?.[0].publicKey).toEqual({ parsed: 'request' });
  });

  it('asks for no payment extension where the browser has none', async () => {
    const { browser, create } = buildBrowser();
    await prepareCeremony(CREATE, { ...ABLE, payment: false }, browser)(never());
    expect(create.mock.calls[0]?.[0].publicKey?.extensions).toEqual({ credProps: true });
  });

  it('is made again without the payment extension where that is what the browser chokes on', async () => {
    const { browser, create } = buildBrowser();
    create.mockRejectedValueOnce(named('NotSupportedError'));
    expect(await prepareCeremony(CREATE, ABLE, browser)(never())).toEqual({ credential: CREDENTIAL_JSON });
    expect(create.mock.calls[1]?.[0].publicKey?.extensions).toEqual({ credProps: true });
    create.mockRejectedValue(named('NotSupportedError'));
    const again = prepareCeremony(CREATE, { ...ABLE, payment: false }, browser);
    expect(await again(never())).toEqual({ reason: 'CREDENTIALS_CREATION_NOT_ALLOWED' });
    expect(create).toHaveBeenCalledTimes(3);
  });

  it('throws before any tap where the options are unusable', () => {
    const { browser } = buildBrowser();
    const broken = { ...CREATE_OFFER, options: { ...CREATE_OFFER.options, challenge: '%' } };
    expect(() => prepareCeremony(broken as unknown as Offer, ABLE, browser)).toThrow();
  });
});

describe('the answer', () => {
  it("is the credential's JSON: the browser's, or made here", async () => {
    const { browser, create } = buildBrowser();
    expect(await prepareCeremony(CREATE, ABLE, browser)(never())).toEqual({ credential: CREDENTIAL_JSON });
    create.mockResolvedValueOnce({ toJSON: () => ({ own: true }) } as unknown as Credential);
    expect(await prepareCeremony(CREATE, ABLE, browser)(never())).toEqual({ credential: { own: true } });
  });

  const illegal = () => {
    throw new TypeError('Illegal invocation');
  };

  it.each([
    ['has no toJSON', {}],
    ['has a toJSON that throws', { toJSON: illegal }],
    ['has no getClientExtensionResults', { getClientExtensionResults: undefined }],
    ['has a getClientExtensionResults that throws', { getClientExtensionResults: illegal }],
  ])('is kept where an object in the place of the credential %s', async (_title, broken) => {
    const { browser, create } = buildBrowser();
    create.mockResolvedValueOnce({ ...CREDENTIAL, ...broken } as unknown as Credential);
    expect(await prepareCeremony(CREATE, ABLE, browser)(never())).toEqual({ credential: CREDENTIAL_JSON });
  });

  it('is asked for with options converted here where the conversion of the browser throws', async () => {
    const { browser, create, get, statics } = buildBrowser();
    Object.assign(statics, { parseCreationOptionsFromJSON: illegal, parseRequestOptionsFromJSON: illegal });
    await prepareCeremony(CREATE, ABLE, browser)(never());
    await prepareCeremony(USE, ABLE, browser)(never());
    expect(create.mock.calls[0]?.[0].publicKey?.challenge).toEqual(Uint8Array.of(251, 255, 0));
    expect(get.mock.calls[0]?.[0].publicKey?.challenge).toEqual(Uint8Array.of(251, 255, 0));
  });

  const names = ['NotAllowedError', 'AbortError', 'SecurityError', 'ConstraintError', 'UnknownError', 'TimeoutError'];

  it.each([...names, 'InvalidStateError'])('to %s at use is CREDENTIALS_NOT_VERIFIED', async (name) => {
    const { browser, get } = buildBrowser();
    get.mockRejectedValueOnce(named(name));
    expect(await prepareCeremony(USE, ABLE, browser)(never())).toEqual({ reason: 'CREDENTIALS_NOT_VERIFIED' });
  });

  it.each(names)('to %s at creation is CREDENTIALS_CREATION_NOT_ALLOWED', async (name) => {
    const { browser, create } = buildBrowser();
    create.mockRejectedValueOnce(named(name));
    const outcome = await prepareCeremony(CREATE, ABLE, browser)(never());
    expect(outcome).toEqual({ reason: 'CREDENTIALS_CREATION_NOT_ALLOWED' });
  });

  it('to InvalidStateError at creation, and to nothing else, is DUPLICATE_CREDENTIALS', async () => {
    const { browser, create } = buildBrowser();
    create.mockRejectedValueOnce(named('InvalidStateError'));
    expect(await prepareCeremony(CREATE, ABLE, browser)(never())).toEqual({ reason: 'DUPLICATE_CREDENTIALS' });
    expect(reasonFor('CREATE', 'InvalidStateError')).toBe('CREDENTIALS_CREATION_NOT_ALLOWED');
  });

  it('of nothing at all is a failure', async () => {
    const { browser, create, get } = buildBrowser();
    create.mockResolvedValueOnce(null);
    get.mockResolvedValueOnce(null);
    expect(await prepareCeremony(CREATE, ABLE, browser)(never())).toEqual({
      reason: 'CREDENTIALS_CREATION_NOT_ALLOWED',
    });
    expect(await prepareCeremony(USE, ABLE, browser)(never())).toEqual({ reason: 'CREDENTIALS_NOT_VERIFIED' });
  });

  it("that never comes is given up by the page's own timer, and the browser told", async () => {
    const { browser, create, timers } = buildBrowser();
    create.mockReturnValueOnce(new Promise(() => {}));
    const outcome = prepareCeremony(CREATE, ABLE, browser)(never());
    expect(timers.map(({ seconds }) => seconds)).toEqual([CEREMONY_SECONDS + GRACE_SECONDS]);
    timers[0]?.callback();
    expect(await outcome).toEqual({ reason: 'CREDENTIALS_CREATION_NOT_ALLOWED' });
    expect(create.mock.calls[0]?.[0].signal?.aborted).toBe(true);
  });

  it('is not waited for once the cardholder walks away, and no timer is left behind', async () => {
    const { browser, get, timers } = buildBrowser();
    get.mockReturnValueOnce(new Promise(() => {}));
    const leaving = new AbortController();
    const outcome = prepareCeremony(USE, ABLE, browser)(leaving.signal);
    leaving.abort();
    expect(await outcome).toEqual({ reason: 'CREDENTIALS_NOT_VERIFIED' });
    expect(get.mock.calls[0]?.[0].signal?.aborted).toBe(true);
    timers.length = 0;
    await prepareCeremony(USE, ABLE, browser)(never());
    expect(timers).toEqual([]);
  });
});
