/** A sort of product that a category holds. */
export interface ProductKind {
  /** As in the name of the product: "Over-Ear Headphones". */
  readonly name: string;
  /** What it is for: the first sentence of the description. */
  readonly purpose: string;
  /** Whole EUR: prices lie between them. */
  readonly from: number;
  readonly to: number;
  readonly tags: readonly string[];
}

/** A sentence of a description, and the tag that says the same in a word. */
export interface Feature {
  readonly text: string;
  readonly tag: string;
}

/** What the products of one category are made of. */
export interface CategoryPlan {
  readonly name: string;
  readonly brands: readonly string[];
  readonly kinds: readonly ProductKind[];
  readonly features: readonly Feature[];
}
