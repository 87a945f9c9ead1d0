import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** Something on disk that is not what a member wrote, or does not fit the rest. */
export interface Damage {
  readonly code: string;
  readonly file: string;
  /** Of the first byte that is wrong, or of what it belongs to. */
  readonly offset: number;
  readonly what: string;
  readonly fix: string;
}

/** A damaged disk may have one in every record: more of them tell nobody anything new. */
export const DAMAGES_MAX = 1_000;

export function damageAt({ code, message, fix }: PortolanError, file: string, offset: number): Damage {
  const place = `${file}, byte ${offset}: `;
  return { code, file, offset, what: message.startsWith(place) ? message.slice(place.length) : message, fix };
}

/** Records that can't all be true: each can be read, but no member writes them one after the other. */
export class ContradictoryLogError extends PortolanError {
  readonly code = 'CLI_LOG_CONTRADICTORY';
  readonly kind: ErrorKind = 'internal';

  constructor(what: string) {
    super(what, { fix: 'report it with a copy of the data folder, and let this member rejoin with an empty one' });
  }
}

/** There is no member's data where the operator said. */
export class NoMemberDataError extends PortolanError {
  readonly code = 'CLI_NO_MEMBER_DATA';
  readonly kind: ErrorKind = 'not-found';

  constructor(folder: string, why: string) {
    super(`${folder} is no data folder of a registry member: ${why}`, {
      fix: "give the folder that the member was started with as --data-dir, which has its log in 'wal'",
      context: { folder },
    });
  }
}
