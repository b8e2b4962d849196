/**
 * The probe: checks an endpoint of a network against what a profile assumes, before the first enrolment. `npx payment-passkeys-issuer probe`
 * is the command; {@link runProbe} is the same for code.
 */
export type { ProbeAccount } from './account.ts';
export { ASSUMPTIONS, type Assumption, type AssumptionId } from './assumptions.ts';
export { type ProbeTerminal, runProbeCommand } from './command-line.ts';
export type { Step } from './exchange.ts';
export type { Correction, Finding, Verdict } from './findings.ts';
export { type PlannedRequest, type ProbeOptions, planProbe } from './plan.ts';
export { type ProbeReport, runProbe, type SentRequest } from './probe.ts';
export { correctProfile, type ProfileFile, readProfileFile } from './profile-file.ts';
