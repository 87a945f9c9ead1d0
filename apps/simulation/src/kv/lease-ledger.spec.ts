import { LEASE_KEPT, LeaseLedger } from './lease-ledger.ts';

const TTL_MS = 2_000;

function ledgerOf(fastestRate = 1): LeaseLedger {
  const ledger = new LeaseLedger(fastestRate);
  ledger.granted('a', 100);
  return ledger;
}

const confirmation = (calledAtMs: number, answeredAtMs: number) => ({ calledAtMs, answeredAtMs, ttlMs: TTL_MS });

describe('LeaseLedger', () => {
  it('knows what lives', () => {
    const ledger = ledgerOf();
    ledger.granted('b', 200);
    ledger.ended('a', 'revoked', 300);
    expect(ledger.living).toEqual(['b']);
    ledger.granted('a', 400);
    expect(ledger.living).toEqual(['a', 'b']);
  });

  it.each<[string, (ledger: LeaseLedger) => void]>([
    [
      'its whole time after the grant',
      (ledger) => {
        ledger.confirmed('a', confirmation(90, 110));
        ledger.ended('a', 'expired', 2_090);
      },
    ],
    [
      'no time that nobody was told of',
      (ledger) => {
        ledger.ended('a', 'expired', 200);
      },
    ],
    [
      'until it is revoked',
      (ledger) => {
        ledger.confirmed('a', confirmation(150, 160));
        ledger.revoking('a');
        ledger.ended('a', 'revoked', 200);
      },
    ],
    [
      'again, when it is granted again: what was confirmed may be the later one',
      (ledger) => {
        ledger.ended('a', 'expired', 1_000);
        ledger.granted('a', 1_100);
        ledger.confirmed('a', confirmation(900, 1_200));
      },
    ],
  ])('lets a lease live %s', (_what, happen) => {
    const ledger = ledgerOf();
    expect(() => {
      happen(ledger);
    }).not.toThrow();
  });

  it.each<[string, (ledger: LeaseLedger) => void]>([
    [
      'its grant, whose answer comes first',
      (ledger) => {
        ledger.confirmed('a', confirmation(90, 110));
        ledger.ended('a', 'expired', 2_089);
      },
    ],
    [
      'a keep-alive, by a revocation that nobody has asked for',
      (ledger) => {
        ledger.confirmed('a', confirmation(1_000, 1_100));
        ledger.ended('a', 'revoked', 2_500);
      },
    ],
    [
      'a keep-alive whose answer comes after the end',
      (ledger) => {
        ledger.ended('a', 'expired', 2_500);
        ledger.confirmed('a', confirmation(1_000, 2_600));
      },
    ],
  ])('finds a lease that ends too early after %s', (_what, happen) => {
    const ledger = ledgerOf();
    expect(() => {
      happen(ledger);
    }).toThrow(LEASE_KEPT);
  });

  it('allows for the fastest clock that may judge', () => {
    const ledger = ledgerOf(1.02);
    ledger.confirmed('a', confirmation(100, 110));
    expect(() => {
      ledger.ended('a', 'expired', 100 + Math.ceil(TTL_MS / 1.02));
    }).not.toThrow();
  });
});
