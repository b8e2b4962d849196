import { describe, expect, it } from 'vitest';
import { type Route, readNext, readPlace, withQuery } from './router.ts';

const ROUTES: readonly Route[] = ['/sessions', '/sessions/:id'].map((path) => ({
  path,
  title: path,
  roles: ['SUPPORT'],
  load: async () => Promise.reject(new Error('not loaded here')),
}));
const read = (address: string) => readPlace(new URL(address, 'https://console.example'), ROUTES);

describe('an address', () => {
  it.each([
    ['/sessions', '/sessions', {}],
    ['/sessions/', '/sessions', {}],
    ['/sessions/a%2Fb', '/sessions/:id', { id: 'a/b' }],
    ['/sessions/%E0%A4%A', undefined, {}],
    ['/sessions//', '/sessions', {}],
    ['/sessions/a/b', undefined, {}],
    ['/', undefined, {}],
    ['/constructor', undefined, {}],
  ])('%s belongs to %s', (address, path, params) => {
    expect(read(address).route?.path).toBe(path);
    expect(read(address).params).toEqual(params);
  });

  it('has its filters in the query', () => {
    expect(read('/sessions?reason=X').query.get('reason')).toBe('X');
  });
});

describe('the address after the sign-in', () => {
  it.each([
    ['/sessions/1?a=b', '/sessions/1?a=b'],
    ['', '/'],
    ['https://evil.example', '/'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['/sign-in?next=/x', '/'],
  ])('next=%s leads to %s', (next, path) => {
    expect(readNext(new URLSearchParams({ next }))).toBe(path);
  });
});

describe('a path with filters', () => {
  it('leaves out those that are not set', () => {
    expect(withQuery('/sessions', { reason: 'A B', clientId: undefined, id: '' })).toBe('/sessions?reason=A+B');
    expect(withQuery('/sessions', {})).toBe('/sessions');
  });
});
