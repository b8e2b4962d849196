/** What a merchant passes to its processor about an approved payment (contract §9): the method, the verifier, the time, and the proof. */

export interface AssuranceData {
  readonly verificationData: readonly [
    {
      readonly verificationType: 'CARDHOLDER';
      readonly verificationEntity: '02';
      readonly verificationMethod: '07';
      readonly verificationResults: '01';
      /** RFC 3339. */
      readonly verificationTimestamp: string;
      readonly verificationEvents: readonly ['01'];
      /** The proof, a JWT. Send it to the processor; never log or show it. */
      readonly additionalData: string;
    },
  ];
}

export function buildAssuranceData({
  proofOfAuthentication,
  authenticatedAt,
}: {
  readonly proofOfAuthentication: string;
  readonly authenticatedAt: Date;
}): AssuranceData {
  return {
    verificationData: [
      {
        verificationType: 'CARDHOLDER',
        verificationEntity: '02',
        verificationMethod: '07',
        verificationResults: '01',
        verificationTimestamp: authenticatedAt.toISOString(),
        verificationEvents: ['01'],
        additionalData: proofOfAuthentication,
      },
    ],
  };
}
