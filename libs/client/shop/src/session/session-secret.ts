import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { SESSION_SECRET_BYTES_MIN } from './sessions.ts';

const FILE = 'session-secret';

/** The file that keeps the secret can be neither read nor made. */
export class SessionSecretError extends PortolanError {
  readonly code = 'SHOP_SESSION_SECRET';
  readonly kind: ErrorKind = 'precondition';
}

/**
 * The secret of a BFF for which nobody configured one: made at the first start, kept in `dataDir` where only this user can read it,
 * so that sessions outlive a restart and instances beside each other know each other's.
 * @throws SessionSecretError
 */
export async function keptSessionSecret(dataDir: string): Promise<Uint8Array> {
  const path = join(dataDir, FILE);
  try {
    await mkdir(dataDir, { recursive: true });
    await writeOnce(path, randomBytes(SESSION_SECRET_BYTES_MIN).toString('base64url'));
    const secret = Buffer.from(await readFile(path, 'utf8'), 'base64url');
    if (secret.length >= SESSION_SECRET_BYTES_MIN) return secret;
  } catch (cause) {
    throw new SessionSecretError(`the session secret in ${path} cannot be used`, {
      fix: `make ${dataDir} writable, or set PORTOLAN_SESSION_SECRET`,
      context: { path },
      cause,
    });
  }
  throw new SessionSecretError(`the session secret in ${path} is too short`, {
    fix: `delete ${path}: a new one is made, and everybody logs in again`,
    context: { path },
  });
}

/** Whoever comes first writes; a process that dies in between leaves no half file under the name. */
async function writeOnce(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, text, { mode: 0o600 });
  try {
    await link(draft, path);
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    if (code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
}
