import { measure, type Side } from '../measurement.ts';
import { digits, tableOf, whole, type Column } from '../table.ts';
import { FIELDS_A_LIST, HEADER_LISTS } from './header-lists.ts';
import { hpackJs, ourHpack, type HpackCodec, type HpackWork } from './hpack-codecs.ts';
import type { PartOptions, PartResult } from './part.ts';
import { throughputOf } from './throughput.ts';

const WORK_NAMES = ['encode, repeated', 'encode, changing', 'decode, repeated', 'decode, changing'] as const;

/** Header lists encoded and decoded, with tables that stay. */
export async function benchHpack({ rounds, seconds, progress }: PartOptions): Promise<PartResult> {
  const sides = [hpackJs, ourHpack].map((codec): Side => {
    const work = workOf(codec);
    return { name: codec.name, round: () => figuresOf(work, seconds / 10) };
  });
  progress('hpack: warming up');
  for (const side of sides) await side.round();
  const measured = await measure(sides, rounds, (what) => {
    progress(`hpack, ${what}`);
  });
  const columns = (figure: string, format: (value: number) => string, ratio: boolean): readonly Column[] =>
    WORK_NAMES.map((name) => ({ figure: `${name} ${figure}`, title: name, format, ratio }));
  const text = [
    tableOf(`HPACK, header lists/s of ${FIELDS_A_LIST} fields`, measured, columns('perSecond', whole, true)),
    tableOf('bytes allocated a list', measured, columns('allocated', digits(0), false)),
    tableOf('bytes a block', measured, columns('bytes', digits(0), false)),
  ].join('\n\n');
  return { text, raw: measured };
}

const workOf = (codec: HpackCodec): Readonly<Record<(typeof WORK_NAMES)[number], HpackWork>> => ({
  'encode, repeated': codec.encoding(HEADER_LISTS.repeated),
  'encode, changing': codec.encoding(HEADER_LISTS.changing),
  'decode, repeated': codec.decoding(HEADER_LISTS.repeated),
  'decode, changing': codec.decoding(HEADER_LISTS.changing),
});

async function figuresOf(
  work: Readonly<Record<(typeof WORK_NAMES)[number], HpackWork>>,
  seconds: number,
): Promise<Readonly<Record<string, number>>> {
  const figures: Record<string, number> = {};
  for (const name of WORK_NAMES) {
    let done = { lists: 0, bytes: 0 };
    const { perSecond, bytesAllocated } = await throughputOf(() => {
      done = work[name]();
      return done.lists;
    }, seconds);
    figures[`${name} perSecond`] = perSecond;
    figures[`${name} allocated`] = bytesAllocated;
    figures[`${name} bytes`] = done.bytes / done.lists;
  }
  return figures;
}
