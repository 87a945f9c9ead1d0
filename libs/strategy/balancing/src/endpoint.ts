/** One place where a service answers. Identity is `id`; the rest may change between two updates. */
export interface Endpoint {
  readonly id: string;
  /** The service it belongs to. */
  readonly service: string;
  /** `host:port` */
  readonly address: string;
  /** Its share relative to its siblings; a whole number of at least 1. */
  readonly weight: number;
  readonly metadata: Readonly<Record<string, string>>;
}
