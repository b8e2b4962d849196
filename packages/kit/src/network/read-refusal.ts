/** Reads the reason of a refusal in each documented shape: codes, pointers, and a description without values. */
import type { NetworkRefusal } from '../kit-error.ts';
import { maskSignatureText, maskValues } from '../masking.ts';

/**
 * Never throws: what cannot be read stays undefined. Accepts the gateway's `Errors.Error[]`, the service's flat object, and that object
 * under `error`; the network's own documents show these last two. Also accepts the error of a token endpoint (RFC 6749 §5.2).
 */
export function readRefusal(text: string): Pick<NetworkRefusal, 'reason' | 'source' | 'description'> {
  const body = parse(text);
  const service = member(body, 'error') ?? body;
  const detail = member(member(service, 'errordetail') ?? member(service, 'errorDetail'), '0');
  const gateway = member(member(member(body, 'Errors'), 'Error'), '0');
  const ofTokens = member(body, 'error');
  const reasons = [member(detail, 'reason'), member(gateway, 'ReasonCode'), member(service, 'reason'), ofTokens];
  const said = [member(detail, 'message'), member(service, 'message'), member(body, 'error_description')].find(isText);
  const ofGateway = [member(gateway, 'Description')].find(isText);
  return {
    reason: reasons.find(isCode),
    source: [member(detail, 'source')].find(isPointer),
    description: said === undefined ? ofGateway && maskSignatureText(ofGateway) : maskValues(said),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isCode(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_.]{1,64}$/.test(value) && !/[0-9]{6}/.test(value);
}

function isPointer(value: unknown): value is string {
  return typeof value === 'string' && /^(\/([A-Za-z0-9_]{1,64}|\*)){1,8}$/.test(value) && !/[0-9]{6}/.test(value);
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
