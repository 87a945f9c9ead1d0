import { VirtualClock } from '../clock/virtual-clock.ts';
import { EventLog } from './event-log.ts';

describe('EventLog', () => {
  it('tells what happened, oldest first, in seconds', async () => {
    const clock = new VirtualClock();
    const log = new EventLog(clock);
    log.note('a  started');
    await clock.advance(12_330);
    log.note('a  crashed');
    expect(log.lines()).toEqual(['0.000  a  started', '12.330  a  crashed']);
    expect(log.lines(1)).toEqual(['12.330  a  crashed']);
  });

  it('forgets the oldest when it is full', () => {
    const log = new EventLog(new VirtualClock(), 3);
    for (const text of ['one', 'two', 'three', 'four', 'five']) log.note(text);
    expect(log.lines()).toEqual(['0.000  three', '0.000  four', '0.000  five']);
    expect(log.lines(2)).toEqual(['0.000  four', '0.000  five']);
  });
});
