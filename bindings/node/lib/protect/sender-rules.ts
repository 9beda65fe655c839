// Who may use a token: what `dpop`, `mtls` and the options around them come down to.

import { randomBytes } from 'node:crypto';
import type { Stores } from '../engine/consult';
import { createReplayMemory, type Memories, type NativeReplayMemory } from '../native/addon';
import type { CertificateHeaderSettings, DpopSettings, Settings } from '../generated/settings';
import { GROUPS } from '../option-table';
import { CERTIFICATE_HEADERS } from '../options/option-values';
import type { ClientCertificateHeader, DPoPOptions, ResolvedOptions } from '../options/options';
import type { TokenPlace } from '../options/token-place';
import { written } from '../options/written-settings';
import { RevocationList, type RevocationStore } from '../stores';

const REMEMBERED_PROOFS = 1_000_000;
/** Memories of different sizes that one process has. */
const MAX_MEMORIES = 16;

/** The proofs this process remembers, by how many it may. Each `auth()` without a store uses the one of its size: one
 * that is called at each request would otherwise remember nothing of the request before. */
const memories = new Map<number, NativeReplayMemory>();

function processMemory(size = REMEMBERED_PROOFS): NativeReplayMemory {
  const place = memories.has(size) || memories.size < MAX_MEMORIES ? size : REMEMBERED_PROOFS;
  const memory = memories.get(place) ?? createReplayMemory(place);
  memories.set(place, memory);
  return memory;
}

/** The secret of `nonces: true`: each `auth()` must know the nonces that another one has handed out. */
const ownSecret = randomBytes(32);

export interface SenderRules {
  /** What these options say in the settings of the engine. */
  settings: Pick<Settings, 'dpop' | 'certificates' | 'trusted_proxies'>;
  memories: Memories;
  stores: Stores;
  certificates: 'ignored' | 'expected';
  /** What remembers used proofs. */
  proofs: object;
}

export function senderRules(options: ResolvedOptions): SenderRules {
  const { dpop, mtls, getCertificate, clientCertificateHeader, proxyHeaders, replayStore } = options;
  const finds = getCertificate !== undefined || clientCertificateHeader !== undefined;
  const certificates = (mtls?.enabled ?? finds) ? 'expected' : 'ignored';
  const isSeen = clientCertificateHeader !== undefined && certificates === 'expected';
  const header = isSeen ? headerSettings(clientCertificateHeader) : undefined;
  const certificate = header ?? (getCertificate === undefined ? undefined : ({ form: 'connection' } as const));
  const proofs = replayStore ?? processMemory(dpop?.rememberedProofs);
  const revocation = options.revocation === undefined ? [] : [options.revocation].flat();
  const list = revocation.find((one) => one instanceof RevocationList);
  const revocations = revocation.find((one): one is RevocationStore => !(one instanceof RevocationList));
  return {
    settings: {
      dpop: dpop?.enabled === false ? { mode: 'off' } : dpopSettings(dpop ?? {}),
      trusted_proxies: { headers: { ...proxyHeaders, ...(certificate && { client_certificate: certificate }) } },
      ...(mtls?.required === true && { certificates: 'required' }),
    },
    memories: {
      replays: replayStore === undefined ? proofs : undefined,
      revocations: list && RevocationList.nativeOf(list),
    } as Memories,
    stores: { replays: replayStore, revocations },
    certificates,
    proofs,
  };
}

/** The place that the options name, or that follows from them; `undefined` where it is `Authorization`. */
export function placeOf({ tokenPlace, loadBalancer, presetFacts }: ResolvedOptions): TokenPlace | undefined {
  const header = loadBalancer === undefined ? presetFacts?.header : 'x-amzn-oidc-data';
  return tokenPlace ?? (header === undefined ? undefined : { header });
}

function headerSettings({ kind, ...header }: ClientCertificateHeader): CertificateHeaderSettings {
  return { form: CERTIFICATE_HEADERS[kind], ...header };
}

function dpopSettings(options: DPoPOptions): DpopSettings {
  const { required = false, nonces } = options;
  return {
    mode: required ? 'required' : 'accepted',
    ...written(GROUPS.dpop, options).dpop,
    ...(nonces && written(GROUPS['dpop.nonces'], nonces === true ? { secret: ownSecret } : nonces).dpop),
  };
}
