import { assert, formatPrincipal, type Principal } from '@portolan/kernel';
import type { BoundMethod, BoundService, BytesHandler } from '@portolan/rpc';
import type { DialectScope } from './dialect-scope.ts';

/** Principals whose services are kept. Full: the oldest are made anew when they are asked again, which costs a few dozen closures. */
const PRINCIPALS_MAX = 256;

type Methods = ReadonlyMap<string, BoundMethod>;

/**
 * The services, each call as whoever its certificate is of. What anybody may do is the policy's to say; even a part of Portolan, which may
 * do everything, has no more of the keys here than an operator: those of users.
 * @param open the services of one scope
 */
export function servicesByPrincipal(
  scope: Omit<DialectScope, 'principal' | 'administrator'>,
  open: (scope: DialectScope) => readonly BoundService[],
): readonly BoundService[] {
  const known = new Map<string, Methods>();
  const methodsOf = (asking: Principal): Methods => {
    const name = formatPrincipal(asking);
    const kept = known.get(name);
    if (kept !== undefined) return kept;
    const methods = methodsIn(open({ ...scope, ...asWhom(asking) }));
    const [oldest] = known.keys();
    if (known.size >= PRINCIPALS_MAX && oldest !== undefined) known.delete(oldest);
    known.set(name, methods);
    return methods;
  };
  return open({ ...scope, principal: NOBODY, administrator: NOBODY }).map(({ name, methods }) => ({
    name,
    methods: methods.map(({ definition, answerBytes }) => {
      const boundOf = (asking: Principal): BoundMethod => {
        const bound = methodsOf(asking).get(definition.path);
        assert(bound !== undefined, 'the services of all principals are the same');
        return bound;
      };
      const answer: BytesHandler = (bytes, start, end, call) =>
        boundOf(call.principal).answerBytes?.(bytes, start, end, call) ?? false;
      return {
        definition,
        handle: (input, call): unknown => boundOf(call.principal).handle(input, call),
        ...(answerBytes !== undefined && { answerBytes: answer }),
      };
    }),
  }));
}

const NOBODY: Principal = { kind: 'anonymous' };

function asWhom(asking: Principal): Pick<DialectScope, 'principal' | 'administrator'> {
  const principal: Principal = asking.kind === 'system' ? { kind: 'operator', name: asking.name } : asking;
  return { principal, administrator: asking };
}

function methodsIn(services: readonly BoundService[]): Methods {
  return new Map(services.flatMap(({ methods }) => methods.map((one) => [one.definition.path, one])));
}
