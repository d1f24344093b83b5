/** A queue: what was pushed first comes first. Each step costs the same, however long it is. */

/** Places of what was taken are kept until there are this many, and half of all. */
const MOST_TAKEN = 1_024;

export class Fifo<T> {
  #items: T[] = [];
  #first = 0;

  push(item: T): void {
    this.#items.push(item);
  }

  get first(): T | undefined {
    return this.#items[this.#first];
  }

  shift(): T | undefined {
    if (this.#first === this.#items.length) return undefined;
    const item = this.#items[this.#first++];
    const isAll = this.#first === this.#items.length;
    if (isAll || (this.#first > MOST_TAKEN && this.#first > this.#items.length / 2)) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  get size(): number {
    return this.#items.length - this.#first;
  }

  clear(): void {
    this.#items = [];
    this.#first = 0;
  }
}
