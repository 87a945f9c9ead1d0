import * as proto from '@portolan/contracts/catalog';
import type { Health } from '../model.ts';

const TO_WIRE = {
  passing: proto.CheckStatus.PASSING,
  warning: proto.CheckStatus.WARNING,
  critical: proto.CheckStatus.CRITICAL,
} as const satisfies Record<Health, proto.CheckStatus>;

export function encodeHealth(health: Health): proto.CheckStatus {
  return TO_WIRE[health];
}

/** @returns undefined for a status that is not said, or of a newer version */
export function decodeHealth(status: proto.CheckStatus): Health | undefined {
  switch (status) {
    case proto.CheckStatus.PASSING:
      return 'passing';
    case proto.CheckStatus.WARNING:
      return 'warning';
    case proto.CheckStatus.CRITICAL:
      return 'critical';
    default:
      return undefined;
  }
}
