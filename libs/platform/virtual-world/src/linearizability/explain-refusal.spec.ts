import { checkLinearizable } from './check-linearizable.ts';
import { registerModel } from './models/register-model.ts';
import { registerHistory, staleReads } from './testing/register-histories.ts';
import { read, write } from './testing/register-operations.ts';

const NOT = 'not linearizable';

describe('the explanation of a refusal', () => {
  it('is the fewest operations that cannot be ordered, as a table', () => {
    const noise = Array.from({ length: 9 }, (_, index) =>
      read(`c${' '.repeat(4 * index)}|-|`, index < 1 ? undefined : '1'),
    );
    const verdict = checkLinearizable(registerModel, [
      ...noise.slice(0, 1),
      write('a    |-|', '1'),
      ...noise.slice(2),
      write('a                                    |-|', '2'),
      read('b                                        |-|', '1'),
      read('c                                                |-|', '2'),
    ]);
    expect(verdict).toMatchObject({ kind: NOT });
    expect('explain' in verdict && `\n${verdict.explain()}\n`).toBe(`
not linearizable: no order explains the answers of 3 operations, whatever became of 9 others
client  call    return  input      output
a       4.000   6.000   write x 1  ok
a       36.000  38.000  write x 2  ok
b       40.000  42.000  read x     1
the order that comes furthest: a write x 2
after it, in state =2, there is no place for b read x → 1
`);
  });

  it('shows what the others were concluded from', () => {
    const verdict = checkLinearizable(registerModel, [
      write('a|', '1'),
      read('b  |-|', '1'),
      read('c      |-|', undefined),
    ]);
    expect('explain' in verdict && `\n${verdict.explain()}\n`).toBe(`
not linearizable: no order explains the answers of 2 operations, whatever became of 1 other
client  call   return  input   output
b       2.000  4.000   read x  1
c       6.000  8.000   read x  absent
the order that comes furthest: a write x 1, b read x
after it, in state =1, there is no place for c read x → absent
`);
  });

  it('stays small when the history is long', () => {
    const [operations = []] = staleReads(registerHistory(3, 300, 0.02)).slice(-1);
    const verdict = checkLinearizable(registerModel, operations);
    expect(verdict.kind).toBe(NOT);
    expect('explain' in verdict && verdict.explain()).toContain('of 3 operations, whatever became of 2');
  });
});
