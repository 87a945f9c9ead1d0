import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** A fixed port is taken. */
export class PortInUseError extends PortolanError {
  readonly code = 'STACK_PORT_IN_USE';
  readonly kind: ErrorKind = 'precondition';
}

/** The folder for what the processes keep cannot be written to. */
export class FolderNotWritableError extends PortolanError {
  readonly code = 'STACK_FOLDER_NOT_WRITABLE';
  readonly kind: ErrorKind = 'precondition';
}

/** A process ended before it was ready. */
export class StartFailedError extends PortolanError {
  readonly code = 'STACK_START_FAILED';
  readonly kind: ErrorKind = 'precondition';
}
