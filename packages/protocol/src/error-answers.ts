/** The bodies of error answers: contract §7, and the form of Mastercard's gateway. Apart from errors.ts, so that a page can use its table without schemas. */
import Type, { type Static } from 'typebox';
import { GATEWAY_ERRORS, type GatewayErrorCode } from './errors.ts';

/** One thing that is wrong with a request. */
export const ErrorDetail = Type.Object({
  reason: Type.String({ maxLength: 64 }),
  /** The place of the error: BODY, HEADER or QUERY of the request, or SERVICE. */
  sourceType: Type.String({ maxLength: 16 }),
  message: Type.String({ maxLength: 500 }),
  /** JSON pointer (RFC 6901) into the request after decryption; may be empty. */
  source: Type.String({ maxLength: 500 }),
});
export type ErrorDetail = Static<typeof ErrorDetail>;

/** The body of an error answer. */
export const ServiceErrorAnswer = Type.Object({
  status: Type.Integer(),
  reason: Type.String({ maxLength: 64 }),
  message: Type.String({ maxLength: 500 }),
  errordetail: Type.Array(ErrorDetail),
  /** Only in answers to the hosted page: the callback that it may still return to. */
  returnTo: Type.Optional(Type.String({ maxLength: 2048 })),
  /** Only in the console's answer ROLE_NOT_ALLOWED: the roles that are allowed. */
  roles: Type.Optional(Type.Array(Type.String({ maxLength: 32 }))),
});
export type ServiceErrorAnswer = Static<typeof ServiceErrorAnswer>;

/** The body of an error answer of the signature check, in the form of Mastercard's gateway. */
export const GatewayErrorAnswer = Type.Object({
  Errors: Type.Object({
    Error: Type.Array(
      Type.Object({
        Source: Type.String({ maxLength: 64 }),
        ReasonCode: Type.String({ maxLength: 64 }),
        Description: Type.String({ maxLength: 8192 }),
        Recoverable: Type.Boolean(),
        Details: Type.Null(),
      }),
    ),
  }),
});
export type GatewayErrorAnswer = Static<typeof GatewayErrorAnswer>;

/** The body for one error. */
export function buildGatewayError(
  code: GatewayErrorCode,
  description: string = GATEWAY_ERRORS[code].sentence,
): GatewayErrorAnswer {
  return {
    Errors: {
      Error: [
        {
          Source: 'Gateway',
          ReasonCode: GATEWAY_ERRORS[code].reason,
          Description: description,
          Recoverable: false,
          Details: null,
        },
      ],
    },
  };
}
