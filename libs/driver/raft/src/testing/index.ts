export { encodeEntry } from './encode-entry.ts';
export { encodeHardState, encodeIdentity, encodeMark } from '../log-records.ts';
export { describeEnvelope, type Envelope } from './envelope.ts';
export { fileHashes } from './file-hashes.ts';
export { startLoneMember } from './lone-member.ts';
export { numberedCommand, NumberedCommands } from './numbered-commands.ts';
export { temporaryFolder } from './temporary-folder.ts';
export { VirtualCluster, type Running, type VirtualClusterOptions } from './virtual-cluster.ts';
