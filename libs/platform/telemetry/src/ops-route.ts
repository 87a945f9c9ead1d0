/** What a route answers: `body` is sent as JSON, or as it is when it is text. */
export interface OpsAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Default: `application/json`, or `text/plain; charset=utf-8` for text. */
  readonly contentType?: string;
}

/** One method of one path on the ops port. */
export interface OpsRoute {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Matched whole: `/faults`. */
  readonly path: string;
  /** For the list that `GET /` shows. */
  readonly summary?: string;
  /**
   * @param body the parsed JSON of the request, undefined when it has none; the route checks its shape
   * A refusal is an answer with its status. What is thrown is a bug: it is logged and answered 500.
   */
  handle(body: unknown): Promise<OpsAnswer>;
}
