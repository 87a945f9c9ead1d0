export { DataDirError, MemberRunsError } from './folder/errors.ts';
export { openDataFolder, type DataFolder, type DataFolderOptions } from './folder/data-folder.ts';
export { formatId, type Membership } from './folder/member-file.ts';
export { MemberForgottenError, MemberRemovedError, NotAmongPeersError, PeersDifferError } from './founding/errors.ts';
export type { ClientAddresses } from './members/announcement.ts';
export { ChangeUnsettledError, NoPeerPortError, QuorumAtRiskError } from './members/errors.ts';
export { DEFAULT_PEER_NAMES, NoMemberCertificateError } from './members/member-certificates.ts';
export type { Member } from './open-member.ts';
export { openNode, type ClusterNode, type NodeOptions, type Origin } from './open-node.ts';
