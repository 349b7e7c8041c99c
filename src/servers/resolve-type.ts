import type { LiveServer } from './live-process.ts';
import type {
  ServerActions,
  ServerType,
  ServerVariant,
  StopSignals,
  WorkerRules,
} from './server-type.ts';

/** A type as it applies to one live server. */
export interface ResolvedType {
  readonly type: ServerType;
  /** The names of the variants that fit. */
  readonly variants: readonly string[];
  readonly actions: ServerActions;
  readonly stopSignals: StopSignals;
  readonly workers: WorkerRules | undefined;
}

/** Lays every variant that fits over the type. */
export function resolveType(type: ServerType, live: LiveServer): ResolvedType {
  let resolved: ResolvedType = {
    type,
    variants: [],
    actions: type.actions,
    stopSignals: type.stopSignals,
    workers: type.workers,
  };
  for (const variant of type.variants ?? []) {
    if (!variant.when(live)) continue;
    resolved = {
      type,
      variants: [...resolved.variants, variant.name],
      actions: mergeActions(resolved.actions, variant.actions),
      stopSignals: { ...resolved.stopSignals, ...variant.stopSignals },
      workers: 'workers' in variant ? variant.workers : resolved.workers,
    };
  }
  return resolved;
}

/** The actions of a variant over others; those that it takes away are gone. */
export function mergeActions(
  base: ServerActions,
  over: ServerVariant['actions'] = {},
): ServerActions {
  const merged = Object.entries({ ...base, ...over });
  // Each value is that of its own key.
  return Object.fromEntries(merged.filter(([, way]) => way !== undefined));
}
