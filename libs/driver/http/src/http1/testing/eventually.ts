/** So many turns of the event loop are more than anything on one machine takes. */
const TURNS_MAX = 200_000;

/** Lets the event loop turn until something holds that no event tells. */
export async function eventually(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    if (condition()) return;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  throw new Error(`never: ${condition.toString()}`);
}
