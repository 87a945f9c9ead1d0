import { byCertificate } from '@portolan/access';
import { certificateFiles, certified, type CertifiedName } from '@portolan/access/testing';
import { ClusterServiceService, type ListMembersResponse } from '@portolan/contracts/cluster';
import { startFastServer } from '@portolan/grpc';
import { formatPrincipal } from '@portolan/kernel';
import { implement, type CallContext, type TlsIdentity } from '@portolan/rpc';
import { createTelemetry } from '@portolan/telemetry';
import { VirtualClock } from '@portolan/virtual-world';
import { runCommandLine } from '../command-line.ts';

/** A registry that leads alone, and says as whom it was asked what. */
async function registry(tls?: TlsIdentity) {
  const stack = new AsyncDisposableStack();
  const telemetry = stack.use(
    createTelemetry({ app: 'test', logLevel: 'error', logFormat: 'json', clock: new VirtualClock() }),
  );
  const asked: string[] = [];
  const heard = ({ method, principal }: CallContext): void => {
    asked.push(`${method.split('/').at(-1) ?? ''} by ${formatPrincipal(principal)}`);
  };
  let address = '';
  const members = (): ListMembersResponse => ({
    header: undefined,
    members: [
      { id: 1n, name: 'a', peerAddresses: ['a:2380'], clientAddresses: [address], etcdUrls: [], isLearner: false },
    ],
  });
  const listed = async (_request: unknown, call: CallContext): Promise<ListMembersResponse> => {
    heard(call);
    return members();
  };
  const service = implement(ClusterServiceService, {
    listMembers: listed,
    addMember: async (_request, call) => ({ ...(await listed(_request, call)), member: members().members[0] }),
    promoteMember: listed,
    removeMember: listed,
    updateMember: listed,
    transferLeadership: async () => ({ header: undefined }),
    getMemberStatus: async (_request, call) => {
      heard(call);
      const indexes = { term: 1n, committedIndex: 5n, appliedIndex: 5n, ageMs: 0n };
      return { clusterId: 1n, memberId: 1n, leaderId: 1n, ...indexes, followers: [] };
    },
  });
  const server = stack.use(
    await startFastServer({
      ...{ bind: { host: '127.0.0.1', port: 0 }, services: [service], logger: telemetry.logger('rpc'), drainMs: 0 },
      ...{ tls, identify: byCertificate },
    }),
  );
  address = `127.0.0.1:${server.port}`;
  return { address, asked, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function member(address: string, args: readonly string[], certificate?: CertifiedName) {
  let text = '';
  const write = (more: string): string => (text += more);
  const argv = ['member', ...args, '--registry', address];
  if (certificate !== undefined) {
    const { tlsCert, tlsKey, tlsCa } = certificateFiles(certificate);
    argv.push('--tls-cert', tlsCert, '--tls-key', tlsKey, '--tls-ca', tlsCa);
  }
  return { code: await runCommandLine(argv, { stdout: { write }, stderr: { write } }), text };
}

const asksBy = (who: string): readonly string[] =>
  ['ListMembers', 'GetMemberStatus', 'GetMemberStatus'].map((method) => `${method} by ${who}`);

describe('portolan member', () => {
  it('asks a registry with TLS as whom its certificate names', async () => {
    await using house = await registry(certified('registry'));
    const { code, text } = await member(house.address, ['list'], 'operator');
    expect({ code, text }).toMatchObject({ code: 0, text: expect.stringMatching(/leader.*yes/) as unknown });
    expect(house.asked).toEqual(asksBy('operator:grace'));
    expect(await member(house.address, ['promote', 'a'], 'operator')).toMatchObject({ code: 0 });
  });

  it('says what is wrong when it shows none', async () => {
    await using house = await registry(certified('registry'));
    expect(await member(house.address, ['list'])).toMatchObject({ code: 2 });
    const half = await member(house.address, ['list', '--tls-cert', '/x.pem']);
    expect(half).toMatchObject({ code: 2, text: expect.stringContaining('TLS is half set') as unknown });
    expect(house.asked).toEqual([]);
  });

  it('asks one without TLS as an operator', async () => {
    await using house = await registry();
    expect(await member(house.address, ['list'])).toMatchObject({ code: 0 });
    expect(house.asked).toEqual(asksBy('operator:portolan'));
  });
});
