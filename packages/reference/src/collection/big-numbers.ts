/** node-forge's RSA with BigInt: its own numbers take several times as long in an interpreter without a compiler, such as Bruno's safe mode. */
import forge from 'node-forge/lib/forge.js';
import 'node-forge/lib/jsbn.js';

type BigInteger = InstanceType<typeof forge.jsbn.BigInteger>;

/** While `work` runs, node-forge computes powers with BigInt, if the engine has it. */
export function withBigInt<Result>(work: () => Result): Result {
  if (typeof BigInt === 'undefined') return work();
  const { prototype } = forge.jsbn.BigInteger;
  const own = prototype.modPow;
  prototype.modPow = modPow;
  try {
    return work();
  } finally {
    prototype.modPow = own;
  }
}

/** Not in constant time: for keys of sandboxes. */
function modPow(this: BigInteger, exponent: BigInteger, modulus: BigInteger): BigInteger {
  const mod = toBigInt(modulus);
  let square = toBigInt(this) % mod;
  let result = BigInt(1);
  for (const bit of [...toBigInt(exponent).toString(2)].reverse()) {
    if (bit === '1') result = (result * square) % mod;
    square = (square * square) % mod;
  }
  return new forge.jsbn.BigInteger(result.toString(16), 16);
}

function toBigInt(number: BigInteger): bigint {
  return BigInt(`0x${number.toString(16)}`);
}
