/** One thing that must hold before this process can do its work. */
export interface ReadinessCheck {
  readonly ok: boolean;
  /** For people: what is wrong, or how it is met. */
  readonly detail?: string;
  /** How old the knowledge is that this process serves from. */
  readonly ageMs?: number;
}

/** Whether to send this process work. It may be ready although a check fails, when it serves from what it knew before. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
}
