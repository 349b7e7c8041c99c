import { canRedraw } from '../../src/terminal/create-renderer.ts';
import { ScreenRegion } from '../../src/terminal/live/screen-region.ts';
import { columnsOf } from '../../src/terminal/output-stream.ts';
import {
  createTheme,
  supportsColor,
  supportsUnicode,
  type Theme,
} from '../../src/terminal/theme.ts';

/** stdout, with a line at its end that changes in place where that is possible. */
export interface Screen {
  readonly theme: Theme;
  /** Whether lines can change in place: a terminal. */
  readonly isLive: boolean;
  columns(): number;
  /** Lines that stay. They replace the changing one. */
  print(...lines: readonly string[]): void;
  /** The changing line; nothing is shown of it in a pipe. */
  show(line: string): void;
}

/** The screen on stdout. */
export function openScreen(): Screen {
  const stream = process.stdout;
  const region = new ScreenRegion(stream);
  const isLive = canRedraw(stream, process.env);
  const theme = createTheme({
    color: supportsColor(stream),
    unicode: supportsUnicode(process.env),
  });
  return {
    theme,
    isLive,
    columns: () => columnsOf(stream),
    print: (...lines) => {
      if (isLive) region.leave(lines);
      else stream.write(lines.map((line) => `${line}\n`).join(''));
    },
    show: (line) => {
      if (isLive) region.draw([line]);
    },
  };
}
