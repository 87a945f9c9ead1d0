import { readH2load } from './h2load.ts';

/** As h2load 1.52 of nghttp2 prints it. */
const PRINTED = `starting benchmark...
spawning thread #0: 64 total client(s). Timing-based test with 0s of warm-up time and 1s of main duration for measurements.
progress: 9% of clients started
Application protocol: h2c
Stopped all clients for thread #0

finished in 1.01s, 2275.50 req/s, 424.07KB/s
requests: 2276 total, 2340 started, 2276 done, 2276 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 2297 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 84.81KB (86850) total, 7.07KB (7240) headers (space savings 89.06%), 62.29KB (63784) data
                     min         max         mean         sd        +/- sd
time for request:     1.35ms    187.13ms     20.94ms     25.07ms    93.41%
`;

it('reads how many requests were answered, how many a second, and with how much', () => {
  expect(readH2load(PRINTED)).toEqual({ requests: 2_276, perSecond: 2_275.5, dataBytes: 63_784 });
});

it('reads a run that took milliseconds', () => {
  expect(readH2load(PRINTED.replace('1.01s', '219.27ms'))).toMatchObject({ perSecond: 2_275.5 });
});

it.each([
  ['a failed request', '0 failed', '3 failed'],
  ['a request that had an error', '0 errored', '64 errored'],
  ['a request without an answer', '0 timeout', '1 timeout'],
  ['an answer that is a refusal', '0 4xx', '7 4xx'],
  ['an answer that is an error', '0 5xx', '7 5xx'],
  ['fewer successes than answers', '2276 succeeded', '2275 succeeded'],
  ['answers without a status', '2297 2xx', '0 2xx'],
  ['no answer', '2276 done, 2276 succeeded', '0 done, 0 succeeded'],
])('refuses a run with %s', (_what, printed, instead) => {
  expect(PRINTED).toContain(printed);
  expect(() => readH2load(PRINTED.replace(printed, instead))).toThrow(/not every request/);
});

it('says what h2load did not print', () => {
  expect(() => readH2load('Could not connect to host\n')).toThrow(/h2load printed no .*\n.*Could not connect/);
});
