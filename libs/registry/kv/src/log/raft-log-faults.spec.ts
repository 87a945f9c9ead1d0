import { describeFaultyCluster } from '../testing/faulty-cluster.ts';

describeFaultyCluster([1, 2, 3, 4, 5, 6, 7, 8]);
