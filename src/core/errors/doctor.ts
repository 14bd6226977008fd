/** Errors of the `doctor` room. See `catalogue.ts` for how they are joined. */
export const doctorErrors = {} as const;
