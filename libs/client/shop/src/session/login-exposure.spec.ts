import { checkLoginExposure, DevelopmentLoginExposedError } from './login-exposure.ts';

const LOCAL = { developmentLogin: true, hasSessionSecret: false, addresses: ['127.0.0.1'] };

it.each([
  ['loopback', LOCAL],
  ['all of loopback', { ...LOCAL, addresses: ['127.0.0.2', '::1', 'localhost'] }],
  ['a wildcard, with a session secret', { ...LOCAL, hasSessionSecret: true, addresses: ['0.0.0.0'] }],
  ['a wildcard, without the login', { ...LOCAL, developmentLogin: false, addresses: ['0.0.0.0'] }],
])('allows %s', (_what, exposure) => {
  expect(() => {
    checkLoginExposure(exposure);
  }).not.toThrow();
});

it.each(['0.0.0.0', '::', '10.0.0.7', 'shop.example', '127.evil.example'])('refuses %s', (address) => {
  expect(() => {
    checkLoginExposure({ ...LOCAL, addresses: ['127.0.0.1', address] });
  }).toThrow(DevelopmentLoginExposedError);
});
