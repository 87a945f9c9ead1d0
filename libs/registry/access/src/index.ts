export {
  createAccess,
  DEVELOPMENT_POLICY,
  ForbiddenError,
  RESOURCES,
  VERBS,
  type Access,
  type Action,
  type Policy,
  type Resource,
  type Verb,
} from './access.ts';
export { byCertificate, principalOfCertificate, PrincipalDiffersError } from './by-certificate.ts';
