/** Why a connection is no more. */
export type GoneReason =
  | { readonly kind: 'drained' }
  | { readonly kind: 'closed-by-peer' }
  | { readonly kind: 'slow'; readonly what: string }
  | { readonly kind: 'protocol'; readonly error: Error }
  | { readonly kind: 'socket'; readonly error: Error };
