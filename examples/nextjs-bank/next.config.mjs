/** The kit is loaded by Node, not bundled. */
export default { serverExternalPackages: ['@payment-passkeys/issuer'], allowedDevOrigins: ['bank.localhost'] };
