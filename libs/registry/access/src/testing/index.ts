export { certificateFiles, certified, type CertifiedName } from './certificates.ts';
