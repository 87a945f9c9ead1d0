export { DataDirError, MemberRunsError } from './folder/errors.ts';
export { DataFolder, openDataFolder, type DataFolderOptions } from './folder/data-folder.ts';
export { formatId, type Founder, type Membership } from './folder/member-file.ts';
export { foundAlone } from './found-alone.ts';
export { openMember, type Member, type MemberOptions, type RaftHandle } from './open-member.ts';
