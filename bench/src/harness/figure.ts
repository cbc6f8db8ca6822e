import { judge, type Bound, type Verdict } from './bound.ts';

/** A figure that stands for itself, such as a percentile of simulated times or the memory of a connection. */
export interface Figure extends Bound {
  /** What is measured, and how. */
  readonly title: string;
  readonly unit: string;
  /** Measures it once; repeats, and takes its own median or percentile, where chance plays a part. */
  measure(): Promise<Measured>;
}

export interface Measured {
  readonly value: number;
  /** How often it was measured and how far that lay apart, or what a peer did beside it. */
  readonly remark?: string;
  /** A bound that was itself measured in the same run, e.g. what a peer did. */
  readonly aim?: number;
}

export interface FigureResult extends Bound, Measured {
  readonly title: string;
  readonly unit: string;
  readonly verdict: Verdict;
}

export async function takeFigure(figure: Figure): Promise<FigureResult> {
  const { title, unit, must, aim, better } = figure;
  const measured = await figure.measure();
  return {
    title,
    unit,
    ...(must === undefined ? {} : { must }),
    ...(aim === undefined ? {} : { aim }),
    ...(better === undefined ? {} : { better }),
    ...measured,
    verdict: judge(measured.value, { ...figure, ...measured }),
  };
}
