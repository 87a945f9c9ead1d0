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

/** RFC 9457, with what Portolan's errors have on top; an API may add members of its own. */
export const problemShape = {
  type: z
    .string()
    .describe('One URI per `code`.')
    .meta({ examples: ['urn:portolan:problem:http-bad-request'] }),
  title: z.string().describe('The class of problem, the same text every time.'),
  status: z.int().min(400).max(599),
  detail: z.string().describe('What happened this time.'),
  instance: z.string().describe('The path of the request.'),
  code: z
    .string()
    .describe('Stable: programs decide by it.')
    .meta({ examples: ['HTTP_BAD_REQUEST'] }),
  fix: z.string().describe('What the caller can do.'),
  traceId: z.string().describe('Finds this request in the logs of every service it reached.'),
  errors: z.array(fieldProblemView).describe('Each thing that is wrong with the request.').optional(),
};

export type ProblemView = z.infer<z.ZodObject<typeof problemShape>>;
