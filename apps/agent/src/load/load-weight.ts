/** Up to so much of all cores nothing is wrong: a host that is used well is not slow. */
export const BUSY_FROM = 0.7;
/** Whoever weighs nothing is never asked again, and cannot show that it has recovered. */
export const WEIGHT_PERCENT_MIN = 10;
const STEP = 10;
/** A change smaller than this is not worth a write in the registry. */
const HYSTERESIS = 15;

/** From how busy a host is to how much of its weight it asks for: in steps, and not at every breath. */
export class LoadWeight {
  #percent = 100;

  /** @param cpu 0 to 1, of all cores. @returns 10 to 100 */
  next(cpu: number): number {
    const overload = Math.min(1, Math.max(0, (cpu - BUSY_FROM) / (1 - BUSY_FROM)));
    const wanted = 100 - (100 - WEIGHT_PERCENT_MIN) * overload;
    const isExtreme = wanted === 100 || wanted === WEIGHT_PERCENT_MIN;
    if (Math.abs(wanted - this.#percent) >= HYSTERESIS || (isExtreme && wanted !== this.#percent)) {
      this.#percent = Math.max(WEIGHT_PERCENT_MIN, Math.round(wanted / STEP) * STEP);
    }
    return this.#percent;
  }
}
