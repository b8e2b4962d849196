import {
  ADVICE,
  type EarlierApproval,
  MerchantError,
  type MerchantErrorCode,
  type Stage,
} from '@payment-passkeys/merchant/server';
import { describe, expect, test } from 'vitest';
import { type ErrorExplanation, explainError, tellAdvice, tellError, tellWhy, type WhyCode } from './explanations.ts';
import { chooseLanguage, LANGUAGES, type Language } from './language.ts';

/** Every code of the union. The compiler refuses the table if a code is missing. */
const ERROR_CODES = Object.keys({
  INVALID_OPTIONS: true,
  INVALID_PAYMENT: true,
  INVALID_CARD: true,
  CALLBACK_NOT_ALLOWED: true,
  ORDER_ALREADY_APPROVED: true,
  NETWORK_UNREACHABLE: true,
  NETWORK_REFUSED: true,
  NETWORK_ANSWER_INVALID: true,
  SIGNER_UNAVAILABLE: true,
  STORE_UNAVAILABLE: true,
} satisfies Record<MerchantErrorCode, true>) as MerchantErrorCode[];

const REFUSALS = ['ACCOUNT_NOT_ELIGIBLE', 'BINDING_NOT_FOUND', 'CARD_EXPIRED', 'MERCHANT_NOT_ALLOWED'];
const STAGES: readonly Stage[] = ['START', 'RETURN'];

const refusedFor = (reason: string) =>
  new MerchantError('NETWORK_REFUSED', 'a test', {
    refusal: { status: 403, reason, source: undefined, clockAheadSeconds: undefined },
  });
const errors = [...ERROR_CODES.map((code) => new MerchantError(code, 'a test')), ...REFUSALS.map(refusedFor)];

/** The shop has a sentence for each reason of the protocol's first version. A later reason may have none. */
const REASONS_WITH_WORDS = 13;

const speak = (tag: string) => chooseLanguage({ chosen: tag, accepted: undefined });
/** Expects a text without an empty placeholder and without a code. `of` names the text in a failure. */
const expectWords = (text: string, of: string) => {
  expect(text, of).toMatch(/\p{L}{2,}/u);
  expect(text, of).not.toMatch(/undefined|\{\w+\}|[A-Z]{3,}_/);
};

describe.each(LANGUAGES.map(({ tag }) => tag))('in %s', (tag) => {
  const language: Language = speak(tag);
  const options = { language, again: language.text('tryAgain') };

  const wordsOf = (code: string) => tellWhy(code as WhyCode, language);
  const reasonsWithWords = Object.keys(ADVICE.reasons).filter((reason) => wordsOf(reason) !== undefined);

  test('every reason has words, and advice for a payment and for a card', () => {
    expect(reasonsWithWords.length).toBeGreaterThanOrEqual(REASONS_WITH_WORDS);
    for (const reason of reasonsWithWords) expectWords(wordsOf(reason) ?? '', reason);
    for (const [reason, advice] of Object.entries(ADVICE.reasons)) {
      expectWords(tellAdvice(advice, { ...options, of: 'PAYMENT' }), reason);
    }
    for (const [reason, advice] of Object.entries(ADVICE.cardReasons)) {
      expectWords(tellAdvice(advice, { ...options, of: 'CARD' }), reason);
    }
  });

  test('every way of being ignored has words and advice, and so has a confirmation that was refused', () => {
    for (const [because, advice] of Object.entries(ADVICE.ignored)) {
      expectWords(wordsOf(because) ?? '', because);
      expectWords(tellAdvice(advice, { ...options, of: 'PAYMENT' }), because);
    }
    expectWords(wordsOf('REFUSED') ?? '', 'REFUSED');
    expectWords(tellAdvice(ADVICE.refused, { ...options, of: 'PAYMENT' }), 'REFUSED');
  });

  test('every error has words and advice, at the start and on the return', () => {
    for (const error of errors) {
      for (const stage of STAGES) expectWords(tellError(explainError(error, stage), options), error.message);
    }
  });

  test('no two codes have the same words', () => {
    const codes: readonly WhyCode[] = [
      ...(reasonsWithWords as WhyCode[]),
      ...(Object.keys(ADVICE.ignored) as WhyCode[]),
      ...ERROR_CODES,
      'REFUSED',
      'ACCOUNT_NOT_ELIGIBLE',
      'BINDING_NOT_FOUND',
      'CARD_EXPIRED',
    ];
    const words = new Map([...new Set(codes)].map((code) => [wordsOf(code), code]));
    expect(words.size).toBe(new Set(codes).size);
    expect(words.has(undefined)).toBe(false);
  });

  test('a code without words is explained by its advice alone', () => {
    const unknown = { status: 500, why: 'NOT_A_CODE' as WhyCode, advice: 'TRY_LATER', code: 'NOT_A_CODE' } as const;
    expect(tellError(unknown, options)).toBe(tellAdvice('TRY_LATER', { ...options, of: 'CARD' }));
  });

  test('advice names the button that is there', () => {
    const advice = tellAdvice('USE_EXISTING_PASSKEY', { ...options, of: 'CARD' });
    expect(advice).toContain(options.again);
    expect(advice).toContain(language.text('networkUseExisting'));
    expect(tellAdvice('STEP_UP', { ...options, of: 'PAYMENT' })).toContain(language.text('confirmOtherWay'));
  });
});

describe('an error is answered', () => {
  test.each<[string, MerchantError, Partial<ErrorExplanation>]>([
    [
      'MERCHANT_NOT_ALLOWED',
      refusedFor('MERCHANT_NOT_ALLOWED'),
      { status: 502, why: 'NETWORK_REFUSED', advice: 'CONTACT_US', code: 'MERCHANT_NOT_ALLOWED' },
    ],
    [
      'ACCOUNT_NOT_ELIGIBLE',
      refusedFor('ACCOUNT_NOT_ELIGIBLE'),
      { status: 422, why: 'ACCOUNT_NOT_ELIGIBLE', advice: 'USE_ANOTHER_CARD' },
    ],
    ['CARD_EXPIRED', refusedFor('CARD_EXPIRED'), { status: 422, why: 'CARD_EXPIRED', advice: 'CHECK_CARD' }],
    ['INVALID_CARD', new MerchantError('INVALID_CARD', ''), { status: 422, why: 'INVALID_CARD' }],
    ['INVALID_PAYMENT', new MerchantError('INVALID_PAYMENT', ''), { status: 500, why: 'INVALID_PAYMENT' }],
    ['NETWORK_UNREACHABLE', new MerchantError('NETWORK_UNREACHABLE', ''), { status: 503, why: 'NETWORK_UNREACHABLE' }],
  ])('%s', (_title, error, expected) => {
    expect(explainError(error, 'START')).toMatchObject(expected);
  });

  test.each<[EarlierApproval, string]>([
    ['AWAITED', 'you can pay again in 25 minutes.'],
    ['SPENT', 'Please write to us before you pay again.'],
  ])('an approval of the same order that is %s', (earlierApproval, words) => {
    const error = new MerchantError('ORDER_ALREADY_APPROVED', '', { earlierApproval, retryAfterSeconds: 1500 });
    const explanation = explainError(error, 'START');
    expect(explanation.status).toBe(409);
    const text = tellError(explanation, { language: speak('en'), again: 'Pay' });
    expect(text.replaceAll(/[\u2066-\u2069]/g, '')).toContain(words);
  });

  test('what is not the kit’s is thrown on', () => {
    expect(() => explainError(new TypeError('a fault of ours'), 'START')).toThrow('a fault of ours');
  });
});
