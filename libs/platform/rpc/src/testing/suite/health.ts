import { credentials } from '@grpc/grpc-js';
import {
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthClient,
  HealthService,
} from '@portolan/contracts/health';
import { createClient } from '../../client.ts';
import type { OpenLoopback } from '../harness.ts';

const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = ServingStatus;

export function describeHealth(loopback: OpenLoopback): void {
  describe('health', () => {
    it('is served to any gRPC client', async () => {
      await using house = await loopback();
      const foreign = new HealthClient(house.address, credentials.createInsecure());
      const status = await new Promise((resolve, reject) => {
        foreign.check({ service: 'test.Echo' }, (error, response) => {
          if (error === null) resolve(response.status);
          else reject(error);
        });
      });
      expect(status).toBe(SERVING);
      const watched = await new Promise((resolve) => {
        const watch = foreign.watch({ service: '' });
        watch.on('error', () => undefined);
        watch.once('data', (response: unknown) => {
          watch.cancel();
          resolve(response);
        });
      });
      expect(watched).toEqual({ status: SERVING });
      foreign.close();
    });

    it('checks the whole and each service', async () => {
      await using house = await loopback();
      const health = createClient(HealthService, house.connection);
      await expect(health.check({ service: '' })).resolves.toEqual({ status: SERVING });
      house.server.setServing('test.Echo', false);
      await expect(health.check({ service: 'test.Echo' })).resolves.toEqual({ status: NOT_SERVING });
      await expect(health.check({ service: '' })).resolves.toEqual({ status: SERVING });
      await expect(health.check({ service: 'nobody' })).rejects.toMatchObject({
        code: 'RPC_UNKNOWN_SERVICE',
        kind: 'not-found',
      });
    });

    it('watches each change, and ends when the server drains', async () => {
      await using house = await loopback();
      const health = createClient(HealthService, house.connection);
      const seen: number[] = [];
      for await (const { status } of health.watch({ service: 'test.Echo' })) {
        seen.push(status);
        if (seen.length === 1) house.server.setServing('test.Echo', false);
        if (seen.length === 2) house.server.setServing('test.Echo', true);
        if (seen.length === 3) void house.server.drain();
      }
      expect(seen).toEqual([SERVING, NOT_SERVING, SERVING, NOT_SERVING]);
      await house.server.drain();
    });

    it('watches a service that is not known yet', async () => {
      await using house = await loopback();
      const health = createClient(HealthService, house.connection);
      const seen: number[] = [];
      for await (const { status } of health.watch({ service: 'later' })) {
        seen.push(status);
        if (seen.length === 1) house.server.setServing('later', true);
        if (seen.length === 2) break;
      }
      expect(seen).toEqual([SERVICE_UNKNOWN, SERVING]);
    });
  });
}
