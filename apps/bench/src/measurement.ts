import { spreadOf, type Spread } from './statistics.ts';

/** What one side of a comparison does for one round. @returns its figures by name, the same names every time */
export interface Side {
  readonly name: string;
  round(): Promise<Readonly<Record<string, number>>>;
}

/** A side's figures over all rounds. */
export interface Measured {
  readonly name: string;
  readonly figures: Readonly<Record<string, Spread>>;
  /** As they came, for the file beside the table. */
  readonly rounds: readonly Readonly<Record<string, number>>[];
}

/**
 * Runs the sides in turn, round by round: what slows the machine down for a while slows them all.
 * @param progress is told before each round of each side
 */
export async function measure(
  sides: readonly Side[],
  rounds: number,
  progress: (what: string) => void,
): Promise<readonly Measured[]> {
  const taken = new Map(sides.map((side) => [side, [] as Readonly<Record<string, number>>[]]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const [side, figures] of taken) {
      progress(`round ${round} of ${rounds}: ${side.name}`);
      figures.push(await side.round());
    }
  }
  return [...taken].map(([{ name }, all]) => {
    const names = Object.keys(all[0] ?? {});
    const figures = Object.fromEntries(
      names.map((figure) => [figure, spreadOf(all.map((one) => one[figure] ?? Number.NaN))]),
    );
    return { name, figures, rounds: all };
  });
}
