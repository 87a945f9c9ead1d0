import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** @throws SyntaxError when the body is not a JSON object */
  json(): Readonly<Record<string, unknown>>;
}

export interface RequestOptions {
  readonly method?: string;
  /** `Host` may be set, which `fetch` would not allow. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** One plain HTTP request on a connection of its own. */
export function request(url: string, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      url,
      { method: options.method ?? 'GET', headers: { ...options.headers }, agent: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const body = Buffer.concat(chunks).toString();
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body,
            json: () => {
              const value: unknown = JSON.parse(body);
              if (typeof value !== 'object' || value === null) throw new SyntaxError(`no JSON object: ${body}`);
              return { ...value };
            },
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}

/** The instance of `service` that took part in an answer, as the header Portolan-Served-By names it. */
export function servedBy(answer: Answer, service: string): string | undefined {
  const header = answer.headers['portolan-served-by'];
  return new RegExp(`${service};instance="([^"]+)"`).exec(String(header ?? ''))?.[1];
}
