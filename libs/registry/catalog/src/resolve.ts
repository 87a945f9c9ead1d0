import type { Header } from '@portolan/kv';
import type { Owner, Query, Reason, Resolution, Verdict } from './model.ts';
import type { KnownCheck, KnownInstance } from './records.ts';

/**
 * The answer to a query and the reasons for it, which are one thing: an instance is in the answer when nothing speaks
 * against it, and asked to explain, all that does is told.
 * @param known all instances of the service at one revision
 * @param at that revision
 */
export function resolve(known: readonly KnownInstance[], query: Query, at: Header, explain: boolean): Resolution {
  const { incarnation, revision } = at;
  if (!explain) {
    const included = known.filter((one) => against(one, query).next().done === true);
    return { incarnation, revision, instances: included.map(({ instance }) => instance), verdicts: [] };
  }
  const verdicts = known.map((one) => judge(one, query));
  const instances = known.filter((_, index) => verdicts[index]?.included).map(({ instance }) => instance);
  return { incarnation, revision, instances, verdicts };
}

/** Of one that is left out, what leaves it out; of one that is in, what keeps it in. */
function judge(known: KnownInstance, query: Query): Verdict {
  const instanceId = known.instance.registration.id;
  const reasons = [...against(known, query)];
  if (reasons.length > 0) return { instanceId, included: false, reasons };
  const held: Reason = { kind: 'lease', detail: heldBy(known.instance.owner), revision: known.registeredAt };
  return { instanceId, included: true, reasons: [...known.checks.map(checkReason), held] };
}

/** What speaks against an instance, one after another: who does not explain stops at the first. */
function* against(known: KnownInstance, query: Query): Generator<Reason, void, undefined> {
  const filtered = (detail: string): Reason => ({ kind: 'filter', detail, revision: known.registeredAt });
  const { registration } = known.instance;
  const { portName, tags = [], metadata = {} } = query;
  if (portName !== undefined && !registration.ports.some(({ name }) => name === portName)) {
    const names = registration.ports.map(({ name }) => name).join(', ');
    yield filtered(`no port is named ${portName}; it has ${names}`);
  }
  for (const tag of tags) {
    if (!registration.tags.includes(tag)) yield filtered(`it does not carry the tag ${tag}`);
  }
  for (const [key, wanted] of Object.entries(metadata)) {
    const has = Object.hasOwn(registration.metadata, key) ? registration.metadata[key] : undefined;
    if (has === undefined) yield filtered(`its metadata has no ${key}; asked for was ${wanted}`);
    else if (has !== wanted) yield filtered(`its metadata ${key} is ${has}; asked for was ${wanted}`);
  }
  if (query.includeUnhealthy === true) return;
  for (const one of known.checks) if (one.check.status !== 'passing') yield checkReason(one);
}

function checkReason({ check: { id, status, output, since }, changedAt }: KnownCheck): Reason {
  const why = output === '' ? '' : `: ${output}`;
  const when = new Date(since).toISOString();
  return { kind: 'check', detail: `check ${id} is ${status}${why} (since ${when})`, revision: changedAt };
}

function heldBy(owner: Owner): string {
  switch (owner.kind) {
    case 'agent':
      return `held by the agent on ${owner.node}`;
    case 'lease':
      return `held by lease ${owner.id}; it goes when the lease ends`;
    case 'operator':
      return `held by ${owner.principal}; it stays until it is removed`;
  }
}
