import type { Catalog, CatalogSession, HostSession } from '@portolan/catalog';
import { decodeInstanceName, decodeOpenSession, decodeRegistrationRequest, decodeReport } from '@portolan/catalog/wire';
import type { SessionRequest, SessionResponse } from '@portolan/contracts/catalog';
import { abortable, PortolanError, type Principal } from '@portolan/kernel';
import { errorDetailOf, type CallContext } from '@portolan/rpc';
import { untilAborted } from '@portolan/rpc/serving';
import { EmptyRequestError, NoHostSessionError, SessionOrderError } from './errors.ts';
import { goingAway } from './going-away.ts';
import type { LeaderWatch } from './leader-watch.ts';
import type { NativeLoad } from './native-load.ts';

/**
 * One registering process. Requests are answered one after another, in their order: what waits meanwhile is bounded by
 * the flow control of the connection. One that fails is answered so, and the stream goes on.
 *
 * How it ends decides what becomes of its instances. The client closes its side after it has deregistered them: goodbye, the
 * lease goes too. It breaks, or is closed before that, which is how a cancelled call may look here: the grace begins. This node drains, or
 * has lost its leader: nothing is said of them, since it is not the client that went away; it goes on elsewhere, or the lease ends.
 */
export async function* serveSession(
  catalog: Catalog,
  requests: AsyncIterable<SessionRequest>,
  { principal, signal, draining }: CallContext,
  load: NativeLoad,
  leader: LeaderWatch | undefined,
): AsyncGenerator<SessionResponse, void, undefined> {
  using away = goingAway(draining, leader);
  const asked = untilAborted(requests, away.signal);
  const first = await asked.next();
  away.signal.throwIfAborted();
  // Of a client that is gone by now: it may have gone on elsewhere, which a session that begins now would end.
  if (first.done === true || signal.aborted) return;
  const session = await openSession(catalog, first.value, principal);
  let closed = false;
  load.sessions += 1;
  try {
    yield { id: first.value.id, response: { $case: 'opened', value: openedAnswer(session) } };
    for await (const request of asked) yield await abortable(answer(session, request), away.leaderless);
    away.signal.throwIfAborted();
    if (!session.isEmpty) return;
    closed = true;
    await session.close();
  } finally {
    load.sessions -= 1;
    if (away.signal.aborted) session.leave();
    else if (!closed) session.broken();
  }
}

function openSession(
  catalog: Catalog,
  { request }: SessionRequest,
  principal: Principal,
): Promise<CatalogSession | HostSession> {
  if (request?.$case !== 'open') throw new SessionOrderError(request?.$case ?? 'nothing', 'first');
  const { host, ...open } = decodeOpenSession(request.value);
  if (host === undefined) return catalog.openSession({ principal, ...open });
  return catalog.openHostSession({ principal, ttlSeconds: open.ttlSeconds, claim: host });
}

type Opened = Extract<SessionResponse['response'], { $case: 'opened' }>['value'];

function openedAnswer({ lease, ttlSeconds, incarnation, resumed }: CatalogSession): Opened {
  return { lease, ttlSeconds, incarnation, resumed };
}

async function answer(
  session: CatalogSession | HostSession,
  { id, request }: SessionRequest,
): Promise<SessionResponse> {
  try {
    return { id, response: await respond(session, request) };
  } catch (error) {
    if (!(error instanceof PortolanError)) throw error;
    return { id, response: { $case: 'failed', value: errorDetailOf(error) } };
  }
}

async function respond(
  session: CatalogSession | HostSession,
  request: SessionRequest['request'],
): Promise<NonNullable<SessionResponse['response']>> {
  switch (request?.$case) {
    case 'register': {
      const { registration, checks } = decodeRegistrationRequest(request.value);
      return visibleAt(await session.register(registration, checks));
    }
    case 'deregister':
      return visibleAt(await session.deregister(decodeInstanceName(request.value)));
    case 'report': {
      const { instance, check } = decodeReport(request.value);
      return visibleAt(await session.reportCheck(instance, check));
    }
    case 'renew':
      return { $case: 'renewed', value: await session.renew() };
    case 'forgetEviction':
      if (!('forgetEviction' in session)) throw new NoHostSessionError();
      return visibleAt(await session.forgetEviction(decodeInstanceName(request.value)));
    case 'open':
      throw new SessionOrderError('open', 'later');
    case undefined:
      throw new EmptyRequestError('a session request');
    default:
      return request satisfies never;
  }
}

const visibleAt = (revision: number): NonNullable<SessionResponse['response']> => ({
  $case: 'revision',
  value: BigInt(revision),
});
