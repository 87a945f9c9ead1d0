import { describeFaultyCluster } from '../testing/faulty-cluster.ts';

describeFaultyCluster(Array.from({ length: 1_000 }, (_, index) => 1_000 + index));
