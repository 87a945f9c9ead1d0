import { describeKvStore } from '../testing/describe-kv-store.ts';
import { openOverRaft } from '../testing/contract-cluster.ts';

describeKvStore('the store over Raft, asked at a follower of three members,', openOverRaft, 10);
