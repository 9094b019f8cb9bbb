/** Bars under one heading. */
export interface BarGroup {
  readonly title: string;
  readonly bars: readonly LabelledBar[];
  /** A dashed line across the first bar, at this value. */
  readonly mark?: number;
}

export interface LabelledBar {
  readonly name: string;
  readonly value: number;
  /** Stands behind the bar. */
  readonly label: string;
  /** Class of {@link STYLE}, which gives the colour. */
  readonly kind: string;
}

export interface ChartOptions {
  readonly title: string;
  /** True: one scale for all groups; false: every group fills the width. */
  readonly sharedScale: boolean;
}

const WIDTH = 760;
const NAME_WIDTH = 130;
/** Right of the longest bar, for its label. */
const LABEL_WIDTH = 150;
const BAR_HEIGHT = 13;
const BAR_STEP = 17;
const TITLE_HEIGHT = 22;
const GROUP_GAP = 14;
const HEAD_HEIGHT = 40;

/** Colours that can be read on white and on black; text follows the reader's scheme. */
const STYLE = `
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f }
  .head { font-size: 15px; font-weight: 600 } .group { font-weight: 600 } .name { text-anchor: end } .mark { fill: none; stroke: #cf222e; stroke-width: 2; stroke-dasharray: 4 2 }
  .sluice { fill: #1f7ae0 } .previous { fill: #7fb2ee } .dlt-parquet { fill: #d98324 } .dlt { fill: #e6b678 } .floor { fill: #8b949e }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }
`;

/** Horizontal bars as an SVG document, without scripts, fonts or anything else from elsewhere. */
export function barChart(groups: readonly BarGroup[], { title, sharedScale }: ChartOptions): string {
  const greatest = Math.max(...groups.map(greatestOf));
  const parts: string[] = [];
  let y = HEAD_HEIGHT;
  for (const group of groups) {
    parts.push(`<text class="group" x="0" y="${y + 14}">${escaped(group.title)}</text>`);
    y += TITLE_HEIGHT;
    const scale = sharedScale ? greatest : greatestOf(group);
    const marked = group.mark === undefined ? 0 : widthOf(group.mark, scale);
    const mark = `<path class="mark" d="M${NAME_WIDTH + marked} ${y - 3}v${BAR_HEIGHT + 6}"/>`;
    for (const [index, bar] of group.bars.entries()) {
      parts.push(...barParts(bar, y, widthOf(bar.value, scale), index === 0 ? marked : 0));
      y += BAR_STEP;
    }
    if (marked > 0) parts.push(mark);
    y += GROUP_GAP;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 0 ${WIDTH + 16} ${y}" width="${WIDTH + 16}" height="${y}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<text class="head" x="0" y="20">${escaped(title)}</text>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

/** The label stands right of the bar, and of a mark that is further right. */
function barParts({ name, label, kind }: LabelledBar, y: number, width: number, marked: number): string[] {
  const base = y + BAR_HEIGHT - 2;
  return [
    `<text class="name" x="${NAME_WIDTH - 8}" y="${base}">${escaped(name)}</text>`,
    `<rect class="${kind}" x="${NAME_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT}" rx="2"/>`,
    `<text x="${NAME_WIDTH + Math.max(width, marked) + 6}" y="${base}">${escaped(label)}</text>`,
  ];
}

/** At least a line, so that a tool that was measured is always seen. */
function widthOf(value: number, greatest: number): number {
  const width = (value / greatest) * (WIDTH - NAME_WIDTH - LABEL_WIDTH);
  return Math.max(2, Math.round(width));
}

function greatestOf({ bars, mark = 0 }: BarGroup): number {
  return Math.max(mark, ...bars.map(({ value }) => value));
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
