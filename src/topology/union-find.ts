// Disjoint sets of names: which nodes belong to one sub-topology. Java: QuickUnion.

export class UnionFind {
  readonly #parents = new Map<string, string>()

  add(name: string): void {
    if (!this.#parents.has(name)) this.#parents.set(name, name)
  }

  unite(first: string, second: string): void {
    const firstRoot = this.root(first)
    const secondRoot = this.root(second)
    if (firstRoot !== secondRoot) this.#parents.set(secondRoot, firstRoot)
  }

  /** The name that stands for the set; names that were not added stand for themselves. */
  root(name: string): string {
    let root = name
    for (
      let parent = this.#parents.get(root);
      parent !== undefined && parent !== root;
      parent = this.#parents.get(root)
    ) {
      root = parent
    }
    this.#parents.set(name, root)
    return root
  }
}
