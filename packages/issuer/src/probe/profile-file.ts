/** A profile as a file without secrets: the probe reads it, writes it with corrections, and the bank's code passes it to `mastercard`. */
import { rules } from '@payment-passkeys/kit';
import { checkGiven, IssuerError } from '../errors.ts';
import { type MastercardOptions, mastercard } from '../server/mastercard.ts';
import { type NetworkProfile, ourNetwork, type ProofChoice } from '../server/profile.ts';
import type { Correction } from './findings.ts';

/**
 * The JSON of a profile file: the options of `mastercard`, or those of `ourNetwork`, and which of them. The encryption key in it is public.
 */
export type ProfileFile =
  | ({ readonly network: 'mastercard' } & Omit<MastercardOptions, 'shapeSessionInfo'>)
  | { readonly network: 'ourNetwork'; readonly url: string; readonly proof: ProofChoice };

/** The profile that a file describes. Throws IssuerError `INVALID_OPTIONS`. */
export function readProfileFile(file: ProfileFile): NetworkProfile {
  checkGiven(file, { name: 'the profile', fields: { network: rules.oneOf(['mastercard', 'ourNetwork']) } });
  return file.network === 'mastercard' ? mastercard(file) : ourNetwork(file);
}

/**
 * A copy of the file with the corrections of a report. Throws IssuerError `INVALID_OPTIONS` if the result is no profile, or if it is that of
 * `ourNetwork`, whose values are fixed.
 */
export function correctProfile(file: ProfileFile, corrections: readonly Correction[]): ProfileFile {
  if (corrections.length === 0) return file;
  if (file.network === 'ourNetwork') {
    throw new IssuerError('INVALID_OPTIONS', "ourNetwork has no options for them; write them as mastercard's");
  }
  const corrected: Record<string, unknown> = { ...file };
  for (const { option, value } of corrections) {
    const [outer = '', inner] = option.split('.');
    corrected[outer] = inner === undefined ? value : { ...(corrected[outer] as object | undefined), [inner]: value };
  }
  const profile = corrected as ProfileFile; // readProfileFile checks it
  readProfileFile(profile);
  return profile;
}
