import * as proto from '@portolan/contracts/kv-command';
import { checkedInteger, unreachable } from '@portolan/kernel';
import { MalformedCommandError, UnknownCommandError } from '../errors.ts';
import { leaseId, revision, sessionId } from '../ids.ts';
import type { Command } from '../machine/command.ts';
import { ownTxn } from '../own-txn.ts';
import { decodeLimits, encodeLimits } from '../wire/limits.ts';
import { decodeKeyspace, encodeKeyspace } from '../wire/scalars.ts';
import { decodeNested, encodeNested } from '../wire/txn.ts';

/** Of every command that is written. One more whenever a member of before would not understand all of a command. */
export const COMMAND_FORMAT = 1;

/** Field 1, a varint. */
const FORMAT_TAG = 0x08;

/** Of 32 bits. */
const VARINT_BYTES_MAX = 5;

type Writer = ReturnType<typeof proto.Command.encode>;

/** Kept, because growing a new one costs more than writing a command; finishing leaves it empty, with the room it has. */
let writer = createWriter();

function createWriter(): Writer {
  const created = proto.Command.encode(proto.Command.create({}));
  created.finish();
  return created;
}

/** Hot path: once per write, here and in each member that applies it. */
export function encodeCommand(command: Command): Uint8Array {
  try {
    return proto.Command.encode({ format: COMMAND_FORMAT, command: toProto(command) }, writer).finish();
  } catch (error) {
    // Half a command is in it.
    writer = createWriter();
    throw error;
  }
}

/**
 * Shares nothing with `bytes`.
 * @throws UnknownCommandError, MalformedCommandError: a member that gets either must stop, for what it skips others apply
 */
export function decodeCommand(bytes: Uint8Array): Command {
  if (bytes[0] !== FORMAT_TAG || bytes[1] !== COMMAND_FORMAT) throw formatError(bytes);
  const command = decodeProto(bytes);
  if (command === undefined) throw new UnknownCommandError('kind', varintAt(bytes, 2) >>> 3, COMMAND_FORMAT);
  try {
    return fromProto(command);
  } catch (error) {
    throw new MalformedCommandError(`its ${command.$case} makes no sense`, error);
  }
}

/** Looked at before anything else: a later format may be something else altogether. */
function formatError(bytes: Uint8Array): UnknownCommandError | MalformedCommandError {
  const format = bytes[0] === FORMAT_TAG ? varintAt(bytes, 1) : 0;
  if (format > COMMAND_FORMAT) return new UnknownCommandError('format', format, COMMAND_FORMAT);
  return new MalformedCommandError('it does not begin with a format');
}

function decodeProto(bytes: Uint8Array): proto.Command['command'] {
  try {
    return proto.Command.decode(bytes).command;
  } catch (error) {
    throw new MalformedCommandError('it is not whole', error);
  }
}

function toProto(command: Command): proto.Command['command'] {
  switch (command.kind) {
    case 'txn': {
      const { compares, success, failure } = encodeNested(command.txn);
      const { session = 0n, sequence = 0 } = command.idempotency ?? {};
      return { $case: 'txn', value: { compares, success, failure, session, sequence: BigInt(sequence) } };
    }
    case 'grant':
      return { $case: 'grant', value: { id: command.id, ttlSeconds: BigInt(command.ttlSeconds) } };
    case 'revoke':
      return { $case: 'revoke', value: { id: command.id } };
    case 'expire': {
      const leases = command.leases.map(({ id, grantedAt }) => ({ id, grantedAt: BigInt(grantedAt) }));
      return { $case: 'expire', value: { term: BigInt(command.term), leases } };
    }
    case 'compact': {
      const keyspace = encodeKeyspace(command.keyspace);
      return { $case: 'compact', value: { keyspace, revision: BigInt(command.revision) } };
    }
    case 'limit':
      return { $case: 'limit', value: encodeLimits(command.limits) };
    default:
      return unreachable(command);
  }
}

function fromProto(command: NonNullable<proto.Command['command']>): Command {
  switch (command.$case) {
    case 'txn': {
      const { session, sequence } = command.value;
      const idempotency =
        session === 0n ? undefined : { session: sessionId(session), sequence: checkedInteger(sequence, 'sequence') };
      return { kind: 'txn', txn: ownTxn(decodeNested(command.value)), idempotency };
    }
    case 'grant': {
      const { id, ttlSeconds } = command.value;
      return { kind: 'grant', id: leaseId(id), ttlSeconds: checkedInteger(ttlSeconds, 'ttl_seconds') };
    }
    case 'revoke':
      return { kind: 'revoke', id: leaseId(command.value.id) };
    case 'expire': {
      const leases = command.value.leases.map(({ id, grantedAt }) => ({
        id: leaseId(id),
        grantedAt: checkedInteger(grantedAt, 'granted_at'),
      }));
      return { kind: 'expire', term: checkedInteger(command.value.term, 'term'), leases };
    }
    case 'compact': {
      const { keyspace, revision: at } = command.value;
      return { kind: 'compact', keyspace: decodeKeyspace(keyspace), revision: revision(at) };
    }
    case 'limit':
      return { kind: 'limit', limits: decodeLimits(command.value) };
    default:
      return unreachable(command);
  }
}

/** 0 when nothing is there. */
function varintAt(bytes: Uint8Array, start: number): number {
  let value = 0;
  for (let index = 0; index < VARINT_BYTES_MAX; index += 1) {
    const byte = bytes[start + index] ?? 0;
    value |= (byte & 0x7f) << (7 * index);
    if (byte < 0x80) break;
  }
  return value >>> 0;
}
