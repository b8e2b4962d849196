/** `complianceSettings`: the terms and the privacy notice that the cardholder accepted (contract §1 and §2). */
import Type, { type Static } from 'typebox';
import { Text } from './fields.ts';
import { compileSchema, type Violation } from './validation.ts';

/** One document. */
export const ComplianceResource = Type.Object({
  /** Types other than the two required ones are ignored. */
  complianceType: Text(64),
  uri: Type.String({ pattern: '^https?://[^\\s\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]+$', maxLength: 1024 }),
  version: Type.Optional(Text(10)),
  /** A full date, a date-time, or an epoch in digits. */
  datePublished: Type.Optional(
    Type.String({
      pattern: '^(\\d{4}-\\d{2}-\\d{2}([Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?([Zz]|[+-]\\d{2}:\\d{2}))?|\\d{1,16})$',
      maxLength: 40,
    }),
  ),
});
/** A document that the cardholder agreed to: its address, and its version and date if the issuer states them. */
export type ComplianceResource = Static<typeof ComplianceResource>;

/** One to ten documents. `missingComplianceType` checks that both required ones are there. */
export const ComplianceSettings = Type.Object({
  complianceResources: Type.Array(ComplianceResource, { minItems: 1, maxItems: 10 }),
});
export type ComplianceSettings = Static<typeof ComplianceSettings>;

/** A cardholder must accept both. */
export const REQUIRED_COMPLIANCE_TYPES = ['TERMS_AND_CONDITIONS', 'PRIVACY_POLICY'] as const;

/** The first required type that is missing; undefined if none is. */
export function missingComplianceType(settings: ComplianceSettings): string | undefined {
  return REQUIRED_COMPLIANCE_TYPES.find(
    (type) => !settings.complianceResources.some((resource) => resource.complianceType === type),
  );
}

const settingsSchema = compileSchema(ComplianceSettings);

/** The settings for a launch URL's query: their JSON in base64url. */
export function encodeComplianceSettings(settings: ComplianceSettings): string {
  const bytes = new TextEncoder().encode(JSON.stringify(settings));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

/**
 * Reads settings from a launch: base64url of JSON, or the object itself. Undefined if they are malformed or a required type is missing.
 * Unknown fields are left out. Never throws.
 */
export function readComplianceSettings(value: unknown): ComplianceSettings | undefined {
  if (value === undefined) return undefined; // most launches have none
  const candidate = typeof value === 'string' ? parseEncoded(value) : value;
  const violations: readonly Violation[] = settingsSchema.violations(candidate);
  if (violations.length > 0) return undefined;
  const settings = candidate as ComplianceSettings; // the schema has just checked it
  return missingComplianceType(settings) === undefined ? pickComplianceSettings(settings) : undefined;
}

/** The settings with the fields of the contract only. Unknown fields are ignored, so they must not be stored. */
export function pickComplianceSettings({ complianceResources }: ComplianceSettings): ComplianceSettings {
  return {
    complianceResources: complianceResources.map(({ complianceType, uri, version, datePublished }) => {
      return {
        complianceType,
        uri,
        ...(version !== undefined && { version }),
        ...(datePublished !== undefined && { datePublished }),
      };
    }),
  };
}

function parseEncoded(text: string): unknown {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))),
    );
  } catch {
    return undefined;
  }
}
