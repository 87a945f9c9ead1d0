/** Fields that belong to one connection (RFC 9110 §7.6.1), and what old software still sends in their place. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** The fields of one message as they came: name, value, name, value. */
export type RawFields = readonly string[];

/** Calls `visit` for each field that may travel on: neither hop-by-hop nor named in Connection. */
export function forEachEndToEnd(
  fields: RawFields,
  visit: (lowerName: string, name: string, value: string) => void,
): void {
  const named = namedInConnection(fields);
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at] ?? '';
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || named?.has(lower) === true) continue;
    visit(lower, name, fields[at + 1] ?? '');
  }
}

function namedInConnection(fields: RawFields): ReadonlySet<string> | undefined {
  let named: Set<string> | undefined;
  for (let at = 0; at + 1 < fields.length; at += 2) {
    if (fields[at]?.toLowerCase() !== 'connection') continue;
    for (const option of (fields[at + 1] ?? '').split(',')) {
      const name = option.trim().toLowerCase();
      // Never these: a client must not be able to take the frame off a message.
      if (name !== '' && name !== 'content-length' && name !== 'host') (named ??= new Set()).add(name);
    }
  }
  return named;
}
