/** How long a condition may take to come true. A guard against hanging, not a measurement. */
const EVENTUALLY_TIMEOUT_MS = 30_000;
const POLL_MS = 50;

/**
 * Waits until `condition` holds. For what another process does in its own time.
 * @throws Error that names `what`, with the last failure, when it never does
 */
export async function expectEventually(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + EVENTUALLY_TIMEOUT_MS;
  let last: unknown = 'the condition was false';
  while (performance.now() < end) {
    try {
      if (await condition()) return;
      last = 'the condition was false';
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
  throw new Error(`${what} never came true in ${EVENTUALLY_TIMEOUT_MS} ms: ${String(last)}`);
}
