import { assert, type Clock, type Rng } from '@portolan/kernel';
import { drawDelay } from '../delay.ts';
import type { Gate } from '../gate.ts';
import type { EventLog, LoggedEvent } from '../log/event-log.ts';
import type { Cut } from './cut.ts';
import { LAN, type LinkConditions } from './link-conditions.ts';

export interface VirtualNetworkOptions<Message> {
  /** The world's. */
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log?: EventLog;
  /** Of every link that has none of its own. Default: `LAN`. */
  readonly conditions?: LinkConditions;
  /**
   * `connection` (default): a message for a process that has ended reaches nobody, not even its successor, as over TCP.
   * `datagram`: it reaches whoever has joined by its name when it arrives, as over UDP.
   */
  readonly transport?: 'connection' | 'datagram';
  /** For the log. */
  readonly describe?: (message: Message) => string;
  /** Done at `send`, as encoding would: what the sender changes afterwards, the receiver does not see. Default: the same object. */
  readonly copy?: (message: Message) => Message;
}

/** A process as the network knows it: `HostLife` is one. */
export interface Member extends Gate {
  readonly host: string;
}

export interface Endpoint<Message> {
  /** Never fails, and tells nobody whether the message arrives. From a dead process, it does not. */
  send(to: string, message: Message): void;
  /** Nothing arrives any more. */
  leave(): void;
}

/** Messages between hosts, by name. What it does to them can be changed at any time. */
export class VirtualNetwork<Message> {
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #log: EventLog | undefined;
  readonly #transport: 'connection' | 'datagram';
  readonly #describe: (message: Message) => string;
  readonly #copy: (message: Message) => Message;
  readonly #joined = new Map<string, Joined<Message>>();
  readonly #links = new Map<string, Map<string, Link>>();
  readonly #cuts = new Set<Cut>();
  #conditions: LinkConditions;
  #sent = 0;
  #delivered = 0;

  constructor(options: VirtualNetworkOptions<Message>) {
    this.#clock = options.clock;
    this.#rng = options.rng;
    this.#log = options.log;
    this.#conditions = options.conditions ?? LAN;
    this.#transport = options.transport ?? 'connection';
    this.#describe = options.describe ?? String;
    this.#copy = options.copy ?? ((message) => message);
  }

