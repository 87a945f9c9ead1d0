import { isJoint, type MemberId } from '@portolan/raft';
import {
  checkLinearizable,
  registerModel,
  type History,
  type RegisterInput,
  type RegisterOutput,
} from '@portolan/virtual-world';
import { Violation } from '../violation.ts';
import type { RegisterCluster } from './register-clients.ts';

export interface JudgedWorld {
  readonly cluster: RegisterCluster;
  /** Never start again. */
  readonly damaged: ReadonlySet<MemberId>;
  /** Who was told that it is removed. */
  readonly gone: ReadonlySet<MemberId>;
  readonly history: History<RegisterInput, RegisterOutput>;
}

/**
 * After the faults: the cluster works again, its members agree, and what clients saw can be explained.
 * @throws Violation
 */
export function judgeWorld({ cluster, damaged, gone, history }: JudgedWorld): void {
  const { leader } = cluster;
  if (leader === undefined) throw new Violation('Liveness', 'nobody leads, though all has been well for 12 s');
  const { configuration, committed } = leader.member.status;
  if (isJoint(configuration)) throw new Violation('Liveness', 'a change of members has not ended');
  for (const id of [...configuration.voters, ...configuration.learners]) {
    if (gone.has(id)) throw new Violation('Removal', `member ${id} was told that it is removed, and is not`);
    if (damaged.has(id)) continue;
    const running = cluster.running.get(id);
    if (running?.machine.text === leader.machine.text && running.member.status.committed === committed) continue;
    throw new Violation('Liveness', `member ${id} has not what its leader has, though all has been well for 12 s`);
  }
  const verdict = checkLinearizable(registerModel, history.operations);
  if (verdict.kind === 'undecided') {
    throw new Violation(
      'Decidability',
      `the history of ${verdict.part} is too hard to check: fewer clients, or more keys`,
    );
  }
  if (verdict.kind === 'not linearizable') throw new Violation('Linearizability', `\n${verdict.explain()}`);
}
