import { describe, expect, it, vi } from 'vitest';
import { buildApi } from './api.ts';
import { ApiProblem } from './problem.ts';

const answer = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });
const refusal = (status: number, reason: string, source = '') =>
  answer(status, {
    status,
    reason: 'X',
    message: 'No.',
    errordetail: [{ reason, sourceType: 'BODY', message: 'No.', source }],
  });

function build(answers: readonly (() => Response)[], confirmed = true) {
  const left = [...answers];
  const fetch = vi.fn(
    async (_path: unknown, _request?: RequestInit) => left.shift()?.() ?? Promise.reject(new TypeError('no answer')),
  );
  const signedOut = vi.fn();
  const confirm = vi.fn(async () => confirmed);
  return { api: buildApi({ fetch: fetch as typeof globalThis.fetch, signedOut, confirm }), fetch, signedOut, confirm };
}

const problemOf = async (call: Promise<unknown>) => {
  const problem = await call.catch((error: unknown) => error);
  expect(problem).toBeInstanceOf(ApiProblem);
  return problem as ApiProblem; // checked above
};

describe('a call', () => {
  it('answers the value', async () => {
    const { api, fetch } = build([() => answer(200, { items: [] })]);
    expect(await api.post('/api/x', { a: 1 })).toEqual({ items: [] });
    expect(fetch.mock.calls[0]?.[1]).toMatchObject({
      method: 'POST',
      body: '{"a":1}',
      credentials: 'same-origin',
      redirect: 'error',
    });
  });

  it('answers nothing for an empty body', async () => {
    const { api } = build([() => new Response(null, { status: 204 })]);
    expect(await api.delete('/api/x')).toBeUndefined();
  });

  it('names the field that is wrong by its JSON pointer', async () => {
    const { api } = build([() => refusal(400, 'INVALID_FIELD', '/name')]);
    const problem = await problemOf(api.put('/api/x', {}));
    expect([...problem.fields]).toEqual([['/name', 'No.']]);
    expect(problem.code).toBe('INVALID_FIELD');
  });

  it('that is not accepted says what is wrong with the body, or that the address is wrong', async () => {
    const refused = () =>
      answer(400, {
        message: 'A field is not valid; source points to it.',
        errordetail: [
          { reason: 'INVALID_FIELD', sourceType: 'BODY', message: 'The name is too long.', source: '/name' },
          { reason: 'MISSING_FIELD', sourceType: 'BODY', message: '/keys/0 is required', source: '/keys/0' },
        ],
      });
    const { api } = build([refused, refused]);
    const problem = await problemOf(api.put('/api/x', {}));
    expect(problem.message).toContain('The name is too long. keys.0 is required.');
    expect([...problem.fields]).toEqual([
      ['/name', 'The name is too long.'],
      ['/keys/0', 'It is required.'],
    ]);
    expect((await problemOf(api.get('/api/x'))).message).toContain('the address of this page');
  });

  it('that the role does not allow says which roles may', async () => {
    const roles = ['OPERATOR', 'AUDITOR'];
    const { api } = build([
      () => answer(403, { roles, errordetail: [{ reason: 'ROLE_NOT_ALLOWED', message: 'No.', source: '' }] }),
    ]);
    expect((await problemOf(api.get('/api/x'))).message).toContain('Operator or Auditor');
  });

  it.each([
    [() => new Response('<html>', { status: 502 })],
    [() => answer(500, null)],
    [() => answer(400, { errordetail: 'x' })],
  ])('has a problem with words, whatever the answer is', async (respond) => {
    const { api } = build([respond]);
    expect((await problemOf(api.get('/api/x'))).message).not.toBe('');
  });

  it('has a problem if no answer arrives', async () => {
    const { api } = build([]);
    expect((await problemOf(api.get('/api/x'))).status).toBe(0);
  });

  it('whose confirmation is refused does not end the session', async () => {
    const { api, signedOut } = build([() => refusal(401, 'SIGN_IN_REFUSED')]);
    await problemOf(api.post('/api/confirm', {}));
    expect(signedOut).not.toHaveBeenCalled();
  });

  it('leads to the sign-in when the session is over', async () => {
    const { api, signedOut } = build([() => refusal(401, 'SIGNED_OUT'), () => refusal(401, 'SIGN_IN_REFUSED')]);
    await problemOf(api.get('/api/x'));
    expect(signedOut).toHaveBeenCalledOnce();
    await problemOf(api.post('/api/sign-in', {}, { signedOut: true }));
    expect(signedOut).toHaveBeenCalledOnce();
  });

  it('that needs a confirmation is made once more after it', async () => {
    const { api, fetch, confirm } = build([
      () => refusal(403, 'CONFIRMATION_REQUIRED'),
      () => answer(200, { done: true }),
    ]);
    expect(await api.post('/api/x', { a: 1 })).toEqual({ done: true });
    expect(confirm).toHaveBeenCalledOnce();
    expect(fetch.mock.calls.map(([, request]) => request?.body)).toEqual(['{"a":1}', '{"a":1}']);
  });

  it('that needs a confirmation is not made without it', async () => {
    const { api, fetch } = build([() => refusal(403, 'CONFIRMATION_REQUIRED')], false);
    expect((await problemOf(api.post('/api/x'))).code).toBe('CONFIRMATION_REQUIRED');
    expect(fetch).toHaveBeenCalledOnce();
  });
});
