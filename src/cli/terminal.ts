import { styleText } from "node:util";

/** The colours and weights in use; everything else stays plain. */
export type Style = "bold" | "dim" | "red" | "yellow" | "green" | "cyan";

/** A text with a style, or unchanged where colour is not wanted. */
export type Paint = (style: Style, text: string) => string;

/** Styles for one stream: only on a terminal, and neither with `--no-color` nor with NO_COLOR (https://no-color.org). */
export function painter(stream: NodeJS.WriteStream, color: boolean): Paint {
  const enabled = color && stream.isTTY && (process.env["NO_COLOR"] ?? "") === "";
  return (style, text) => (enabled ? styleText(style, text, { validateStream: false }) : text);
}

/** `0.4s`, `12s`, `3m 05s`, `1h 02m`. */
export function formatDuration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${pad(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
