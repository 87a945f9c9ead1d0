import type { GreetRequest, GreetResponse, Introduction as IntroductionMessage } from '@portolan/contracts/raft-peer';
import { connectFast } from '@portolan/grpc';
import { checkedInteger } from '@portolan/kernel';
import { memberId } from '@portolan/raft';
import { createClient, type TlsIdentity } from '@portolan/rpc';
import type { MemberAddresses } from './addresses/member-addresses.ts';
import { MalformedFrameError } from './errors.ts';
import { commonVersion, VERSIONS } from './hello.ts';
import type { Introduction } from './introduction.ts';
import type { Self } from './self.ts';
import { PEER_SERVICE } from './service.ts';

export interface GreetingOptions {
  readonly self: Self;
  readonly tls: TlsIdentity | undefined;
  /** A member of this cluster has said where it is. */
  readonly onRecord: (record: MemberAddresses) => void;
}

/** Says who this is, and hears who others are: before there is a cluster, and to find members that have moved. */
export class Greeting {
  readonly #options: GreetingOptions;

  constructor(options: GreetingOptions) {
    this.#options = options;
  }

  /** The answering side. @throws UnsupportedVersionError, MalformedFrameError */
  answer({ introduction }: GreetRequest): GreetResponse {
    this.#read(introduction, 'greeting');
    return { introduction: this.#own() };
  }

  /** @throws RpcError, UnsupportedVersionError, MalformedFrameError */
  async greet(address: string, signal: AbortSignal): Promise<Introduction> {
    await using connection = connectFast(address, { tls: this.#options.tls });
    const { greet } = createClient({ greet: PEER_SERVICE.greet }, connection);
    const { introduction } = await greet({ introduction: this.#own() }, { signal });
    return this.#read(introduction, 'answer to a greeting');
  }

  #own(): IntroductionMessage {
    const { self } = this.#options;
    const { name, addresses, clusterName, membership } = self.introduction;
    return {
      ...{ name, addresses, clusterName, versions: VERSIONS },
      membership: membership && {
        clusterId: membership.clusterId,
        memberId: membership.memberId,
        incarnation: membership.incarnation ?? 0n,
        addressVersion: BigInt(self.addressVersion),
      },
    };
  }

  #read(message: IntroductionMessage | undefined, what: string): Introduction {
    if (message === undefined) throw new MalformedFrameError(what, 'it does not say who is there');
    commonVersion(message.versions);
    const { name, addresses, clusterName, membership } = message;
    const introduction: Introduction = {
      name,
      addresses,
      clusterName,
      membership: membership && membershipOf(membership),
    };
    const { identity } = this.#options.self;
    if (membership !== undefined && membership.clusterId === identity?.clusterId) {
      const version = checkedInteger(membership.addressVersion, 'version of addresses');
      this.#options.onRecord({ member: memberId(membership.memberId), name, version, addresses });
    }
    return introduction;
  }
}

type Membership = NonNullable<IntroductionMessage['membership']>;

function membershipOf({ clusterId, memberId: member, incarnation }: Membership): Introduction['membership'] {
  return { clusterId, memberId: memberId(member), ...(incarnation !== 0n && { incarnation }) };
}
