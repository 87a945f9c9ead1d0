import fc from 'fast-check';
import { logIndex } from './ids.ts';
import { InFlight } from './in-flight.ts';

it('is full by count, and by bytes', () => {
  const byCount = new InFlight(2, 1_000);
  byCount.add(logIndex(3), 1);
  expect(byCount.isFull).toBe(false);
  byCount.add(logIndex(5), 1);
  expect(byCount.isFull).toBe(true);
  expect(() => {
    byCount.add(logIndex(6), 1);
  }).toThrow('full window');
  const byBytes = new InFlight(9, 1_000);
  byBytes.add(logIndex(1), 999);
  expect(byBytes.isFull).toBe(false);
  byBytes.add(logIndex(2), 500);
  expect(byBytes.isFull).toBe(true);
});

it('is a queue of which the front is answered', () => {
  type Step = { readonly add: number; readonly bytes: number } | { readonly freeTo: number } | 'clear';
  const steps = fc.oneof(
    { weight: 5, arbitrary: fc.record({ add: fc.integer({ min: 1, max: 3 }), bytes: fc.nat(40) }) },
    { weight: 3, arbitrary: fc.record({ freeTo: fc.nat(120) }) },
    { weight: 1, arbitrary: fc.constant('clear' as const) },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(steps, { maxLength: 50 }), (countMax, script: Step[]) => {
      const inFlight = new InFlight(countMax, 100);
      let model: { readonly index: number; readonly bytes: number }[] = [];
      let last = 0;
      for (const step of script) {
        if (step === 'clear') {
          inFlight.clear();
          model = [];
        } else if ('freeTo' in step) {
          inFlight.freeTo(logIndex(step.freeTo));
          model = model.filter(({ index }) => index > step.freeTo);
        } else if (!inFlight.isFull) {
          last += step.add;
          inFlight.add(logIndex(last), step.bytes);
          model.push({ index: last, bytes: step.bytes });
        }
        const bytes = model.reduce((sum, each) => sum + each.bytes, 0);
        expect(inFlight.count).toBe(model.length);
        expect(inFlight.isFull).toBe(model.length === countMax || bytes >= 100);
      }
    }),
  );
});
