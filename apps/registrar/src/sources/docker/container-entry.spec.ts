import type { ContainerInfo } from 'dockerode';
import { containerEntry } from './container-entry.ts';

const container = (more: Partial<ContainerInfo> = {}): ContainerInfo => ({
  Id: '0123456789abcdef',
  Names: ['/web-1'],
  Image: 'registry.example:5000/shop/web:1.2',
  ImageID: 'sha256:0',
  Command: '',
  Created: 0,
  Ports: [{ IP: '', PrivatePort: 80, PublicPort: 0, Type: 'tcp' }],
  Labels: {},
  State: 'running',
  Status: 'Up 5 minutes',
  HostConfig: { NetworkMode: 'default' },
  NetworkSettings: { Networks: { bridge: network('172.17.0.2') } },
  Mounts: [],
  ...more,
});
const network = (IPAddress: string) => ({
  IPAddress,
  NetworkID: '',
  EndpointID: '',
  Gateway: '',
  IPPrefixLen: 16,
  IPv6Gateway: '',
  GlobalIPv6Address: '',
  GlobalIPv6PrefixLen: 0,
  MacAddress: '',
});
const entry = (more: Partial<ContainerInfo> = {}) => containerEntry(container(more), '10.0.0.7');

it('is a service without a word: named after its image, at its own address', () => {
  expect(entry()).toMatchObject({
    registration: {
      service: 'web',
      id: 'web-1-0123456789ab',
      address: '172.17.0.2',
      ports: [{ name: 'http', number: 80 }],
    },
    checks: [],
    health: undefined,
  });
});

it.each<[string, Partial<ContainerInfo>, object]>([
  ['its Compose service', { Labels: { 'com.docker.compose.service': 'shop' } }, { service: 'shop' }],
  [
    'its labels',
    {
      Labels: {
        'portolan.service': 'x',
        'portolan.id': 'x-1',
        'portolan.tags': 'a, b',
        'portolan.weight': '7',
        'portolan.meta.gateway': 'expose',
      },
    },
    { service: 'x', id: 'x-1', tags: ['a', 'b'], weight: 7, metadata: { gateway: 'expose' } },
  ],
  [
    'the ports of its labels',
    { Labels: { 'portolan.port': '8080', 'portolan.port.grpc': '9000' } },
    {
      ports: [
        { name: 'http', number: 8_080 },
        { name: 'grpc', number: 9_000 },
      ],
    },
  ],
  [
    'published ports',
    { Ports: [{ IP: '0.0.0.0', PrivatePort: 80, PublicPort: 32_768, Type: 'tcp' }] },
    { address: '10.0.0.7', ports: [{ name: 'http', number: 32_768 }] },
  ],
  [
    'ports published at one address',
    { Ports: [{ IP: '127.0.0.1', PrivatePort: 80, PublicPort: 32_768, Type: 'tcp' }] },
    { address: '127.0.0.1' },
  ],
  [
    'several exposed ports',
    {
      Ports: [
        { IP: '', PrivatePort: 90, PublicPort: 0, Type: 'tcp' },
        { IP: '', PrivatePort: 80, PublicPort: 0, Type: 'tcp' },
        { IP: '', PrivatePort: 53, PublicPort: 0, Type: 'udp' },
      ],
    },
    {
      ports: [
        { name: 'http', number: 80 },
        { name: 'port-90', number: 90 },
      ],
    },
  ],
])('follows %s', (_what, more, registration) => {
  expect(entry(more)?.registration).toMatchObject(registration);
});

it.each<[string, object | undefined]>([
  ['Up 5 minutes (healthy)', { status: 'passing' }],
  ['Up 5 seconds (health: starting)', { status: 'critical' }],
  ['Up 5 minutes (unhealthy)', { status: 'critical' }],
  ['Up 5 minutes (Paused)', { status: 'critical' }],
  ['Up 5 minutes', undefined],
])('is as healthy as Docker says: %s', (Status, health) => {
  const found = entry({ Status })?.health;
  if (health === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject(health);
});

it('is checked as its labels say', () => {
  const Labels = { 'portolan.check.http': '/health', 'portolan.check.tcp': 'true', 'portolan.check.interval': '2s' };
  expect(entry({ Labels })?.checks).toMatchObject([
    { kind: 'http', url: 'http://172.17.0.2:80/health', intervalMs: 2_000 },
    { kind: 'tcp', host: '172.17.0.2', port: 80, intervalMs: 2_000 },
  ]);
});

it('is nothing when it asks for that, or has no port or place', () => {
  expect(entry({ Labels: { 'portolan.ignore': 'true' } })).toBeUndefined();
  expect(entry({ Ports: [] })).toBeUndefined();
  expect(entry({ NetworkSettings: { Networks: {} } })).toBeUndefined();
});

it('with labels that cannot be is an error that names them', () => {
  expect(() => entry({ Labels: { 'portolan.port': 'eighty' } })).toThrow(/ports\[0\]\.number/);
  expect(() => entry({ Labels: { 'portolan.service': 'a b' } })).toThrow(/service is "a b"/);
  expect(() => entry({ Labels: { 'portolan.check.http': '/', 'portolan.check.interval': 'soon' } })).toThrow(
    /intervalMs/,
  );
});
