import { memberId, type MemberId } from '@portolan/raft';
import { z } from 'zod';

/** One more whenever a version of before would not understand all of a file. */
const FORMAT = 2;

/** Ids and nonces: 64 bits, as people read them. */
export const hexId = z
  .string()
  .regex(/^[0-9a-f]{1,16}$/)
  .transform((digits) => BigInt(`0x${digits}`));

const hostPort = z.string().min(1).max(512);

const FounderFile = z.strictObject({ id: hexId, name: z.string(), peerAddress: hostPort.optional() });

const MembershipFile = z.strictObject({
  cluster: hexId,
  generation: z.int().min(0),
  member: hexId,
  /** Empty of who joined. */
  founders: z.array(FounderFile),
});

const Name = z.string().regex(/^[\w.-]{1,128}$/);

/** Before the registry had a log: a name and nothing else. */
const FirstFormat = z.strictObject({ formatVersion: z.literal(1), instance: Name });
const SecondFormat = z.strictObject({
  formatVersion: z.literal(FORMAT),
  name: Name,
  nonce: hexId,
  membership: MembershipFile.optional(),
});

/** One of those who made a cluster. */
export interface Founder {
  readonly id: MemberId;
  readonly name: string;
  /** Absent of who had nobody to be reached by. */
  readonly peerAddress: string | undefined;
}

/** Of what cluster a member is, and which of its members: for ever. */
export interface Membership {
  readonly clusterId: bigint;
  /** Grows when the history of the cluster does not go on from what it answered before. */
  readonly generation: number;
  readonly memberId: MemberId;
  /** The first voters, the same on each of them; none when it joined a cluster that ran. */
  readonly founders: readonly Founder[];
}

/** What `member.json` says. */
export interface MemberFile {
  readonly name: string;
  /** Drawn once a folder: a member whose disk was emptied is another one. */
  readonly nonce: bigint;
  /** Absent until it has founded or joined a cluster. */
  readonly membership: Membership | undefined;
}

export const formatId = (id: bigint): string => id.toString(16);

/**
 * @param nonce for a file that has none yet
 * @throws SyntaxError, ZodError
 */
export function parseMemberFile(text: string, nonce: bigint): MemberFile {
  const file = z.union([FirstFormat, SecondFormat]).parse(JSON.parse(text));
  if (file.formatVersion === 1) return { name: file.instance, nonce, membership: undefined };
  const { name, membership } = file;
  if (membership === undefined) return { name, nonce: file.nonce, membership };
  const founders = membership.founders.map((founder) => ({
    id: memberId(founder.id),
    name: founder.name,
    peerAddress: founder.peerAddress,
  }));
  const { cluster: clusterId, generation, member } = membership;
  return { name, nonce: file.nonce, membership: { clusterId, generation, memberId: memberId(member), founders } };
}

export function formatMemberFile({ name, nonce, membership }: MemberFile): string {
  const file = {
    formatVersion: FORMAT,
    name,
    nonce: formatId(nonce),
    ...(membership !== undefined && {
      membership: {
        cluster: formatId(membership.clusterId),
        generation: membership.generation,
        member: formatId(membership.memberId),
        founders: membership.founders.map((founder) => ({ ...founder, id: formatId(founder.id) })),
      },
    }),
  };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}
