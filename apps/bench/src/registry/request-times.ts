/** Of a run: its first requests find a connection that is new. */
const WARM_UP_SHARE = 0.1;

/** @param log as h2load writes it: µs since 1970, HTTP status, µs until the end of the answer @returns ms of each, without the first ones */
export function readTimes(log: string): readonly number[] {
  const times = log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, status, micros] = line.split('\t');
      if (status !== '200' || micros === undefined) throw new Error(`h2load logged "${line}"`);
      return Number(micros) / 1_000;
    });
  return times.slice(Math.ceil(times.length * WARM_UP_SHARE));
}
