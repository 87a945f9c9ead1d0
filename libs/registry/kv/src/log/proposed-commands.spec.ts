import { leaseId } from '../ids.ts';
import type { Command } from '../machine/command.ts';
import { ProposedCommands } from './proposed-commands.ts';

const commandOf = (id: number): Command => ({ kind: 'revoke', id: leaseId(BigInt(id)) });

describe('commands that were proposed here', () => {
  it('are those of their very entries, in the order in which they were proposed', () => {
    const proposed = new ProposedCommands();
    const entries = [1, 2, 3, 4].map((id) => proposed.add(Uint8Array.of(id), commandOf(id)));
    const [first, second, third, fourth] = entries.map(({ data }) => data);
    // The same bytes from elsewhere are not the same entry.
    expect(proposed.take(Uint8Array.of(1))).toBeUndefined();
    expect(proposed.take(first ?? Uint8Array.of())).toEqual(commandOf(1));
    expect(proposed.take(first ?? Uint8Array.of())).toBeUndefined();
    expect(proposed.take(third ?? Uint8Array.of())).toBeUndefined();
    const [, refused] = entries;
    if (refused !== undefined) refused.isAnswered = true;
    expect(proposed.take(second ?? Uint8Array.of())).toBeUndefined();
    expect(proposed.take(third ?? Uint8Array.of())).toEqual(commandOf(3));
    expect(proposed.take(fourth ?? Uint8Array.of())).toEqual(commandOf(4));
    expect(proposed.take(fourth ?? Uint8Array.of())).toBeUndefined();
  });
});
