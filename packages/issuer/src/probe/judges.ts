/** The verdict of each assumption. */
import type { AssumptionId } from './assumptions.ts';
import type { Evidence } from './evidence.ts';
import type { Judgement } from './findings.ts';
import {
  judgeAfterVisit,
  judgeAuthenticatorsCall,
  judgeAuthenticatorsRequest,
  judgeProofRefusals,
} from './judge-authenticators.ts';
import {
  judgeCallback,
  judgeProofAudience,
  judgeProofForm,
  judgeProofIssuer,
  judgeProofKeys,
} from './judge-callback.ts';
import { judgeAnswerTime, judgeApiBase, judgeErrorObject, judgeSecondToken, judgeSignature } from './judge-channel.ts';
import { judgeLaunchAddress, judgeLifetimes, judgePageOrigin } from './judge-launch.ts';
import { judgeClientSessionId, judgeRequest, judgeSessionsAnswer, judgeSessionsCall } from './judge-sessions.ts';
import {
  judgeAssertion,
  judgeBearer,
  judgeCall,
  judgeMetadata,
  judgeNonce,
  judgeToken,
  judgeTokenEndpoint,
} from './judge-tokens.ts';

/** Pure: the same evidence gives the same verdicts. */
export const JUDGES: Readonly<Record<AssumptionId, (evidence: Evidence) => Judgement>> = {
  'api-base': judgeApiBase,
  'sessions-call': judgeSessionsCall,
  'authenticators-call': judgeAuthenticatorsCall,
  'page-origin': judgePageOrigin,
  'launch-address': judgeLaunchAddress,
  signature: judgeSignature,
  'second-token': judgeSecondToken,
  'oauth2-metadata': judgeMetadata,
  'oauth2-token-endpoint': judgeTokenEndpoint,
  'oauth2-assertion': judgeAssertion,
  'oauth2-nonce': judgeNonce,
  'oauth2-token': judgeToken,
  'oauth2-call': judgeCall,
  'oauth2-bearer': judgeBearer,
  'key-encryption': judgeRequest('key-encryption'),
  'content-encryption': judgeRequest('content-encryption'),
  'encryption-kid': judgeRequest('encryption-kid'),
  'encrypted-object': judgeRequest('encrypted-object'),
  'encrypted-field': judgeRequest('encrypted-field'),
  'jwe-field': judgeRequest('jwe-field'),
  'session-info-shape': judgeRequest('session-info-shape'),
  'compliance-settings': judgeRequest('compliance-settings'),
  'client-session-id': judgeClientSessionId,
  'authentication-reasons': judgeRequest('authentication-reasons'),
  'service-ids': judgeRequest('service-ids'),
  'sessions-answer': judgeSessionsAnswer,
  'authenticators-answer': judgeAfterVisit,
  'authenticators-request': judgeAuthenticatorsRequest,
  'repeated-authenticators': judgeAfterVisit,
  'proof-refusals': judgeProofRefusals,
  callback: judgeCallback,
  lifetimes: judgeLifetimes,
  'proof-form': judgeProofForm,
  'proof-audience': judgeProofAudience,
  'proof-issuer': judgeProofIssuer,
  'proof-keys': judgeProofKeys,
  'error-object': judgeErrorObject,
  'answer-time': judgeAnswerTime,
};
