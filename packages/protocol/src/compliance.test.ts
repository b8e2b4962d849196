import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ComplianceSettings,
  encodeComplianceSettings,
  missingComplianceType,
  readComplianceSettings,
} from './compliance.ts';

const resource = (complianceType: string, changes: object = {}) => ({
  complianceType,
  uri: 'https://terms.example/us/en',
  version: '1.0',
  datePublished: '2026-01-01',
  ...changes,
});
const TERMS = resource('TERMS_AND_CONDITIONS');
const PRIVACY = resource('PRIVACY_POLICY');
const settings = (...complianceResources: unknown[]) => ({ complianceResources });
const valid = settings(TERMS, PRIVACY) as ComplianceSettings;

describe('complianceSettings at launch', () => {
  test('are taken as the object, and as base64url of its JSON', () => {
    expect(readComplianceSettings(valid)).toEqual(valid);
    expect(readComplianceSettings(encodeComplianceSettings(valid))).toEqual(valid);
    expect(encodeComplianceSettings(valid)).toBe(Buffer.from(JSON.stringify(valid)).toString('base64url'));
  });

  test('are reduced to the fields that the contract names', () => {
    const extended = { ...settings({ ...TERMS, note: 'x' }, PRIVACY), other: 1 };
    expect(readComplianceSettings(extended)).toEqual(valid);
  });

  test('come back as they were written, in any language', () => {
    const version = fc.string({ unit: fc.constantFrom(...'aé漢😀1.'), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(version, (text) => {
        const changed = settings({ ...TERMS, version: text }, PRIVACY) as ComplianceSettings;
        expect(readComplianceSettings(encodeComplianceSettings(changed))).toEqual(changed);
      }),
    );
  });

  test('are taken with a type that nobody knows, which is ignored', () => {
    expect(readComplianceSettings(settings(resource('COOKIES'), TERMS, PRIVACY))).toBeDefined();
  });

  test.each(['2026-01-01', '2026-01-01T12:00:00Z', '2026-01-01T12:00:00.5+02:00', '1767225600', '1767225600000'])(
    'datePublished may be %s',
    (datePublished) => {
      expect(readComplianceSettings(settings({ ...TERMS, datePublished }, PRIVACY))).toBeDefined();
    },
  );

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 1],
    ['an empty text', ''],
    ['no base64', '***'],
    ['base64 of no JSON', Buffer.from('terms').toString('base64url')],
    ['base64 of no UTF-8', Buffer.from([0x22, 0xff, 0x22]).toString('base64url')],
    ['no resources', settings()],
    ['the terms alone', settings(TERMS)],
    ['the privacy notice alone', settings(PRIVACY)],
    ['the terms twice', settings(TERMS, TERMS)],
    ['eleven resources', settings(...Array(10).fill(TERMS), PRIVACY)],
    ['a uri of another scheme', settings({ ...TERMS, uri: 'javascript:alert(1)' }, PRIVACY)],
    ['a uri over 1,024 characters', settings({ ...TERMS, uri: `https://a.example/${'a'.repeat(1007)}` }, PRIVACY)],
    ['a uri with a control character', settings({ ...TERMS, uri: 'https://a.example/\0' }, PRIVACY)],
    ['a version over 10 characters', settings({ ...TERMS, version: '1.234567890' }, PRIVACY)],
    ['a version with a control character', settings({ ...TERMS, version: '1\0' }, PRIVACY)],
    ['a version that is half a character', settings({ ...TERMS, version: '\ud83d' }, PRIVACY)],
    ['a version that is a number', settings({ ...TERMS, version: 1 }, PRIVACY)],
    ['a day without a month', settings({ ...TERMS, datePublished: '2026' + '-1' }, PRIVACY)],
    ['a date that is a number', settings({ ...TERMS, datePublished: 1767225600 }, PRIVACY)],
    ['a version of null', settings({ ...TERMS, version: null }, PRIVACY)],
    ['an empty date', settings({ ...TERMS, datePublished: '' }, PRIVACY)],
  ])('%s is refused', (_what, value) => {
    expect(readComplianceSettings(value)).toBeUndefined();
  });

  test('uri has at most 1,024 and version at most 10 characters', () => {
    const longest = { uri: `https://a.example/${'a'.repeat(1006)}`, version: '1234567890' };
    expect(readComplianceSettings(settings({ ...TERMS, ...longest }, PRIVACY))).toBeDefined();
  });

  test.each(['version', 'datePublished'])('%s may be missing, and is then absent', (name) => {
    const { [name as 'version']: _missing, ...terms } = TERMS;
    const read = readComplianceSettings(settings(terms, PRIVACY));
    expect(read).toEqual(settings(terms, PRIVACY));
    expect(read?.complianceResources[0]).not.toHaveProperty(name);
  });

  test('reading never throws', () => {
    fc.assert(fc.property(fc.anything(), (value) => void readComplianceSettings(value)));
    fc.assert(fc.property(fc.base64String(), (value) => void readComplianceSettings(value)));
  });
});

test('the type that is missing is named', () => {
  expect(missingComplianceType(valid)).toBeUndefined();
  expect(missingComplianceType(settings(PRIVACY) as ComplianceSettings)).toBe('TERMS_AND_CONDITIONS');
  expect(missingComplianceType(settings(TERMS) as ComplianceSettings)).toBe('PRIVACY_POLICY');
});
