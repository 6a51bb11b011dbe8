// Types that are the same, by what the compiler itself calls so.

export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles with `true` where both are one type, with `false` where they are not. */
export declare function same<A, B>(is: Same<A, B>): void;
