import { formatHappening } from '../format-happening.ts';
import { formatLog, formatStatus } from '../format-log.ts';
import { ACTIONS } from './actions.ts';
import { calm } from './calm.ts';
import { World } from './world.ts';

/** A failure, with all that it takes to look for its reason. */
export class ScheduleFailure extends Error {
  override readonly name = 'ScheduleFailure';
}

/**
 * Plays `steps` random actions and checks all that is promised after each; then lets the cluster come to rest, which it must, with
 * a leader and the same log everywhere.
 * @returns how often it has been through what
 * @throws ScheduleFailure
 */
export function playSchedule(seed: number, steps: number): Readonly<Record<string, number>> {
  const world = new World(seed);
  const actions = Object.values(ACTIONS).map(({ weight, isTrouble, act }) => {
    return { act, weight: isTrouble ? weight * world.trouble : weight };
  });
  const total = actions.reduce((sum, { weight }) => sum + weight, 0);
  let step = 0;
  try {
    for (; step < steps; step += 1) {
      let chosen = world.rng.float() * total;
      const action = actions.find(({ weight }) => (chosen -= weight) < 0);
      action?.act(world);
    }
    calm(world);
    world.checker.clients.checkPlaces(world.checker.ledger);
  } catch (error) {
    throw new ScheduleFailure(explain(world, seed, step, error), { cause: error });
  }
  const { checker } = world;
  return {
    ...world.counts,
    elections: checker.elections.count,
    truncations: checker.logs.truncations,
    commits: checker.ledger.lastIndex,
    reads: checker.clients.confirmedReads,
  };
}

function explain(world: World, seed: number, step: number, error: unknown): string {
  const members = [...world.cluster.members.values()];
  return [
    error instanceof Error ? error.message : String(error),
    ...world.past.map((happening) => `  ${formatHappening(happening, String)}`),
    ...members.flatMap((member) => [`  ${formatStatus(member)}`, `  ${formatLog(member)}`]),
    `at step ${step}; replay: PORTOLAN_RAFT_SEED=${seed} with the test command`,
  ].join('\n');
}
