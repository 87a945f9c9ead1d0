import { leaseId } from '@portolan/kv';
import { History, VirtualClock, withExpiries, type KvInput, type KvOutput } from '@portolan/virtual-world';
import { Evidence } from './evidence.ts';

const write = (value: string): KvInput => ({ kind: 'txn', success: [{ kind: 'put', key: 'a', value }] });
const grant: KvInput = { kind: 'grant', lease: '5', ttlMs: 2_000 };
const keepAlive: KvInput = { kind: 'keep-alive', lease: '5', ttlMs: 2_000 };

/** Calls, and what the log shows, in the order in which they are written down. */
class Script {
  readonly clock = new VirtualClock();
  readonly evidence = new Evidence();
  readonly history = new History<KvInput, KvOutput>(this.clock);

  /** @returns ends it */
  call(input: KvInput): (output: KvOutput | 'unknown') => void {
    const traced = this.evidence.begin(input);
    const operation = this.history.begin('c', input);
    return (output) => {
      if (output === 'unknown') this.evidence.unknown(traced, operation);
      else operation.ok(output);
    };
  }

  get outcomes(): readonly string[] {
    return this.evidence.traced(this.history.operations).map(({ outcome }) => outcome.kind);
  }

  /** Whose expiries may have been. */
  get expiries(): readonly string[] {
    const operations = this.evidence.narrowed(withExpiries(this.history.operations));
    return operations.flatMap(({ input }) => (input.kind === 'expire' ? [`of ${input.renewal}`] : []));
  }
}

describe('Evidence', () => {
  it('tells calls that have left a trace, before or after nobody knew, from those that never happened', () => {
    const script = new Script();
    const [before, after, never] = ['1', '2', '3'].map((value) => script.call(write(value)));
    script.evidence.happened({ kind: 'written', value: '1' }, 0);
    before?.('unknown');
    after?.('unknown');
    script.evidence.happened({ kind: 'written', value: '2' }, 0);
    never?.('unknown');
    expect(script.outcomes).toEqual(['happened', 'happened']);
  });

  it('takes a lease that was granted before for no trace of a grant that came later', () => {
    const script = new Script();
    script.evidence.happened({ kind: 'granted', lease: leaseId(5n) }, 0);
    script.call(grant)('unknown');
    expect(script.outcomes).toEqual([]);
  });

  it('leaves what leaves no trace as it is', () => {
    const script = new Script();
    script.call(keepAlive)('unknown');
    expect(script.outcomes).toEqual(['unknown']);
  });

  it('keeps the expiries that may have been: of the last renewal that was confirmed, and of those that nobody knows of', async () => {
    const script = new Script();
    script.call(grant)({ kind: 'granted' });
    await script.clock.advance(100);
    script.call(keepAlive)({ kind: 'kept' });
    script.call(keepAlive)('unknown');
    await script.clock.advance(5_000);
    script.call(write('1'))('unknown');
    expect(script.expiries).toEqual([]);
    script.evidence.happened({ kind: 'expired', lease: leaseId(5n) }, script.clock.now());
    expect(script.expiries).toEqual(['of 1', 'of 2']);
  });
});
