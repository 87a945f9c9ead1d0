import * as proto from '@portolan/contracts/kv-command';
import { checkedInteger, unreachable } from '@portolan/kernel';
import { MalformedCommandError, UnknownCommandError } from '../errors.ts';
import { leaseId, revision, sessionId } from '../ids.ts';
import type { Command } from '../machine/command.ts';
import { COMMAND_FORMAT, FIRST_COMMAND_FORMAT, formatOf } from '../machine/command-format.ts';
import { ownTxn } from '../own-txn.ts';
import { decodeAlarm, encodeAlarm } from '../wire/alarm.ts';
import { decodeLimits, encodeLimits } from '../wire/limits.ts';
import { readPuts } from '../wire/read-puts.ts';
import { decodeKeyspace, encodeKeyspace } from '../wire/scalars.ts';
import { decodeNested, encodeNested } from '../wire/txn.ts';
import { WireReader } from '../wire/wire-reader.ts';

/** Field 1, a varint. */
const FORMAT_TAG = 0x08;
/** Its tag, and the first format. */
const FORMAT_BYTES = 2;
/** Field 2, a message. */
const TXN_TAG = 0x12;

/** Of a grant: user. */
const KEYSPACE_UNSPECIFIED = 0;

/** Of 32 bits. */
const VARINT_BYTES_MAX = 5;

type Writer = ReturnType<typeof proto.Command.encode>;

/** Kept, because growing a new one costs more than writing a command; finishing leaves it empty, with the room it has. */
let writer = createWriter();

const reader = new WireReader();

function createWriter(): Writer {
  const created = proto.Command.encode(proto.Command.create({}));
  created.finish();
  return created;
}

/** Hot path: once per write, here and in each member that applies it. */
export function encodeCommand(command: Command): Uint8Array {
  try {
    return proto.Command.encode({ format: formatOf(command), command: toProto(command) }, writer).finish();
  } catch (error) {
    // Half a command is in it.
    writer = createWriter();
    throw error;
  }
}

/**
 * Shares nothing with `bytes`.
 * @param known the highest format; lower than the default: as an older version reads it
 * @throws UnknownCommandError, MalformedCommandError: a member that gets either must stop, for what it skips others apply
 */
export function decodeCommand(bytes: Uint8Array, known: number = COMMAND_FORMAT): Command {
  const format = bytes[0] === FORMAT_TAG ? varintAt(bytes, 1) : 0;
  if (format > known) throw new UnknownCommandError('format', format, known);
  if (format < FIRST_COMMAND_FORMAT) throw new MalformedCommandError('it does not begin with a format');
  const puts = decodePuts(bytes);
  if (puts !== undefined) return puts;
  const command = decodeProto(bytes);
  if (command === undefined) throw new UnknownCommandError('kind', varintAt(bytes, 2) >>> 3, known);
  const decoded = readProto(command);
  if (formatOf(decoded) > format) throw new MalformedCommandError(`its ${command.$case} is of a later format`);
  return decoded;
}

/** Hot path: each entry of each member that has not proposed it. As the generated codec, which reads all others. */
function decodePuts(bytes: Uint8Array): Command | undefined {
  if (bytes[1] !== FIRST_COMMAND_FORMAT) return undefined;
  reader.begin(bytes, FORMAT_BYTES, bytes.length);
  if (reader.tag() !== TXN_TAG) return undefined;
  const outer = reader.enter();
  const puts = readPuts(reader);
  reader.leave(outer);
  if (puts === undefined || reader.hasMore || reader.isOdd) return undefined;
  const { success, idempotency } = puts;
  return { kind: 'txn', txn: { compares: [], success, failure: [] }, idempotency };
}

function readProto(command: NonNullable<proto.Command['command']>): Command {
  try {
    return fromProto(command);
  } catch (error) {
    throw new MalformedCommandError(`its ${command.$case} makes no sense`, error);
  }
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
      return {
        $case: 'grant',
        value: {
          id: command.id,
          ttlSeconds: BigInt(command.ttlSeconds),
          keyspace: command.keyspace === undefined ? KEYSPACE_UNSPECIFIED : encodeKeyspace(command.keyspace),
        },
      };
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
    case 'activate':
      return { $case: 'activate', value: { format: command.format } };
    case 'raise-alarm':
      return { $case: 'raiseAlarm', value: { alarm: encodeAlarm(command.alarm) } };
    case 'disarm-alarm':
      return { $case: 'disarmAlarm', value: { alarm: encodeAlarm(command.alarm) } };
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
      const { id, ttlSeconds, keyspace } = command.value;
      const grant = { kind: 'grant', id: leaseId(id), ttlSeconds: checkedInteger(ttlSeconds, 'ttl_seconds') } as const;
      const name = keyspace === KEYSPACE_UNSPECIFIED ? 'user' : decodeKeyspace(keyspace);
      return name === 'user' ? grant : { ...grant, keyspace: name };
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
    case 'activate':
      return { kind: 'activate', format: command.value.format };
    case 'raiseAlarm':
      return { kind: 'raise-alarm', alarm: decodeAlarm(command.value.alarm) };
    case 'disarmAlarm':
      return { kind: 'disarm-alarm', alarm: decodeAlarm(command.value.alarm) };
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
