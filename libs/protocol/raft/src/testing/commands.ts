import { assert } from '@portolan/kernel';
import { firstConfiguration, type Configuration, type ConfigurationChange } from '../configuration.ts';
import type { Entry } from '../entry.ts';
import { logIndex, memberId, term, type MemberId } from '../ids.ts';
import type { Message } from '../message.ts';
import { DEFAULT_LIMITS } from '../options.ts';
import { Disk } from './disk.ts';
import { formatEntries, formatLog, formatStatus } from './format-log.ts';
import { formatMessage } from './format-message.ts';
import { idsOf, type Stage } from './stage.ts';

type Command = (stage: Stage, words: readonly string[]) => void;

/** What a transcript can do: the first word of a line, and what follows it. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  /** `limits electionTicks=5`: before any member. */
  limits(stage, words) {
    for (const word of words) {
      const [name = '', value] = word.split('=');
      assert(name in DEFAULT_LIMITS, `there is no limit ${name}`);
      stage.limits[name] = Number(value);
    }
  },
  /** `cluster 1 2 3 [learners 4]`: the first members of a cluster. */
  cluster(stage, words) {
    const configuration = configurationOf(words);
    for (const id of [...configuration.voters, ...configuration.learners])
      stage.cluster.add(id, new Disk(configuration));
  },
  /** `member 4`: it has nothing, and waits to be called. `member 4 of 1 2 4 term 3 log 1 1 3`: with a log of entries of these terms. */
  member(stage, [id = '', ...words]) {
    const { of = [], term: [now = '0'] = [], log = [] } = sections(words, ['of', 'term', 'log']);
    const disk = new Disk(firstConfiguration(idsOf(of)), entriesOf(log));
    disk.hardState = { ...disk.hardState, term: term(Number(now)) };
    stage.cluster.add(only(id), disk);
  },
  tick(stage, [id = '', times = '1']) {
    for (let count = 0; count < Number(times); count += 1)
      stage.act(only(id), (raft) => {
        raft.tick();
      });
  },
  /** `wake 1`: its process was stopped for long, and goes on. */
  wake(stage, [id = '']) {
    stage.act(only(id), (raft) => {
      raft.wake();
    });
  },
  /** `timeout 1`: time passes until it gives up its leader, or itself, and campaigns. */
  timeout(stage, [id = '']) {
    const isDone = (): boolean => stage.cluster.member(only(id)).raft?.status.role === 'pre-candidate';
    for (let count = 0; count < 3 * DEFAULT_LIMITS.electionTicks; count += 1) {
      const { changes } = stage;
      perform(stage, `tick ${id}`);
      if (stage.changes > changes && isDone()) return;
    }
  },
  /** `campaign 1`: without a pre-vote. */
  campaign(stage, [id = '']) {
    stage.act(only(id), (raft) => {
      raft.campaign();
    });
  },
  /** `elect 1 by 2 3`: these have heard no leader for long, and nobody else hears anything of it. */
  elect(stage, [id = '', , ...voters]) {
    const electorate = [only(id), ...idsOf(voters)];
    const { parcels } = stage.cluster.network;
    const before = parcels.length;
    stage.quietly(() => {
      for (const voter of idsOf(voters)) perform(stage, `timeout ${voter}`);
    });
    parcels.splice(before);
    perform(stage, `campaign ${id}`);
    const isVote = ({ kind, from, to }: Message): boolean =>
      (kind === 'vote' || kind === 'vote-response') && electorate.includes(from) && electorate.includes(to);
    stage.run(isVote);
    stage.quietly(() => {
      perform(stage, `drop ${id}→* vote`);
    });
  },
  /** `propose 1 x y`: in one loop. */
  propose(stage, [id = '', ...commands]) {
    stage.act(only(id), (raft) => {
      for (const command of commands) raft.propose(stage.ask(command), new TextEncoder().encode(command));
    });
  },
  read(stage, [id = '', ...names]) {
    stage.act(only(id), (raft) => {
      for (const name of names) raft.readIndex(stage.ask(name));
    });
  },
  /** `change 1 add-voter 4, remove 1` */
  change(stage, [id = '', ...words]) {
    stage.act(only(id), (raft) => {
      raft.proposeChange(changesOf(words), new Uint8Array(0));
    });
  },
  /** `transfer 1 to 2` */
  transfer(stage, [id = '', , to = '']) {
    stage.act(only(id), (raft) => {
      raft.transferLeadership(only(to));
    });
  },
  /** `unreachable 1 2`: 1 is told that what it has sent to 2 is probably lost. */
  unreachable(stage, [id = '', other = '']) {
    stage.act(only(id), (raft) => {
      raft.reportUnreachable(only(other));
    });
  },
  /** `snapshot 1 2 sent`: 1 is told what became of the contents of its snapshot for 2. */
  snapshot(stage, [id = '', other = '', outcome]) {
    assert(outcome === 'sent' || outcome === 'failed', 'a snapshot is sent or failed');
    stage.act(only(id), (raft) => {
      raft.reportSnapshot(only(other), outcome);
    });
  },
  /** `run`: every message arrives, in order, until there is none. `run 1 2`: those between these. */
  run(stage, words) {
    const among = words.length === 0 ? stage.ids : idsOf(words);
    stage.run(({ from, to }) => among.includes(from) && among.includes(to));
  },
  /** `deliver 1→2 [append]`: the oldest of the link. */
  deliver(stage, words) {
    if (!stage.deliver(choice(words))) stage.say('no such message');
  },
  /** `drop 1→2 [append]`, `drop *→2`: all of them. */
  drop(stage, words) {
    for (let parcel = take(stage, words); parcel !== undefined; parcel = take(stage, words))
      stage.say(`${formatMessage(parcel.message)} (lost)`);
  },
  /** `keep old 1→2 append`: on its way until `release old`. */
  keep(stage, [name = '', ...words]) {
    const parcel = take(stage, words);
    assert(parcel !== undefined, 'there is no such message');
    stage.kept.set(name, parcel);
  },
  /** `copy old 1→2 append`: arrives, and once more with `release old`. */
  copy(stage, [name = '', ...words]) {
    const parcel = stage.cluster.network.parcels.find(({ message }) => choice(words)(message));
    assert(parcel !== undefined, 'there is no such message');
    stage.kept.set(name, parcel);
  },
  release(stage, [name = '']) {
    const parcel = stage.kept.get(name);
    assert(parcel !== undefined, 'no message was kept under this name');
    stage.arrive(parcel);
  },
  /** `cut 1 2 from 3 4`, `cut 3`: nothing that is sent from now on arrives. */
  cut(stage, words) {
    const { cut = [], from = [] } = sections(['cut', ...words], ['cut', 'from']);
    const side = idsOf(cut);
    stage.cluster.network.cut(side, from.length > 0 ? idsOf(from) : stage.ids.filter((id) => !side.includes(id)));
  },
  heal(stage) {
    stage.cluster.network.heal();
  },
  /** `disk 1 slow`: it writes when it is told to. */
  disk(stage, [id = '', speed]) {
    if (speed === 'slow') stage.cluster.member(only(id)).diskIsSlow = true;
    else stage.cluster.makeFast(only(id));
  },
  /** `write 1`: the oldest write of a slow disk is done. */
  write(stage, [id = '']) {
    stage.cluster.write(only(id));
  },
  /** `crash 1`; `crash 1 after 1`: that many writes were done and not confirmed. */
  crash(stage, [id = '', , writes = '0']) {
    stage.cluster.crash(only(id), Number(writes));
  },
  restart(stage, [id = '']) {
    stage.cluster.restart(only(id));
  },
  /** `compact 1 at 5 [keep 2]` */
  compact(stage, [id = '', ...words]) {
    const { at: [at = '0'] = [], keep: [keep = '0'] = [] } = sections(words, ['at', 'keep']);
    stage.cluster.compact(only(id), logIndex(Number(at)), Number(keep));
  },
  logs(stage, words) {
    for (const id of words.length === 0 ? stage.ids : idsOf(words)) stage.say(formatLog(stage.cluster.member(id)));
  },
  disks(stage, words) {
    for (const id of words.length === 0 ? stage.ids : idsOf(words)) {
      const { hardState, entries } = stage.cluster.member(id).disk;
      const vote = hardState.vote === undefined ? '' : ` vote ${hardState.vote}`;
      stage.say(
        `${id} on disk: term ${hardState.term}${vote}${entries.length === 0 ? '' : `, ${formatEntries(entries)}`}`,
      );
    }
  },
  status(stage, words) {
    for (const id of words.length === 0 ? stage.ids : idsOf(words)) stage.say(formatStatus(stage.cluster.member(id)));
  },
  /** `quietly run`: nothing is told. */
  quietly(stage, words) {
    stage.quietly(() => {
      perform(stage, words.join(' '));
    });
  },
};

