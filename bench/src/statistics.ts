/** Statistics of repeated measurements: the median and the spread. */

export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  /** In the order of measurement. */
  readonly samples: readonly number[];
}

/** Throws RangeError for no samples: a measurement that did not happen has no median. */
export function spreadOf(samples: readonly number[]): Spread {
  return {
    median: quantile(samples, 0.5),
    lowest: quantile(samples, 0),
    highest: quantile(samples, 1),
    samples,
  };
}

/** Linear between neighbours (Hyndman and Fan, type 7), as R and NumPy do. `share` is 0 to 1. */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new RangeError('There is no sample.');
  const ordered = samples.toSorted((a, b) => a - b);
  const position = (ordered.length - 1) * share;
  const below = ordered[Math.floor(position)] as number; // within bounds
  const above = ordered[Math.ceil(position)] as number; // within bounds
  return below + (above - below) * (position - Math.floor(position));
}

/** Ratios element by element: both sides of each ratio were measured within the same seconds. */
export function ratios(numerators: readonly number[], denominators: readonly number[]): readonly number[] {
  return numerators.map((numerator, at) => numerator / (denominators[at] ?? Number.NaN));
}
