import { execFileSync } from 'node:child_process';
import pino from 'pino';
import { expect, test } from 'vitest';
import { buildLogger } from './request-log.ts';

function logged(fields: object): Record<string, unknown> {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  const { stream: to, ...options } = buildLogger({ level: 'info', stream }) as pino.LoggerOptions & {
    readonly stream: pino.DestinationStream;
  };
  pino(options, to).info(fields, 'said');
  return JSON.parse(lines.join(''));
}

test('of a request, an answer and an error chosen members are written', () => {
  const req = { method: 'POST', routeOptions: { url: '/sessions' }, ip: '192.0.2.1', body: { pan: 'x' }, headers: {} };
  const { req: request, res, err } = logged({ req, res: { statusCode: 200, headers: {} }, err: new TypeError('no') });
  expect(request).toEqual({ method: 'POST', route: '/sessions', ip: '192.0.2.1' });
  expect(res).toEqual({ statusCode: 200 });
  expect(err).toMatchObject({ type: 'TypeError', message: 'no' });
});

test('of an object that nobody has chosen members of, and of fields that may hold secrets, nothing is written', () => {
  const line = logged({
    call: { body: 'secret' },
    body: 'secret',
    proofOfAuthentication: 'secret',
    at: ['/pan'],
    code: 'X',
  });
  expect(line).toMatchObject({ call: '[object]', body: '[Redacted]', at: ['/pan'], code: 'X', msg: 'said' });
  expect(JSON.stringify(line)).not.toContain('secret');
});

test('a process that ends has written its lines', () => {
  const program = `
    import pino from 'pino';
    import { buildLogger } from ${JSON.stringify(new URL('request-log.ts', import.meta.url).href)};
    const { stream, ...options } = buildLogger({ level: 'info' });
    const log = pino(options, stream);
    for (let n = 1; n <= 100; n++) log.info({ n }, 'said');
    process.exit(0);`;
  const output = execFileSync(process.execPath, ['--conditions=source', '--input-type=module', '--eval', program], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  const numbers = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).n);
  expect(numbers).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
});
