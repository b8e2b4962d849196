/**
 * For a bank whose cards may get a passkey while they are added at a shop: the network asks whether the card is the person's, by the browser.
 *
 *     const verification = createVerification({ networkUrl, clientId, signingKey, decryptionKeys: [decryptionKey] });
 *     const question = await verification.receive(request);                    // on the route of verification.uri, ?request=
 *     // … sign the cardholder in, look whether question.account is theirs, confirm it …
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
