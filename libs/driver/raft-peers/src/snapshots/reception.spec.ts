import { createHash } from 'node:crypto';
import { logIndex, memberId, term } from '@portolan/raft';
import type { InstallSnapshot } from '@portolan/raft-driver';
import { Reception } from './reception.ts';

const MESSAGE: InstallSnapshot = {
  ...{ kind: 'install-snapshot', from: memberId(1n), to: memberId(2n), term: term(3) },
  snapshot: {
    ...{ index: logIndex(7), term: term(2) },
    configuration: { voters: [memberId(1n)], outgoing: [], learners: [memberId(2n)], learnersNext: [] },
  },
};

it('hands on every slice, also those that a stream brings while one of the stream before waits for the writer', async () => {
  const written: number[] = [];
  const mayWrite = Promise.withResolvers<undefined>();
  const reception = new Reception(MESSAGE, {
    receive: () => undefined,
    reportUnreachable: () => undefined,
    receiveSnapshot: async (_message, slices) => {
      await mayWrite.promise;
      for await (const slice of slices) written.push(...slice);
    },
  });
  // The first is brought by a stream that breaks meanwhile: nobody waits for it.
  const slices = [1, 2, 3, 4].map((fill, place) => reception.slice(BigInt(place), new Uint8Array([fill])));
  const sha256 = createHash('sha256')
    .update(new Uint8Array([1, 2, 3, 4]))
    .digest();
  const ended = reception.end({ bytes: 4n, sha256 });
  mayWrite.resolve(undefined);
  await Promise.all(slices);
  await ended;
  expect(written).toEqual([1, 2, 3, 4]);
});