  /**
   * @param member whose name others send to; one at a time per name
   * @param receive is called in the life of the member
   */
  join(member: Member, receive: (from: string, message: Message) => void): Endpoint<Message> {
    const present = this.#joined.get(member.host);
    assert(present?.member.isAlive !== true, `${member.host} has joined already`);
    const joined: Joined<Message> = { member, receive };
    this.#joined.set(member.host, joined);
    return {
      send: (to, message) => {
        this.#send(joined, to, message);
      },
      leave: () => {
        if (this.#joined.get(member.host) === joined) this.#joined.delete(member.host);
      },
    };
  }

  /** Cuts links until the cut is healed: messages on their way are lost too. @returns the same cut */
  cut(cut: Cut): Cut {
    this.#cuts.add(cut);
    this.#log?.note(cut.label);
    return cut;
  }

  heal(cut: Cut): void {
    if (this.#cuts.delete(cut)) this.#log?.note(`healed: ${cut.label}`);
  }

  healAll(): void {
    for (const cut of [...this.#cuts]) this.heal(cut);
  }

  /** Of every link that has none of its own. */
  setConditions(conditions: LinkConditions): void {
    this.#conditions = conditions;
  }

  /** Of one direction of one link. `undefined`: those of all. */
  setLinkConditions(from: string, to: string, conditions: LinkConditions | undefined): void {
    this.#link(from, to).conditions = conditions;
  }

  get counts(): { readonly sent: number; readonly delivered: number } {
    return { sent: this.#sent, delivered: this.#delivered };
  }

  #send(sender: Joined<Message>, to: string, original: Message): void {
    if (!sender.member.isAlive) return;
    this.#sent += 1;
    const from = sender.member.host;
    const message = this.#copy(original);
    const cut = this.#cutting(from, to);
    const link = this.#link(from, to);
    const conditions = link.conditions ?? this.#conditions;
    if (cut !== undefined) this.#record(from, to, message, `dropped by ${cut.label}`);
    else if (this.#happens(conditions.dropChance)) this.#record(from, to, message, 'dropped by chance');
    else {
      const isOrdered = !this.#happens(conditions.reorderChance);
      const drawnMs = drawDelay(conditions.delay, this.#rng);
      this.#carry(from, to, message, isOrdered ? this.#inOrder(link, drawnMs) : drawnMs, 'sent');
      if (!this.#happens(conditions.duplicateChance)) return;
      this.#carry(from, to, message, drawDelay(conditions.delay, this.#rng), 'sent again by the network');
    }
  }

  /** @returns `delayMs`, or more when otherwise the message would overtake one before it */
  #inOrder(link: Link, delayMs: number): number {
    const now = this.#clock.now();
    let inOrderMs = Math.max(delayMs, link.lastArrival - now);
    while (now + inOrderMs < link.lastArrival) inOrderMs += link.lastArrival * Number.EPSILON; // the sum was rounded down
    link.lastArrival = now + inOrderMs;
    return inOrderMs;
  }

  #carry(from: string, to: string, message: Message, delayMs: number, what: string): void {
    const receiver = this.#joined.get(to);
    this.#record(from, to, message, what);
    this.#clock.after(delayMs, () => {
      this.#arrive(from, to, message, receiver);
    });
  }

  #arrive(from: string, to: string, message: Message, expected: Joined<Message> | undefined): void {
    const cut = this.#cutting(from, to);
    const receiver = this.#joined.get(to);
    if (cut !== undefined) this.#record(from, to, message, `dropped by ${cut.label}`);
    else if (receiver?.member.isAlive !== true) this.#record(from, to, message, `dropped: ${to} is down`);
    else if (receiver !== expected && this.#transport === 'connection') {
      this.#record(from, to, message, `dropped: ${to} has restarted`);
    } else {
      receiver.member.enter('delivery', () => {
        if (this.#joined.get(to) !== receiver) return;
        this.#delivered += 1;
        this.#record(from, to, message, 'delivered');
        receiver.receive(from, message);
      });
    }
  }

  #cutting(from: string, to: string): Cut | undefined {
    for (const cut of this.#cuts) if (cut.cuts(from, to)) return cut;
    return undefined;
  }

  /** Draws nothing when it cannot happen: what is switched off changes no other fate. */
  #happens(chance: number): boolean {
    return chance > 0 && this.#rng.float() < chance;
  }

  #link(from: string, to: string): Link {
    let links = this.#links.get(from);
    if (links === undefined) this.#links.set(from, (links = new Map<string, Link>()));
    let link = links.get(to);
    if (link === undefined) links.set(to, (link = { lastArrival: 0, conditions: undefined }));
    return link;
  }

  #record(from: string, to: string, message: Message, what: string): void {
    this.#log?.add(new MessageEvent(this.#clock.now(), from, to, message, what, this.#describe));
  }
}

interface Joined<Message> {
  readonly member: Member;
  readonly receive: (from: string, message: Message) => void;
}

interface Link {
  /** Of what is held to its order. */
  lastArrival: number;
  conditions: LinkConditions | undefined;
}

class MessageEvent<Message> implements LoggedEvent {
  readonly at: number;
  readonly #from: string;
  readonly #to: string;
  readonly #message: Message;
  readonly #what: string;
  readonly #describe: (message: Message) => string;

  constructor(
    at: number,
    from: string,
    to: string,
    message: Message,
    what: string,
    describe: (message: Message) => string,
  ) {
    this.at = at;
    this.#from = from;
    this.#to = to;
    this.#message = message;
    this.#what = what;
    this.#describe = describe;
  }

  describe(): string {
    return `${this.#from} → ${this.#to}  ${this.#describe(this.#message)}  ${this.#what}`;
  }
}
