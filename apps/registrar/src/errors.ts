import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** A file of services that cannot be read as one. Names each problem with its line. */
export class ServicesFileError extends PortolanError {
  readonly code = 'REGISTRAR_SERVICES_FILE';
  readonly kind: ErrorKind = 'invalid';
}

/** Access to Kubernetes that cannot be used. */
export class KubeconfigError extends PortolanError {
  readonly code = 'REGISTRAR_KUBECONFIG';
  readonly kind: ErrorKind = 'invalid';
}

/** An address of a Docker engine that is none. */
export class DockerAddressError extends PortolanError {
  readonly code = 'REGISTRAR_DOCKER_ADDRESS';
  readonly kind: ErrorKind = 'invalid';
}
