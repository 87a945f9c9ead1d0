import type * as proto from '@portolan/contracts/kv-command';
import { checkedInteger } from '@portolan/kernel';
import type { AgreedLimits } from '../limits.ts';

export function encodeLimits(limits: AgreedLimits): proto.AgreedLimits {
  return {
    leasesMax: BigInt(limits.leasesMax),
    quotaBytes: BigInt(limits.quotaBytes),
    sessionsMax: BigInt(limits.sessionsMax),
    sessionBytesMax: BigInt(limits.sessionBytesMax),
    catalogQuotaBytes: BigInt(limits.catalogQuotaBytes ?? 0),
    systemQuotaBytes: BigInt(limits.systemQuotaBytes ?? 0),
  };
}

export function decodeLimits(limits: proto.AgreedLimits): AgreedLimits {
  const { catalogQuotaBytes, systemQuotaBytes } = limits;
  return {
    leasesMax: checkedInteger(limits.leasesMax, 'leases_max'),
    quotaBytes: checkedInteger(limits.quotaBytes, 'quota_bytes'),
    sessionsMax: checkedInteger(limits.sessionsMax, 'sessions_max'),
    sessionBytesMax: checkedInteger(limits.sessionBytesMax, 'session_bytes_max'),
    ...(catalogQuotaBytes !== 0n && {
      catalogQuotaBytes: checkedInteger(catalogQuotaBytes, 'catalog_quota_bytes'),
    }),
    ...(systemQuotaBytes !== 0n && { systemQuotaBytes: checkedInteger(systemQuotaBytes, 'system_quota_bytes') }),
  };
}
