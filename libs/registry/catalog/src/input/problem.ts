/** One thing that is wrong with what was sent. */
export interface Problem {
  /** `ports[1].number` */
  readonly field: string;
  /** As sent, shortened. */
  readonly value: string;
  /** What it must be: `from 1 to 65,535` */
  readonly limit: string;
  /** What to do, as an imperative. */
  readonly fix: string;
}

const SHOWN_CHARACTERS_MAX = 80;

/** For people: quoted, and never longer than a line. */
export function shown(value: string | number): string {
  if (typeof value === 'number') return String(value);
  return JSON.stringify(value.length > SHOWN_CHARACTERS_MAX ? `${value.slice(0, SHOWN_CHARACTERS_MAX)}…` : value);
}

/** Collects problems while the parts of a request are looked at. */
export class Problems {
  readonly found: Problem[] = [];

  /** Notes a problem unless `holds`. */
  expect(holds: boolean, problem: () => Problem): void {
    if (!holds) this.found.push(problem());
  }
}
