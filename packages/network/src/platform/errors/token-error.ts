/** An error of the token endpoint (RFC 6749 §5.2). */
import { TOKEN_ERRORS, type TokenErrorCode } from '@payment-passkeys/protocol';

export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly code: TokenErrorCode;
  /** Never holds a value of the request. */
  readonly description: string;
  /** For the log only: the cause, and the client if one is known. */
  readonly detail: { readonly because?: string; readonly client?: string };

  constructor(code: TokenErrorCode, description?: string, detail: TokenError['detail'] = {}) {
    super(code);
    this.code = code;
    this.description = description ?? TOKEN_ERRORS[code].sentence;
    this.detail = detail;
  }
}
