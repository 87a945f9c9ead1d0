/** Where the search has been: to come again to the same place with less left to choose from is no use. */
export class Visited {
  readonly #choices = new Map<string, (readonly number[])[]>();

  /**
   * @param place which of the required operations are placed, and the state after them
   * @param optional those not required that could come next, ascending; what is called later can follow in any case
   */
  isNew(place: string, optional: readonly number[]): boolean {
    const before = this.#choices.get(place);
    if (before === undefined) {
      this.#choices.set(place, [optional]);
      return true;
    }
    if (before.some((choice) => isPart(optional, choice))) return false;
    before.push(optional);
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
