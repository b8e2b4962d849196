import { hash } from 'node:crypto';

/**
 * The SHA-256 of a text in UTF-8, 32 bytes. By way of hexadecimal digits: a digest that Node writes to a Buffer has memory of its own, which costs more than
 * the hash (decision 124).
 */
export function sha256(text: string): Buffer {
  return Buffer.from(hash('sha256', text), 'hex');
}
