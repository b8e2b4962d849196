/**
 * For a bank with cards that may get a passkey when a shop adds them: through the browser, the network asks whether the card belongs to the
 * person.
 *
 *     const verification = createVerification({ networkUrl, clientId, signingKey, decryptionKeys: [decryptionKey] });
 *     const question = await verification.receive(request);                    // in the route of verification.uri, ?request=
 *     // … sign the cardholder in, check that question.account is theirs, verify them …
 *     const address = await verification.answer(question, { result: 'VERIFIED', method: 'OTP', verifiedAt: new Date() });   // send the browser there
 */
export type { VerificationAnswer } from '@payment-passkeys/channel';
export { IssuerError, type IssuerErrorCode } from '../errors.ts';
export {
  createVerification,
  type ReceivedQuestion,
  type Verification,
  type VerificationOptions,
  type VerificationQuestion,
} from './verification.ts';
