import { EmptyConfigurationError, UnknownMemberError } from './errors.ts';
import type { MemberId } from './ids.ts';

/**
 * Who decides. During a change of voters there are two sets, and every decision needs a majority of both (joint consensus, §6),
 * so that replacing a member never passes through a quorum weaker than the old or the new one.
 */
export interface Configuration {
  /** Sorted. */
  readonly voters: readonly MemberId[];
  /** The voters before the change, sorted; empty unless the configuration is joint. */
  readonly outgoing: readonly MemberId[];
  /** Get the log and decide nothing; sorted. */
  readonly learners: readonly MemberId[];
  /** Voters of the old set that become learners with the end of the change; sorted. */
  readonly learnersNext: readonly MemberId[];
}

export type ConfigurationChange =
  /** A new member, or a learner that is promoted. */
  | { readonly kind: 'add-voter'; readonly member: MemberId }
  /** A new member, or a voter that is demoted. */
  | { readonly kind: 'add-learner'; readonly member: MemberId }
  | { readonly kind: 'remove'; readonly member: MemberId };

export const NO_MEMBERS: Configuration = { voters: [], outgoing: [], learners: [], learnersNext: [] };

const sorted = (ids: Iterable<MemberId>): readonly MemberId[] =>
  [...new Set(ids)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

/** The configuration of a new cluster, the same on each of its first members. */
export function firstConfiguration(voters: Iterable<MemberId>): Configuration {
  return { ...NO_MEMBERS, voters: sorted(voters) };
}

export const isJoint = (configuration: Configuration): boolean => configuration.outgoing.length > 0;

/** Votes count: of the old set, of the new, or of both. */
export function isVoter(configuration: Configuration, id: MemberId): boolean {
  return configuration.voters.includes(id) || configuration.outgoing.includes(id);
}

export const isMember = (configuration: Configuration, id: MemberId): boolean =>
  isVoter(configuration, id) || configuration.learners.includes(id);

/** Everybody who gets the log, sorted. */
export function membersOf(configuration: Configuration): readonly MemberId[] {
  return sorted([...configuration.voters, ...configuration.outgoing, ...configuration.learners]);
}

/**
 * What the log holds next when `changes` are asked for: a joint configuration if the voters change, else the new one itself.
 * @throws UnknownMemberError for a removal of who is no member
 * @throws EmptyConfigurationError when no voter would be left
 */
export function enterChange(current: Configuration, changes: readonly ConfigurationChange[]): Configuration {
  const voters = new Set(current.voters);
  const learners = new Set(current.learners);
  const learnersNext = new Set<MemberId>();
  for (const { kind, member } of changes) {
    const isMember = voters.has(member) || learners.has(member) || learnersNext.has(member);
    if (kind === 'remove' && !isMember) throw new UnknownMemberError(member);
    const wasVoter = current.voters.includes(member);
    voters.delete(member);
    learners.delete(member);
    learnersNext.delete(member);
    if (kind === 'add-voter') voters.add(member);
    else if (kind === 'add-learner') (wasVoter ? learnersNext : learners).add(member);
  }
  if (voters.size === 0) throw new EmptyConfigurationError();
  const next = sorted(voters);
  const sameVoters = next.length === current.voters.length && next.every((id) => current.voters.includes(id));
  return {
    voters: next,
    outgoing: sameVoters ? [] : current.voters,
    learners: sorted(learners),
    learnersNext: sorted(learnersNext),
  };
}

/** The end of a change: the new set decides alone. */
export function leaveJoint(joint: Configuration): Configuration {
  return {
    voters: joint.voters,
    outgoing: [],
    learners: sorted([...joint.learners, ...joint.learnersNext]),
    learnersNext: [],
  };
}

/** `{1 2 3}`, `{1 2 4}∧{1 2 3} learners {5}`: as transcripts and logs show it. */
export function formatConfiguration(configuration: Configuration): string {
  const set = (ids: readonly MemberId[]): string => `{${ids.join(' ')}}`;
  const { voters, outgoing, learners, learnersNext } = configuration;
  return [
    outgoing.length === 0 ? set(voters) : `${set(voters)}∧${set(outgoing)}`,
    ...(learners.length === 0 ? [] : [`learners ${set(learners)}`]),
    ...(learnersNext.length === 0 ? [] : [`then learners ${set(learnersNext)}`]),
  ].join(' ');
}
