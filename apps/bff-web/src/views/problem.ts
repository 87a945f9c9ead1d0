import { z } from 'zod';

/** One thing that is wrong with a request. */
const fieldProblemView = z
  .strictObject({
    pointer: z
      .string()
      .describe('Where in the body: a JSON Pointer (RFC 6901).')
      .meta({ examples: ['/lines/0/quantity'] })
      .optional(),
    parameter: z
      .string()
      .describe('Which query parameter, header or part of the path.')
      .meta({ examples: ['sort'] })
      .optional(),
    detail: z.string(),
  })
  .meta({ id: 'FieldProblem' });
export type FieldProblem = z.infer<typeof fieldProblemView>;

const shortageView = z
  .strictObject({ productId: z.string(), requested: z.int().min(1), available: z.int().min(0) })
  .meta({ id: 'Shortage' });
export type Shortage = z.infer<typeof shortageView>;

/** RFC 9457, with what Portolan's errors have on top. */
export const problemView = z
  .strictObject({
    type: z
      .string()
      .describe('One URI per `code`.')
      .meta({ examples: ['urn:portolan:problem:bff-web-bad-request'] }),
    title: z.string().describe('The class of problem, the same text every time.'),
    status: z.int().min(400).max(599),
    detail: z.string().describe('What happened this time.'),
    instance: z.string().describe('The path of the request.'),
    code: z
      .string()
      .describe('Stable: programs decide by it.')
      .meta({ examples: ['BFF_WEB_BAD_REQUEST'] }),
    fix: z.string().describe('What the caller can do.'),
    traceId: z.string().describe('Finds this request in the logs of every service it reached.'),
    errors: z.array(fieldProblemView).describe('Each thing that is wrong with the request.').optional(),
    shortages: z
      .array(shortageView)
      .describe('Of which product there is too little, when an order meets no stock.')
      .optional(),
  })
  .meta({ id: 'Problem' });
export type ProblemView = z.infer<typeof problemView>;