export function perform(stage: Stage, line: string): void {
  const [name = '', ...words] = line.split(' ');
  const command = COMMANDS[name];
  assert(command !== undefined, `there is no command ${name}`);
  command(stage, words);
}

const only = (word: string): MemberId => memberId(BigInt(word));

/** Words by the keyword before them. */
function sections(words: readonly string[], keywords: readonly string[]): Readonly<Partial<Record<string, string[]>>> {
  const found: Record<string, string[]> = {};
  let current: string[] = [];
  for (const word of words) {
    if (keywords.includes(word)) found[word] = current = [];
    else current.push(word);
  }
  return found;
}

function configurationOf(words: readonly string[]): Configuration {
  const { voters = [], learners = [] } = sections(['voters', ...words], ['voters', 'learners']);
  return { ...firstConfiguration(idsOf(voters)), learners: idsOf(learners) };
}

/** Entries that say nothing, of these terms. */
const entriesOf = (terms: readonly string[]): readonly Entry[] =>
  terms.map((word, place) => ({ kind: 'empty', index: logIndex(place + 1), term: term(Number(word)) }));

function changesOf(words: readonly string[]): readonly ConfigurationChange[] {
  return words
    .join(' ')
    .split(', ')
    .map((change): ConfigurationChange => {
      const [kind, id = ''] = change.split(' ');
      assert(kind === 'add-voter' || kind === 'add-learner' || kind === 'remove', `there is no change ${change}`);
      return { kind, member: only(id) };
    });
}

/** `1→2 append`, `*→2`: which messages. */
function choice([link = '', kind]: readonly string[]): (message: Message) => boolean {
  const [from, to] = link.split('→');
  return (message) =>
    (from === '*' || from === String(message.from)) &&
    (to === '*' || to === String(message.to)) &&
    (kind === undefined || kind === message.kind);
}

const take = (stage: Stage, words: readonly string[]): ReturnType<Stage['cluster']['network']['take']> =>
  stage.cluster.network.take(choice(words));
