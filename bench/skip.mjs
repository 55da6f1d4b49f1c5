/** A measure that cannot run here: its message says why. */
export class Skip extends Error {}
