import { VirtualClock } from '@portolan/virtual-world';
import { Dialler, SECOND_DIALS_MS, type DialTarget } from './dialler.ts';

const half = { below: (bound: number): number => Math.floor(bound / 2), float: (): number => 0.5 };

class Target implements DialTarget {
  readonly dialled: string[] = [];
  readonly dialsFirst: boolean;
  addresses: readonly string[];
  connected = false;
  openMs = 0;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock, dialsFirst: boolean, addresses: readonly string[]) {
    this.#clock = clock;
    this.dialsFirst = dialsFirst;
    this.addresses = addresses;
  }

  isConnected(): boolean {
    return this.connected;
  }

  async dial(address: string): Promise<number> {
    this.dialled.push(`${Math.round(this.#clock.now())} ${address}`);
    return this.openMs;
  }
}

function dialling(
  dialsFirst: boolean,
  addresses: readonly string[],
): { clock: VirtualClock; target: Target; dialler: Dialler } {
  const clock = new VirtualClock();
  const target = new Target(clock, dialsFirst, addresses);
  return { clock, target, dialler: new Dialler({ target, limits: { redialMs: 1_000 }, clock, rng: half }) };
}

describe('a dialler', () => {
  it('tries every address in turn, and then more and more seldom', async () => {
    const { clock, target } = dialling(true, ['a', 'b']);
    await clock.advance(1_500);
    expect(target.dialled).toEqual(['0 a', '60 b', '120 a', '230 b', '340 a', '550 b', '760 a', '1170 b']);
    await clock.advance(60_000);
    expect(target.dialled.length).toBeLessThan(8 + 60_000 / 500);
  });

  it('waits for the other side, when that is to dial', async () => {
    const { clock, target } = dialling(false, ['a']);
    await clock.advance(SECOND_DIALS_MS);
    expect(target.dialled).toEqual([]);
    await clock.advance(SECOND_DIALS_MS / 2);
    expect(target.dialled).toEqual([`${SECOND_DIALS_MS * 1.5} a`]);
  });

  it('dials nobody who is connected, and at once who is not any more', async () => {
    const { clock, target, dialler } = dialling(true, ['a']);
    target.connected = true;
    await clock.advance(10_000);
    expect(target.dialled).toEqual([]);
    target.connected = false;
    dialler.resume();
    await clock.advance(1);
    expect(target.dialled).toEqual(['10000 a']);
  });

  it('goes on at once when an address is heard of', async () => {
    const { clock, target, dialler } = dialling(true, []);
    await clock.advance(10_000);
    target.addresses = ['new'];
    dialler.restart();
    await clock.advance(1);
    expect(target.dialled).toEqual(['10000 new']);
  });

  it('does not dial over and over who always ends the stream at once', async () => {
    const { clock, target } = dialling(true, ['a']);
    target.openMs = 5;
    await clock.advance(10_000);
    expect(target.dialled.length).toBeLessThan(30);
  });

  it('ends with its owner', async () => {
    const { clock, target, dialler } = dialling(true, ['a']);
    dialler[Symbol.dispose]();
    await clock.advance(10_000);
    dialler.restart();
    await clock.advance(10_000);
    expect(target.dialled).toEqual([]);
  });
});
