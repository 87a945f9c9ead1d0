import type picocolors from 'picocolors';

/** Text in colour, or as it is. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/** Whether to colour text: https://no-color.org and FORCE_COLOR decide, then whether a terminal shows it. */
export function wantsColor(
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean | undefined,
): boolean {
  if ((env.NO_COLOR ?? '') !== '') return false;
  if ((env.FORCE_COLOR ?? '') !== '') return env.FORCE_COLOR !== '0';
  return isTerminal === true && env.TERM !== 'dumb';
}
