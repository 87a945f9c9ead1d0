import { BadRequestError, HttpError } from '@portolan/http-api';
import type { ErrorKind } from '@portolan/kernel';
import type { RequestHandler } from 'express';
import { lt, valid } from 'semver';

/** What an app says it is. */
export const APP_VERSION_HEADER = 'X-App-Version';

/** The app speaks a version of this interface that is no longer served. */
export class AppTooOldError extends HttpError {
  readonly code = 'BFF_MOBILE_APP_TOO_OLD';
  readonly kind: ErrorKind = 'precondition';
  readonly status = 426;
}

/** Tells apps that are too old to update. @param oldest Semantic Versioning; undefined: every app is served */
export function appVersionGate(oldest: string | undefined): RequestHandler {
  return (request, _response, next) => {
    const version = request.get(APP_VERSION_HEADER);
    if (version === undefined) {
      next();
      return;
    }
    if (valid(version) === null) {
      throw new BadRequestError(`the header ${APP_VERSION_HEADER} is no version`, {
        fix: 'send it as major.minor.patch (semver.org), such as 2.4.1',
        errors: [{ parameter: APP_VERSION_HEADER, detail: 'must be a version such as 2.4.1' }],
      });
    }
    if (oldest !== undefined && lt(version, oldest)) {
      throw new AppTooOldError(`version ${version} of the app is too old`, {
        fix: `update the app to ${oldest} or newer`,
        extensions: { appVersionMin: oldest },
        // RFC 9110 §15.5.22 wants to be told what to.
        headers: { Upgrade: `portolan-shop/${oldest}` },
      });
    }
    next();
  };
}
