/** A client has this long to send the head of a request; a phone on a bad line needs 2 s, a slowloris all of them. */
export const HEADERS_TIMEOUT_MS = 10_000;
/** And this long for head and body together: the largest body at a slow 0.3 Mbit/s. */
export const REQUEST_TIMEOUT_MS = 300_000;
/** Idle connections of clients live longer than those of load balancers in front (60 s), so that these close first. */
export const CLIENT_KEEP_ALIVE_MS = 65_000;
/** How often the two time-outs above are enforced. */
export const CONNECTIONS_CHECK_MS = 2_000;
/** Head of a request: what nginx and Node's servers behind take too. */
export const HEADER_BYTES_MAX = 16_384;
/** Browsers send 15 to 30 fields. */
export const HEADER_COUNT_MAX = 200;
/** Each connection is a file descriptor here and, while it is served, one behind; 20,000 are allowed to a process. */
export const CLIENT_CONNECTIONS_MAX = 8_000;

/** Connections, and so requests, to one endpoint at a time (Envoy's default). Full: it is not picked. */
export const REQUESTS_PER_ENDPOINT_MAX = 1_024;
/** An idle connection to an endpoint that did not say how long it keeps it: less than Node's 5 s. */
export const UPSTREAM_KEEP_ALIVE_MS = 4_000;
/** However long an endpoint says. */
export const UPSTREAM_KEEP_ALIVE_MAX_MS = 60_000;
/** Idle connections are given up this much before the endpoint would: the keep-alive race is not run. */
export const UPSTREAM_KEEP_ALIVE_MARGIN_MS = 1_500;

/** Endpoints tried for one request, refused connections included: with all dead, a client learns so within seconds. */
export const ATTEMPTS_MAX = 5;

/** Seconds after which a client may ask again: a restarted instance is back by then. */
export const RETRY_AFTER_S = 2;

/** What a refused client may still send before its connection is cut: room to read the answer for all but floods. */
export const DISCARDED_BYTES_MAX = 16_777_216;
