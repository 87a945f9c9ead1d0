import { assert } from '@portolan/kernel';

/** What a heap holds: it writes down where each item stands, so that any item can be moved in O(log n). */
export interface HeapItem {
  /** Position in the heap; −1 outside. */
  position: number;
}

/** A binary heap whose items may change their order and leave from anywhere. Allocates only when it grows. */
export class IndexedHeap<Item extends HeapItem> {
  readonly #items: Item[] = [];
  readonly #before: (first: Item, second: Item) => boolean;

  /** @param before whether `first` comes out before `second`; a strict order without ties */
  constructor(before: (first: Item, second: Item) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  push(item: Item): void {
    assert(item.position === -1, 'an item stands in one heap once');
    item.position = this.#items.length;
    this.#items.push(item);
    this.#up(item);
  }

  remove(item: Item): void {
    assert(this.#items[item.position] === item, 'the item stands in this heap');
    const last = this.#items.pop();
    if (last !== undefined && last !== item) {
      this.#put(last, item.position);
      this.moved(last);
    }
    item.position = -1;
  }

  /** Call after what `before` looks at has changed. */
  moved(item: Item): void {
    this.#up(item);
    this.#down(item);
  }

  /** The first item, or undefined in an empty heap. */
  first(): Item | undefined {
    return this.#items[0];
  }

  /** The first item that is not left out: looks at twice as many items as are left out, and one. */
  firstExcept(leftOut: (item: Item) => boolean): Item | undefined {
    return this.#search(0, undefined, leftOut);
  }

  #search(position: number, best: Item | undefined, leftOut: (item: Item) => boolean): Item | undefined {
    const item = this.#items[position];
    // Nothing below an item comes out before it.
    if (item === undefined || (best !== undefined && !this.#before(item, best))) return best;
    if (!leftOut(item)) return item;
    const left = this.#search(2 * position + 1, best, leftOut);
    return this.#search(2 * position + 2, left, leftOut);
  }

  #up(item: Item): void {
    for (let position = item.position; position > 0;) {
      const parentPosition = (position - 1) >> 1;
      const parent = this.#items[parentPosition];
      if (parent === undefined || !this.#before(item, parent)) return;
      this.#put(parent, position);
      this.#put(item, parentPosition);
      position = parentPosition;
    }
  }

  #down(item: Item): void {
    for (;;) {
      const { position } = item;
      const left = this.#items[2 * position + 1];
      const right = this.#items[2 * position + 2];
      const child = left !== undefined && right !== undefined && this.#before(right, left) ? right : left;
      if (child === undefined || !this.#before(child, item)) return;
      this.#put(item, child.position);
      this.#put(child, position);
    }
  }

  #put(item: Item, position: number): void {
    item.position = position;
    this.#items[position] = item;
  }
}
