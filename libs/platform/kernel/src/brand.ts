/** A `Base` that only its own constructor function makes, so that a term cannot pass as an index. */
export type Brand<Base, Name extends string> = Base & { readonly __brand: Name };
