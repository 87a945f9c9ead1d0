import type { DemandName } from './suite/demands.ts';

/** Where an implementation does otherwise than gRPC over HTTP/2 demands. The suite then expects `instead`, and fails once it is mended. */
export interface Difference {
  readonly why: string;
  /** What happens, in the words of the table of demands. */
  readonly instead: string;
}

export type GrpcServerDifferences = Readonly<Partial<Record<DemandName, Difference>>>;
