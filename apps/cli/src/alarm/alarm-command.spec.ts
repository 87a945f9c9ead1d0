import { runCommandLine } from '../command-line.ts';
import { principal, serveStore, type ServedStore } from '../testing/served-store.ts';

async function alarm({ address }: ServedStore, ...argv: readonly string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const write = (more: string): string => (text += more);
  const asked = ['registry', 'alarm', ...argv, '--registry', address];
  const code = await runCommandLine(asked, { stdout: { write }, stderr: { write } });
  return { code, text: text.replaceAll(/ {2,}/g, '  ') };
}

describe('portolan registry alarm', () => {
  it('lists what is raised, and disarms what is named', async () => {
    await using served = await serveStore();
    expect(await alarm(served, 'list')).toEqual({ code: 0, text: 'no alarm is raised\n' });
    const { admin } = served.store;
    for (const keyspace of ['user', 'catalog'] as const) {
      await admin.raiseAlarm({ principal, kind: 'no-space', memberId: 0n, keyspace });
    }
    await admin.raiseAlarm({ principal, kind: 'corrupt', memberId: 0xabcn, keyspace: undefined });
    expect(await alarm(served, 'list')).toEqual({
      code: 1,
      text: '  no-space  keyspace user\n  no-space  keyspace catalog\n  corrupt  member abc\n',
    });
    expect(await alarm(served, 'disarm', 'corrupt', '--member', 'abd')).toMatchObject({ code: 1 });
    expect(await alarm(served, 'disarm', 'no-space', '--keyspace', 'user')).toEqual({
      code: 1,
      text: '  no-space  keyspace catalog\n  corrupt  member abc\n',
    });
    expect(await alarm(served, 'disarm', 'corrupt')).toMatchObject({ code: 1 });
    expect(await alarm(served, 'disarm', 'no-space')).toEqual({ code: 0, text: 'no alarm is raised\n' });
  });

  it.each([
    [['disarm', 'all'], "value 'all' is invalid"],
    [['disarm', 'corrupt', '--member', 'x'], 'hexadecimal'],
    [['disarm', 'no-space', '--keyspace', 'mine'], "argument 'mine' is invalid"],
    [['raise'], "unknown command 'raise'"],
  ])('ends with 2 and says what is wrong: %j', async (argv, told) => {
    await using served = await serveStore();
    const { code, text } = await alarm(served, ...argv);
    expect(code).toBe(2);
    expect(text).toContain(told);
  });
});
