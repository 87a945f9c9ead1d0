interface Visit {
  readonly latestCall: number;
  readonly optional: readonly number[];
}

/** Where the search has been: to come again to the same place with less left to choose from is no use. */
export class Visited {
  readonly #visits = new Map<string, Visit[]>();

  /**
   * @param place which of the required operations are placed, and the state after them
   * @param latestCall see `PlacedSet.choices`
   * @param optional those not required that could come next, ascending; what is called later can follow in any case
   */
  isNew(place: string, latestCall: number, optional: readonly number[]): boolean {
    const visits = this.#visits.get(place);
    if (visits === undefined) {
      this.#visits.set(place, [{ latestCall, optional }]);
      return true;
    }
    if (visits.some((visit) => visit.latestCall <= latestCall && isPart(optional, visit.optional))) return false;
    visits.push({ latestCall, optional });
    return true;
  }
}

/** Both ascending. */
function isPart(part: readonly number[], whole: readonly number[]): boolean {
  if (part.length > whole.length) return false;
  let at = 0;
  for (const index of whole) if (index === part[at]) at += 1;
  return at === part.length;
}
