/** The strict lint of the two OpenAPI documents: the public API's, and the console's. */
import { createConfig, lintFromString, type RuleSeverity } from '@redocly/openapi-core';

/** Receivers ignore members that they do not know. */
const LENIENT = {
  'no-invalid-media-type-examples': { severity: 'error', allowAdditionalProperties: true },
  'no-invalid-schema-examples': { severity: 'error', allowAdditionalProperties: true },
} as const;

/** A line for each fault. The lint checks the document's form, its references, and each example by its schema. `rules` turns rules off. */
export async function lintOpenApi(
  document: string,
  rules: Readonly<Record<string, RuleSeverity>> = {},
): Promise<readonly string[]> {
  const config = await createConfig({ extends: ['recommended-strict'], rules: { ...LENIENT, ...rules } });
  const problems = await lintFromString({ source: document, absoluteRef: 'openapi.json', config });
  return problems.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`);
}
