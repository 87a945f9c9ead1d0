/**
 * What a start has printed that never becomes ready.
 * @throws Error when it does
 */
export async function refusalOf(start: Promise<unknown>): Promise<string> {
  try {
    await start;
  } catch (error) {
    return String(error);
  }
  throw new Error('it was not refused');
}
