/** From which host to which: one direction. */
export type DirectedLink = readonly [from: string, to: string];

/** Links that are cut, until `heal`. Several may be cut at once, for their own reasons, and are healed each by itself. */
export interface Cut {
  /** As failure reports say it: `partition {a} {b c}`. */
  readonly label: string;
  cuts(from: string, to: string): boolean;
}

/** No message passes between two groups. Hosts in no group reach everybody. */
export function partition(groups: readonly (readonly string[])[]): Cut {
  const groupOf = new Map(groups.flatMap((hosts, group) => hosts.map((host) => [host, group] as const)));
  return {
    label: `partition ${groups.map((hosts) => `{${hosts.join(' ')}}`).join(' ')}`,
    cuts: (from, to) => {
      const sender = groupOf.get(from);
      const receiver = groupOf.get(to);
      return sender !== undefined && receiver !== undefined && sender !== receiver;
    },
  };
}

/** Exactly these directions: a host may hear one that it cannot answer. */
export function cutLinks(links: readonly DirectedLink[]): Cut {
  const to = new Map<string, Set<string>>();
  for (const [sender, receiver] of links) to.set(sender, (to.get(sender) ?? new Set()).add(receiver));
  return {
    label: `cut ${links.map(([sender, receiver]) => `${sender}→${receiver}`).join(' ')}`,
    cuts: (sender, receiver) => to.get(sender)?.has(receiver) === true,
  };
}

/** The host lives, and nothing passes: in, out, or both ways. */
export function blackHole(host: string, direction: 'in' | 'out' | 'both'): Cut {
  return {
    label: `black hole ${host} ${direction}`,
    cuts: (from, to) => from !== to && ((from === host && direction !== 'in') || (to === host && direction !== 'out')),
  };
}
