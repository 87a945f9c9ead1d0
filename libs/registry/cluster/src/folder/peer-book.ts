import { join } from 'node:path';
import { memberId } from '@portolan/raft';
import type { MemberAddresses } from '@portolan/raft-peers';
import { z } from 'zod';
import { formatId, hexId } from './member-file.ts';
import { readWholeFile, writeWholeFile } from './whole-file.ts';

const BOOK_NAME = 'peers.json';

const BookFile = z.strictObject({
  formatVersion: z.literal(1),
  members: z.array(
    z.strictObject({ id: hexId, name: z.string(), version: z.int().min(0), addresses: z.array(z.string()) }),
  ),
});

/** Where members were when they were last heard of: hints, so a file that cannot be read is none. */
export async function readPeerBook(folder: string): Promise<readonly MemberAddresses[]> {
  const text = await readWholeFile(join(folder, BOOK_NAME));
  if (text === undefined) return [];
  const file = BookFile.safeParse(parsed(text));
  return file.success ? file.data.members.map(({ id, ...rest }) => ({ ...rest, member: memberId(id) })) : [];
}

export async function writePeerBook(folder: string, book: readonly MemberAddresses[]): Promise<void> {
  const members = book.map(({ member, name, version, addresses }) => ({
    id: formatId(member),
    name,
    version,
    addresses,
  }));
  await writeWholeFile(join(folder, BOOK_NAME), `${JSON.stringify({ formatVersion: 1, members }, undefined, 2)}\n`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
