/** The outcomes that a Sessions call asks for, by the sandbox's addresses among its e-mail addresses. */
import { readSandboxAddress, type SandboxStep } from '@payment-passkeys/protocol/sandbox';
import { type DecryptionDependencies, decryptBody } from '../../domain/keys/encrypted-body.ts';
import { ServiceError } from '../../platform/errors/errors.ts';

const INFO_POINTER = '/srcSessionInitiationRequestInfo';
const EMAILS_POINTER = `${INFO_POINTER}/accountReferences/emailAddresses`;

/** The outcomes, by step. Empty if the object cannot be decrypted: the route refuses it. Throws {@link ServiceError} INVALID_FIELD. */
export async function readAsked(
  jwe: string,
  network: DecryptionDependencies,
): Promise<ReadonlyMap<SandboxStep, string>> {
  const content = await decryptBody(jwe, { network, pointer: INFO_POINTER }).catch(() => undefined);
  return readOutcomes(emailsOf(content));
}

function emailsOf(content: unknown): readonly unknown[] {
  const emails = member(member(content, 'accountReferences'), 'emailAddresses');
  return Array.isArray(emails) ? emails : [];
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;
}

function readOutcomes(emails: readonly unknown[]): ReadonlyMap<SandboxStep, string> {
  const asked = new Map<SandboxStep, string>();
  for (const [position, email] of emails.entries()) {
    const address = typeof email === 'string' ? readSandboxAddress(email) : undefined;
    if (address === undefined) continue;
    const refuse = (problem: string): never => {
      const pointer = `${EMAILS_POINTER}/${position}`;
      throw new ServiceError({ code: 'INVALID_FIELD', pointer, message: `${pointer} ${problem}` });
    };
    if (!address.ok) return refuse(`is no value of the sandbox; the right ones are: ${address.right.join(', ')}`);
    if (asked.has(address.step)) return refuse('is the second value of the sandbox for this step: one is right');
    asked.set(address.step, address.outcome);
  }
  return asked;
}
