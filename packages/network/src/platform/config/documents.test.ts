import { readComplianceSettings } from '@payment-passkeys/protocol';
import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { readDocuments } from './documents.ts';

const URL = 'https://verify.network.example';
const OWN = {
  TERMS_URI: 'https://network.example/terms',
  PRIVACY_URI: 'https://network.example/privacy',
  TERMS_VERSION: '7.1',
  TERMS_DATE: '2026-02-01',
};

function documentsOf(env: Record<string, string>) {
  return readDocuments(env, URL).documents;
}

describe('what cardholders agree to at shops', () => {
  test('is the reference documents, below PUBLIC_URL, where the operator gives none', () => {
    const documents = documentsOf({});
    expect(readComplianceSettings(documents)).toEqual(documents);
    expect(documents).toMatchObject({
      complianceResources: [{ uri: `${URL}/legal/terms` }, { uri: `${URL}/legal/privacy` }],
    });
  });

  test("is the operator's own, with their version and date", () => {
    expect(documentsOf(OWN)).toEqual({
      complianceResources: [
        { complianceType: 'TERMS_AND_CONDITIONS', uri: OWN.TERMS_URI, version: '7.1', datePublished: '2026-02-01' },
        { complianceType: 'PRIVACY_POLICY', uri: OWN.PRIVACY_URI, version: '7.1', datePublished: '2026-02-01' },
      ],
    });
  });

  test.each([
    ['PRIVACY_URI', { PRIVACY_URI: '' }],
    ['TERMS_URI', { TERMS_URI: '' }],
    ['TERMS_URI', { TERMS_URI: 'network.example/terms' }],
    ['PRIVACY_URI', { PRIVACY_URI: 'javascript:alert(1)' }],
    ['TERMS_VERSION', { TERMS_VERSION: '' }],
    ['TERMS_VERSION', { TERMS_VERSION: '1.0.0-rc.12' }],
    ['TERMS_DATE', { TERMS_DATE: '1 February' }],
  ])('%s is named when it cannot be used: %j', (setting, changes) => {
    const read = () => readConfig({ ...OWN, ...changes });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(new RegExp(`^${setting} `));
  });
});
