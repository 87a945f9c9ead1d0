import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { ServiceNotFoundError, type LocalHost } from '@portolan/local-host';
import type { Logger } from '@portolan/telemetry';
import express, {
  type Express,
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { ConsulRequestError } from '../errors.ts';
import { checkAnswers, healthAnswer, selfAnswer, serviceAnswer, type HostIdentity } from './answers.ts';
import { readCheckRequest, readServiceRequest, readUpdate } from './requests.ts';

/** More than any registration with 16 checks; Consul's own limit. */
const BODY_BYTES_MAX = 512 * 1_024;

export interface AgentRoutesOptions {
  readonly host: LocalHost;
  readonly identity: HostIdentity;
  readonly version: string;
  readonly logger: Logger;
}

/** The part of Consul's agent API that registers, reports and shows: `/v1/agent/…`. Errors are plain text, as Consul's. */
export function agentRoutes({ host, identity, version, logger }: AgentRoutesOptions): Express {
  const app = express().disable('x-powered-by').disable('etag');
  // Consul's clients send JSON under any content type, or none.
  app.use(express.text({ type: () => true, limit: BODY_BYTES_MAX }));
  app.use((_request, response, next) => {
    response.set('X-Content-Type-Options', 'nosniff');
    next();
  });

  const v1 = express.Router();
  writes(v1, '/service/register', async (request) => {
    const { registration, checks } = readServiceRequest(json(request), identity.address);
    await host.register(registration, checks);
  });
  writes(v1, '/service/deregister/:id', (request) => host.deregister(param(request, 'id')));
  writes(v1, '/service/maintenance/:id', (request) => host.setMaintenance(reasonOf(request), param(request, 'id')));
  writes(v1, '/maintenance', (request) => host.setMaintenance(reasonOf(request)));
  writes(v1, '/check/register', async (request) => {
    const { definition, serviceId } = readCheckRequest(json(request));
    await host.registerCheck(definition, serviceId);
  });
  writes(v1, '/check/deregister/:id', (request) => host.deregisterCheck(param(request, 'id')));
  for (const [verb, status] of [
    ['pass', 'passing'],
    ['warn', 'warning'],
    ['fail', 'critical'],
  ] as const) {
    writes(v1, `/check/${verb}/:id`, async (request) => {
      host.report(param(request, 'id'), status, query(request, 'note') ?? '');
    });
  }
  writes(v1, '/check/update/:id', async (request) => {
    const { status, output } = readUpdate(json(request));
    host.report(param(request, 'id'), status, output);
  });
  reads(v1, '/services', () =>
    Object.fromEntries(host.services().map((service) => [service.registration.id, serviceAnswer(service)])),
  );
  reads(v1, '/service/:id', (request) => serviceAnswer(host.service(param(request, 'id'))));
  reads(v1, '/checks', () => checkAnswers(host, identity));
  reads(v1, '/self', () => selfAnswer(identity, version));
  reads(v1, '/health/service/id/:id', (request, response) => {
    const { code, body } = healthAnswer(host, host.service(param(request, 'id')), identity);
    response.status(code);
    return body;
  });
  app.use('/v1/agent', v1);
  app.use((request: Request, response: Response) => {
    response
      .status(404)
      .type('text/plain')
      .send(`No such path: ${request.path}. This agent answers below /v1/agent.\n`);
  });
  app.use(errors(logger));
  return app;
}

/** @throws what `act` throws */
function writes(router: express.Router, path: string, act: (request: Request) => Promise<void>): void {
  const answer: RequestHandler = async (request, response) => {
    await act(request);
    response.status(200).end();
  };
  router.route(path).put(answer).all(notAllowed('PUT'));
}

function reads(router: express.Router, path: string, answer: (request: Request, response: Response) => object): void {
  const send: RequestHandler = (request, response) => {
    response.json(answer(request, response));
  };
  router.route(path).get(send).all(notAllowed('GET'));
}

function notAllowed(allowed: string): RequestHandler {
  return (request, response) => {
    response.status(405).set('Allow', allowed).type('text/plain').send(`method ${request.method} not allowed\n`);
  };
}

/** @throws ConsulRequestError */
function json(request: Request): unknown {
  const body: unknown = request.body;
  try {
    return JSON.parse(typeof body === 'string' ? body : '') as unknown;
  } catch (error) {
    throw new ConsulRequestError(`the body is no JSON: ${error instanceof Error ? error.message : String(error)}`, {
      fix: 'send a JSON object',
      cause: error,
    });
  }
}

function param(request: Request, name: string): string {
  const value = request.params[name];
  return typeof value === 'string' ? value : '';
}

function query(request: Request, name: string): string | undefined {
  const value = request.query[name];
  return typeof value === 'string' ? value : undefined;
}

/** @returns undefined: back into service. @throws ConsulRequestError */
function reasonOf(request: Request): string | undefined {
  const enable = query(request, 'enable');
  if (enable === 'false') return undefined;
  if (enable === 'true') return query(request, 'reason') ?? 'Maintenance mode is enabled for this service';
  throw new ConsulRequestError('maintenance needs ?enable=true or ?enable=false', { fix: 'add ?enable=true' });
}

const STATUS: Partial<Record<ErrorKind, number>> = {
  invalid: 400,
  forbidden: 403,
  'not-found': 404,
  precondition: 400,
  exhausted: 429,
  unavailable: 503,
};

function errors(logger: Logger): ErrorRequestHandler {
  // Express knows a handler of errors by its four parameters.
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    if (error instanceof ServiceNotFoundError) {
      const { id } = error.context;
      response
        .status(404)
        .type('text/plain')
        .send(`Unknown service ID ${JSON.stringify(id)}. Ensure that the service ID is passed, not the service name.`);
    } else if (error instanceof PortolanError) {
      response
        .status(STATUS[error.kind] ?? 500)
        .type('text/plain')
        .send(`${error.message}; ${error.fix}`);
    } else if (isTooLarge(error)) {
      response.status(413).type('text/plain').send(`Request body too large, max size: ${BODY_BYTES_MAX} bytes\n`);
    } else {
      logger.error({ err: error }, 'a request failed');
      response.status(500).type('text/plain').send('the agent failed; its log says why\n');
    }
  };
}

const isTooLarge = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'type' in error && error.type === 'entity.too.large';
