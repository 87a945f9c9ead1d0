import { formatPrincipal, MalformedPrincipalError, parsePrincipal } from './principal.ts';

describe('principal', () => {
  it.each(['anonymous', 'user:ada', 'service:bff-web', 'operator:grace@example.com', 'system:reconciler'])(
    'reads back what it writes: %s',
    (text) => {
      expect(formatPrincipal(parsePrincipal(text))).toBe(text);
    },
  );

  it.each(['', 'user:', 'root:ada', 'user:a b', 'user:ada\n', `user:${'x'.repeat(129)}`])('refuses %j', (text) => {
    expect(() => parsePrincipal(text)).toThrow(MalformedPrincipalError);
  });
});
