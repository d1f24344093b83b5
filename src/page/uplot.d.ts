/** What uplot.js is, as the browser loads it: the package's own module. */
import uPlot from 'uplot';

export type { AlignedData, Options, Series } from 'uplot';
export { uPlot as default };
