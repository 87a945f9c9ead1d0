import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { residentBytes } from './testing/mixed/resident-bytes.ts';

const LOOK_MS = 50;
/** Many times what the program needs when it does not lock up. */
const LOCKED_UP_BYTES = 512 * 1_048_576;

/** Why the mixed traffic gives up no upload of undici's HTTP/2. Once this fails, Node is mended, and it may. */
it('locks up a client of `node:http2` that closes and destroys an upload which waits for room', async () => {
  const child = fork(fileURLToPath(new URL('./testing/mixed/lost-reset.ts', import.meta.url)), { execArgv: [] });
  const look = setInterval(() => {
    if (residentBytes(child) > LOCKED_UP_BYTES) child.kill('SIGKILL');
  }, LOOK_MS);
  await once(child, 'exit');
  clearInterval(look);
  expect(child.signalCode).toBe('SIGKILL');
});
