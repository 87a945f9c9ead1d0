import type { Entry } from '../../entry.ts';
import type { LogIndex, MemberId, Term } from '../../ids.ts';
import type { Placement, ReadAnswer } from '../../ready.ts';
import { formatData } from '../format-log.ts';
import type { Ledger } from './ledger.ts';
import { must } from './violation.ts';

interface Place {
  readonly index: LogIndex;
  readonly term: Term;
}

/** What clients were told, against what came of it. Each proposal says something else, so that the log tells them apart. */
export class Clients {
  readonly #proposals = new Map<number, string>();
  readonly #placed = new Map<number, Place>();
  readonly #refused = new Set<string>();
  readonly #ended = new Set<number>();
  readonly #committed = new Map<string, Place>();
  readonly #reads = new Map<number, LogIndex>();
  /** Who was asked, by the token that has no answer yet. */
  readonly #asked = new Map<number, MemberId>();
  #token = 0;
  confirmedReads = 0;

  /** @returns a token, and what to propose with it to `asked` */
  proposal(asked: MemberId): { readonly token: number; readonly command: string } {
    this.#token += 1;
    // Of different lengths, some beyond a limit by themselves.
    const command = `c${this.#token}`.padEnd(this.#token % 7 === 0 ? (this.#token * 13) % 300 : 0, '.');
    this.#proposals.set(this.#token, command);
    this.#asked.set(this.#token, asked);
    return { token: this.#token, command };
  }

  /** The call itself failed. */
  refusedAtOnce(token: number): void {
    this.placement({ kind: 'refused', token, reason: 'not-leader' });
  }

  placement(placement: Placement): void {
    const { token } = placement;
    const command = this.#proposals.get(token) ?? '';
    must(!this.#ended.has(token), 'Placement', () => `the fate of ${command} is told twice`);
    this.#ended.add(token);
    this.#asked.delete(token);
    if (placement.kind === 'placed') this.#placed.set(token, placement);
    if (placement.kind !== 'refused') return;
    this.#refused.add(command);
    must(!this.#committed.has(command), 'Placement', () => `${command} is refused, and was committed`);
  }

  committed(entry: Entry): void {
    if (entry.kind !== 'command') return;
    const command = formatData(entry.data);
    must(!this.#refused.has(command), 'Placement', () => `${command} was refused, and is committed`);
    must(!this.#committed.has(command), 'Placement', () => `${command} is committed twice`);
    this.#committed.set(command, entry);
  }

  /** @param ledger whose entries are final: an entry is what was proposed there, or was lost. */
  checkPlaces(ledger: Ledger): void {
    for (const [token, { index, term }] of this.#placed) {
      const entry = ledger.entryAt(index);
      const command = this.#proposals.get(token);
      const isMine = entry?.kind === 'command' && formatData(entry.data) === command;
      const isTrue = entry === undefined || (entry.term === term) === isMine;
      must(isTrue, 'Placement', () => `${command} was placed at ${term}/${index}, where something else is`);
    }
  }

  /** @param committed by any leader, when the read is asked */
  read(asked: MemberId, committed: LogIndex): number {
    this.#token += 1;
    this.#asked.set(this.#token, asked);
    this.#reads.set(this.#token, committed);
    return this.#token;
  }

  answer(answer: ReadAnswer): void {
    const committed = this.#reads.get(answer.token);
    must(committed !== undefined, 'Reads (§8)', () => 'a read is answered twice');
    this.#reads.delete(answer.token);
    this.#asked.delete(answer.token);
    if (answer.kind === 'dropped') return;
    this.confirmedReads += 1;
    const { index } = answer;
    must(index >= committed, 'Reads (§8)', () => `a read is confirmed at ${index}, ${committed} was committed before`);
  }

  /** It has crashed: who asked it hears nothing more. */
  forget(member: MemberId): void {
    for (const [token, asked] of this.#asked) if (asked === member) this.#asked.delete(token);
  }

  /** Everybody is told something, in the end. */
  checkAnswers(): void {
    const [token] = this.#asked.keys();
    must(
      token === undefined,
      'Answers',
      () => `nobody tells what became of ${token}, asked at ${this.#asked.get(token ?? 0)}`,
    );
  }
}
