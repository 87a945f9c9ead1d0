import { VirtualClock } from '@portolan/virtual-world';
import { StoreClosedError } from '../errors.ts';
import { KeepAliveStream } from './keep-alive-stream.ts';
import { RequestQueue } from './request-queue.ts';

/** The other side: what it was asked, and what it answers. */
class Served {
  readonly clock = new VirtualClock();
  readonly asked: string[] = [];
  readonly answers = new RequestQueue<string>();
  closed = 0;
  readonly stream = new KeepAliveStream<string, string>({
    clock: this.clock,
    open: (requests) => {
      void this.#read(requests);
      return this.answers.all();
    },
    timedOut: (timeoutMs) => new Error(`no answer in ${String(timeoutMs)} ms`),
    onClosed: () => {
      this.closed += 1;
    },
  });

  /** What became of each. */
  ask(...requests: readonly string[]): Promise<readonly unknown[]> {
    return Promise.all(requests.map((request) => this.stream.ask(request, 100).catch((error: unknown) => error)));
  }

  async #read(requests: AsyncIterable<string>): Promise<void> {
    for await (const request of requests) this.asked.push(request);
  }
}

describe('keep-alives on one stream', () => {
  it('are sent and answered in the order in which they were asked', async () => {
    const served = new Served();
    const { stream, answers, asked, clock } = served;
    const outcomes = served.ask('a', 'b', 'c');
    expect(stream.waiting).toBe(3);
    await clock.advance(1);
    expect(asked).toEqual(['a', 'b', 'c']);
    for (const answer of ['1', '2', '3']) answers.push(answer);
    expect(await outcomes).toEqual(['1', '2', '3']);
    expect([stream.waiting, clock.pending]).toEqual([0, 1]);
  });

  it('fail together when one of them is not answered in time, and so does who asks later', async () => {
    const served = new Served();
    const outcomes = served.ask('a', 'b');
    await served.clock.advance(50);
    served.answers.push('1');
    const later = served.ask('c');
    await served.clock.advance(50);
    expect(await outcomes).toEqual(['1', new Error('no answer in 100 ms')]);
    expect(await later).toEqual(await served.ask('d'));
    expect([served.stream.isClosed, served.closed, served.clock.pending]).toEqual([true, 1, 0]);
  });

  it('fail when the other side has ended the stream', async () => {
    const served = new Served();
    const outcomes = served.ask('a');
    served.answers.end();
    expect(await outcomes).toEqual([expect.any(StoreClosedError)]);
    expect(served.closed).toBe(1);
  });

  it('keep it open for a minute after the last', async () => {
    const served = new Served();
    for (let minute = 0; minute < 3; minute += 1) {
      served.answers.push('kept');
      expect(await served.ask('a')).toEqual(['kept']);
      await served.clock.advance(59_999);
    }
    expect(served.stream.isClosed).toBe(false);
    await served.clock.advance(1);
    expect(served.stream.isClosed).toBe(true);
  });
});
