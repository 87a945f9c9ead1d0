import { EtcdServer, missingEtcd, type EtcdServerOptions } from './etcd-server.ts';

/**
 * Tests against one real etcd, started for all of them. Where it is not installed they are skipped, aloud; with `PORTOLAN_REQUIRE_PEERS`
 * set, as CI has it, they fail.
 */
export function describeWithEtcd(
  name: string,
  body: (running: () => EtcdServer) => void,
  options?: EtcdServerOptions,
): void {
  const missing = missingEtcd();
  const isRequired = process.env.PORTOLAN_REQUIRE_PEERS !== undefined;
  const declare = missing === undefined || isRequired ? describe : describe.skip;
  if (missing !== undefined) process.stderr.write(`${isRequired ? 'failing' : 'skipped'}: ${missing}\n`);
  declare(missing === undefined ? name : `${name} (${missing})`, () => {
    let server: EtcdServer | undefined;
    beforeAll(async () => {
      expect(missing).toBeUndefined();
      server = await EtcdServer.start(options);
    }, GUARD_MS);
    afterAll(async () => {
      await server?.[Symbol.asyncDispose]();
    });
    body(() => {
      if (server === undefined) throw new Error('the server runs only during the tests');
      return server;
    });
  });
}

/** Of three members on a busy machine; a guard against hanging, nothing else. */
const GUARD_MS = 60_000;
