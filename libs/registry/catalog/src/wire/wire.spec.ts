import * as proto from '@portolan/contracts/catalog';
import { incarnation, revision } from '@portolan/kv';
import fc from 'fast-check';
import { InvalidRegistrationError } from '../errors.ts';
import type { NodeList, ServiceList } from '../model.ts';
import { aCheck, aNode, aQuery, aRegistration, aResolution } from '../testing/arbitraries.ts';
import {
  decodeHealth,
  decodeInstance,
  decodeInstanceName,
  decodeNodeList,
  decodeOpenSession,
  decodePastRevision,
  decodeQuery,
  decodeRegistrationRequest,
  decodeReport,
  decodeResolution,
  decodeResolveRequest,
  decodeServiceList,
  encodeCheck,
  encodeNodeList,
  encodeQuery,
  encodeRegistration,
  encodeResolution,
  encodeServiceList,
} from './index.ts';

const MALFORMED = expect.objectContaining({ code: 'KV_MALFORMED_ANSWER' }) as Error;

describe('the wire brings back what it was given', () => {
  it('a resolution', () => {
    fc.assert(
      fc.property(aResolution, (resolution) => {
        const bytes = proto.Resolution.encode(encodeResolution(resolution)).finish();
        expect(decodeResolution(proto.Resolution.decode(bytes))).toEqual(resolution);
      }),
    );
  });

  it('a registration with its checks', () => {
    fc.assert(
      fc.property(aRegistration, fc.uniqueArray(aCheck, { maxLength: 3, selector: ({ id }) => id }), (one, checks) => {
        const request = { registration: encodeRegistration(one), checks: checks.map(encodeCheck) };
        const bytes = proto.RegisterInSession.encode(request).finish();
        expect(decodeRegistrationRequest(proto.RegisterInSession.decode(bytes))).toEqual({ registration: one, checks });
      }),
    );
  });

  it('a query', () => {
    fc.assert(
      fc.property(aQuery, (query) => {
        const bytes = proto.Query.encode(encodeQuery(query)).finish();
        expect(decodeQuery(proto.Query.decode(bytes))).toEqual(query);
      }),
    );
  });

  it('a list of services, and one of nodes', () => {
    fc.assert(
      fc.property(aRegistration, aNode, ({ service, tags, metadata }, node) => {
        const at = { incarnation: incarnation('i'), revision: revision(7) };
        const services: ServiceList = {
          ...at,
          services: [{ name: service, instances: 2, healthy: 1, tags, metadata, portNames: ['grpc'] }],
        };
        expect(
          decodeServiceList(proto.ServiceList.decode(proto.ServiceList.encode(encodeServiceList(services)).finish())),
        ).toEqual(services);
        const nodes: NodeList = { ...at, nodes: [node] };
        const bytes = proto.ListNodesResponse.encode(encodeNodeList(nodes)).finish();
        expect(decodeNodeList(proto.ListNodesResponse.decode(bytes))).toEqual(nodes);
      }),
    );
  });
});

describe('a request', () => {
  it('to open a session says only what it says', () => {
    expect(decodeOpenSession({ resumeLease: 0n, ttlSeconds: 10, node: undefined, host: undefined })).toEqual({
      ttlSeconds: 10,
    });
    const node = { name: 'host-1', address: '10.0.0.1', metadata: {} };
    expect(decodeOpenSession({ resumeLease: 7n, ttlSeconds: 10, node, host: undefined })).toEqual({
      ttlSeconds: 10,
      resumeLease: 7n,
      node,
    });
    const host = { agentId: 'agent-1', deregisterAfterSeconds: 60 };
    expect(decodeOpenSession({ resumeLease: 0n, ttlSeconds: 10, node, host })).toEqual({
      ttlSeconds: 10,
      node,
      host: { ...host, node },
    });
    expect(() => decodeOpenSession({ resumeLease: 0n, ttlSeconds: 10, node: undefined, host })).toThrow(
      /node is missing/,
    );
  });

  it('to resolve is of now unless it names a revision', () => {
    const query = encodeQuery(decodeQuery(proto.Query.fromPartial({ service: 'cart' })));
    expect(decodeResolveRequest({ query, revision: 0n, explain: true, serializable: false })).not.toHaveProperty(
      'revision',
    );
    expect(decodeResolveRequest({ query, revision: 3n, explain: false, serializable: true })).toMatchObject({
      query: { service: 'cart' },
      revision: 3,
      explain: false,
      serializable: true,
    });
    expect(() => decodePastRevision({ revision: 2n ** 53n })).toThrow(/revision is 9007199254740992/);
  });

  it('to report a check names its instance', () => {
    const check = { id: 'ready', status: proto.CheckStatus.WARNING, output: '', since: 5n };
    expect(decodeReport({ service: 'cart', instanceId: 'a', check })).toEqual({
      instance: { service: 'cart', instanceId: 'a' },
      check: { id: 'ready', status: 'warning', output: '', since: 5 },
    });
    expect(decodeInstanceName({ service: 'cart', instanceId: 'a' })).toEqual({ service: 'cart', instanceId: 'a' });
  });

  it.each<[string, () => unknown]>([
    ['without a registration', () => decodeRegistrationRequest({ registration: undefined, checks: [] })],
    ['without a check', () => decodeReport({ service: 'cart', instanceId: 'a', check: undefined })],
    [
      'with a check of no status',
      () => decodeReport(proto.ReportCheck.fromPartial({ service: 'a', instanceId: 'a', check: { id: 'x' } })),
    ],
    ['without a query', () => decodeQuery(undefined)],
    ['of no service', () => decodeQuery(proto.Query.fromPartial({}))],
    ['with a node of no name', () => decodeOpenSession(proto.OpenSession.fromPartial({ node: {} }))],
  ])('%s is refused', (_, decode) => {
    expect(decode).toThrow(InvalidRegistrationError);
  });
});

describe('an answer', () => {
  const registration = proto.Registration.fromPartial({ service: 'cart', id: 'a' });
  const resolution = proto.Resolution.fromPartial({});
  const reason = proto.Reason.fromPartial({});
  const owner = proto.Owner.fromPartial({ kind: { $case: 'lease', value: { id: 1n } } });

  it.each<[string, () => unknown]>([
    ['without a resolution', () => decodeResolution(undefined)],
    ['without a list', () => decodeServiceList(undefined)],
    ['with an instance without a registration', () => decodeInstance(proto.Instance.fromPartial({ owner, health: 1 }))],
    [
      'with an instance without an owner',
      () => decodeInstance(proto.Instance.fromPartial({ registration, health: 1 })),
    ],
    ['with an instance of no health', () => decodeInstance(proto.Instance.fromPartial({ registration, owner }))],
    [
      'with a reason of no kind',
      () => decodeResolution({ ...resolution, verdicts: [{ instanceId: 'a', included: true, reasons: [reason] }] }),
    ],
  ])('%s is malformed', (_, decode) => {
    expect(decode).toThrow(MALFORMED);
  });

  it('may have a status that this version does not know', () => {
    expect(decodeHealth(proto.CheckStatus.UNSPECIFIED)).toBeUndefined();
  });
});
