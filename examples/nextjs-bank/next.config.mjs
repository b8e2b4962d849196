export default {
  // The kit is loaded by Node, not bundled.
  serverExternalPackages: ['@payment-passkeys/issuer'],
  allowedDevOrigins: ['bank.localhost'],
  // A callback's query holds the proof: it is in no log.
  logging: { incomingRequests: { ignore: [/^\/passkeys\/callback/] } },
};
