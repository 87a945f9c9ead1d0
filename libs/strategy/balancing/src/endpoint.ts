/** Something that takes requests: one port of one instance. */
export interface Endpoint {
  /** The instance's id, unique within its service. */
  readonly id: string;
  /** The service it belongs to. */
  readonly service: string;
  /** `host:port`; an IPv6 host stands in brackets. */
  readonly address: string;
  /** Its share relative to its siblings, for strategies that weigh; a whole number of at least 1. */
  readonly weight: number;
  readonly metadata: Readonly<Record<string, string>>;
}
