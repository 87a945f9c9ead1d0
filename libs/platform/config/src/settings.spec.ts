import { advertisedAddress, UnroutableAddressError } from './settings.ts';

describe('advertisedAddress', () => {
  it.each([
    [{ bind: '127.0.0.1' }, '127.0.0.1'],
    [{ bind: '0.0.0.0', advertise: 'gateway.local' }, 'gateway.local'],
    [{ bind: '::', advertise: 'fd00::7' }, 'fd00::7'],
    [{ bind: '0.0.0.0' }, '10.0.0.7'],
    [{ bind: '::' }, '10.0.0.7'],
  ])('%j → %s', (settings, expected) => {
    expect(advertisedAddress(settings, () => ['10.0.0.7'])).toBe(expected);
  });

  it('names the addresses of a host that has several', () => {
    expect(() => advertisedAddress({ bind: '0.0.0.0' }, () => ['10.0.0.7', '192.168.1.7'])).toThrow(
      expect.objectContaining({ fix: expect.stringMatching(/10\.0\.0\.7, 192\.168\.1\.7/) as string }) as Error,
    );
  });

  it.each([{ bind: '0.0.0.0' }, { bind: '::' }, { bind: '10.0.0.1', advertise: '0.0.0.0' }])(
    'refuses %j aloud',
    (settings) => {
      expect(() => advertisedAddress(settings, () => [])).toThrow(UnroutableAddressError);
    },
  );
});
