/** One whole enrolment by the packed kit, against the kit's network double. The kit is loaded by `import`, and by `require`. */

/**
 * @param {typeof import('@payment-passkeys/issuer/server')} server
 * @param {typeof import('@payment-passkeys/issuer/testing')} testing
 */
exports.enrol = async ({ createIssuer, ourNetwork }, { startNetworkDouble }) => {
  const now = new Date();
  const network = await startNetworkDouble({ clock: () => now });
  const issuer = createIssuer({
    ...network.client,
    network: ourNetwork({ url: network.url, proof: { verify: 'ISSUER', audience: network.audience } }),
    callbackOrigins: ['https://bank.example'],
    store: createStore(),
    clock: () => now,
  });
  const document = { uri: 'https://bank.example/terms', version: '1', datePublished: '2026-10-01' };
  const { cookie } = await issuer.startEnrolment({
    cardholderId: 'customer-1',
    accounts: {
      cards: [{ primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2035' }],
    },
    verification: { method: 'ISSUER_LOGIN', verifiedAt: now.toISOString() },
    consent: { country: 'US', language: 'en', acceptedAt: now.toISOString() },
    complianceResources: [
      { complianceType: 'TERMS_AND_CONDITIONS', ...document },
      { complianceType: 'PRIVACY_POLICY', ...document },
    ],
    callbackUri: 'https://bank.example/callback',
  });
  const url = network.callback({ proof: await network.issueProof() });
  const outcome = await issuer.completeEnrolment({ url, browser: cookie.value });
  await issuer.close();
  await network.stop();
  if (outcome.status !== 'ENROLLED') throw new Error(`expected ENROLLED, got ${JSON.stringify(outcome)}`);
};

/** A store in memory, for one enrolment at a time. */
function createStore() {
  const kept = new Map();
  return {
    addEnrolment: async (enrolment) => void kept.set(enrolment.stateHash, enrolment),
    findEnrolment: async ({ stateHash }) => kept.get(stateHash),
    noteProof: async ({ stateHash, proofHash }) => void kept.set(stateHash, { ...kept.get(stateHash), proofHash }),
    completeEnrolment: async ({ stateHash, ...completion }) => {
      kept.set(stateHash, { ...kept.get(stateHash), completion });
      return completion;
    },
  };
}
