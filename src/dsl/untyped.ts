/** The methods of an interface with their types erased: what a class behind the API must have. */
export type Untyped<T> = {
  readonly [M in keyof T]: T[M] extends (...args: never[]) => unknown ? (...args: any[]) => any : any
}
