const { enrol } = require('./enrol.cjs');

for (const name of ['channel', 'issuer/consent', 'issuer/pkcs12', 'issuer/fastify', 'protocol']) {
  if (Object.keys(require(`@payment-passkeys/${name}`)).length === 0) throw new Error(`${name} exports nothing`);
}
enrol(require('@payment-passkeys/issuer/server'), require('@payment-passkeys/issuer/testing')).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
