import type { OpenApiDocument, Operation, Parameter, Schema } from './openapi-document.ts';
import { schemaChanges, type BreakingChange, type Direction } from './schema-changes.ts';

/**
 * What a client written against `before` trips over when it meets `after`: paths, methods, parameters, fields and answers that are
 * gone, requests that are newly refused, answers that leave what was promised. Additions are fine.
 */
export function breakingChanges(before: OpenApiDocument, after: OpenApiDocument): readonly BreakingChange[] {
  return Object.entries(before.paths).flatMap(([path, oldOperations]) => {
    const newOperations = after.paths[path];
    if (newOperations === undefined) return [{ where: path, what: 'path removed' }];
    return typedEntries(oldOperations).flatMap(([method, oldOperation]) => {
      const where = `${method.toUpperCase()} ${path}`;
      const newOperation = newOperations[method];
      if (newOperation === undefined) return [{ where, what: 'method removed' }];
      return operationChanges({ before, after }, oldOperation, newOperation, where);
    });
  });
}

interface Documents {
  readonly before: OpenApiDocument;
  readonly after: OpenApiDocument;
}

type Method = keyof OpenApiDocument['paths'][string];

function typedEntries(operations: OpenApiDocument['paths'][string]): readonly (readonly [Method, Operation])[] {
  const methods: readonly Method[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
  return methods.flatMap((method) => {
    const operation = operations[method];
    return operation === undefined ? [] : [[method, operation] as const];
  });
}

function operationChanges(
  documents: Documents,
  before: Operation,
  after: Operation,
  where: string,
): readonly BreakingChange[] {
  return [
    ...credentialChanges(before, after, where),
    ...parameterChanges(documents, before, after, where),
    ...bodyChanges(documents, before, after, where),
    ...responseChanges(documents, before, after, where),
  ];
}

/** Each way to be let in before must still do: with the same credentials, or fewer. */
function credentialChanges(before: Operation, after: Operation, where: string): readonly BreakingChange[] {
  const open = [{}];
  const newWays = after.security.length === 0 ? open : after.security;
  return (before.security.length === 0 ? open : before.security)
    .filter((oldWay) => !newWays.some((newWay) => Object.keys(newWay).every((scheme) => scheme in oldWay)))
    .map((oldWay) => ({
      where,
      what: `no longer lets in with ${Object.keys(oldWay).join(' and ') || 'no credentials'}`,
    }));
}

const parameterName = (parameter: Parameter): string => `${parameter.in} parameter ${parameter.name}`;

function parameterChanges(
  documents: Documents,
  before: Operation,
  after: Operation,
  where: string,
): readonly BreakingChange[] {
  const oldOnes = new Map(before.parameters.map((parameter) => [parameterName(parameter), parameter]));
  const newOnes = new Map(after.parameters.map((parameter) => [parameterName(parameter), parameter]));
  const changed = [...oldOnes].flatMap(([name, oldOne]): readonly BreakingChange[] => {
    const newOne = newOnes.get(name);
    const here = `${where} ${name}`;
    // An unknown parameter is refused, so that a removed one breaks who still sends it.
    if (newOne === undefined) return [{ where: here, what: 'removed' }];
    const required = newOne.required && !oldOne.required ? [{ where: here, what: 'newly required' }] : [];
    return [...required, ...compareAs('request', documents, oldOne.schema, newOne.schema, here)];
  });
  const demanded = [...newOnes]
    .filter(([name, newOne]) => newOne.required && !oldOnes.has(name))
    .map(([name]) => ({ where: `${where} ${name}`, what: 'newly required' }));
  return [...changed, ...demanded];
}

function bodyChanges(
  documents: Documents,
  before: Operation,
  after: Operation,
  where: string,
): readonly BreakingChange[] {
  const here = `${where} request body`;
  const [oldBody, newBody] = [before.requestBody, after.requestBody];
  if (newBody === undefined) return oldBody === undefined ? [] : [{ where: here, what: 'no longer accepted' }];
  if (newBody.required && oldBody?.required !== true) return [{ where: here, what: 'newly required' }];
  return contentChanges('request', documents, oldBody?.content ?? {}, newBody.content, here);
}

function responseChanges(
  documents: Documents,
  before: Operation,
  after: Operation,
  where: string,
): readonly BreakingChange[] {
  return Object.entries(before.responses).flatMap(([status, oldResponse]): readonly BreakingChange[] => {
    const here = `${where} response ${status}`;
    const newResponse = after.responses[status];
    if (newResponse === undefined) return [{ where: here, what: 'removed' }];
    const lostHeaders = Object.keys(oldResponse.headers)
      .filter((header) => newResponse.headers[header] === undefined)
      .map((header) => ({ where: `${here} header ${header}`, what: 'removed' }));
    return [...lostHeaders, ...contentChanges('response', documents, oldResponse.content, newResponse.content, here)];
  });
}

function contentChanges(
  direction: Direction,
  documents: Documents,
  before: Operation['responses'][string]['content'],
  after: Operation['responses'][string]['content'],
  where: string,
): readonly BreakingChange[] {
  return Object.entries(before).flatMap(([type, oldContent]): readonly BreakingChange[] => {
    const newContent = after[type];
    if (newContent === undefined) return [{ where: `${where} ${type}`, what: 'removed' }];
    return compareAs(direction, documents, oldContent.schema ?? {}, newContent.schema ?? {}, where);
  });
}

const compareAs = (
  direction: Direction,
  documents: Documents,
  before: Schema,
  after: Schema,
  where: string,
): readonly BreakingChange[] => schemaChanges({ ...documents, direction }, before, after, where);
