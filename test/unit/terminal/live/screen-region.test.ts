import { describe, expect, it } from 'vitest';
import { ScreenRegion } from '../../../../src/terminal/live/screen-region.ts';
import { VirtualScreen } from './virtual-screen.ts';

describe('ScreenRegion', () => {
  it('draws in place, whether there is more or less than before', () => {
    const screen = new VirtualScreen(40);
    screen.write('$ reloadctl\n');
    const region = new ScreenRegion(screen);
    region.draw(['one', 'two', 'three']);
    region.draw(['uno', 'dos']);
    expect(screen.lines).toEqual(['$ reloadctl', 'uno', 'dos']);
    region.draw(['1', '2', '3', '4']);
    expect(screen.lines).toEqual(['$ reloadctl', '1', '2', '3', '4']);
  });

  it('leaves the cursor visible and below after every drawing, each of which is one write', () => {
    const screen = new VirtualScreen(40);
    const region = new ScreenRegion(screen);
    region.draw(['one', 'two']);
    expect([screen.cursorVisible, screen.cursorRow, screen.writes]).toEqual([true, 2, 1]);
    region.draw(['one']);
    expect([screen.cursorVisible, screen.cursorRow, screen.writes]).toEqual([true, 1, 2]);
  });

  it('draws below what it has left', () => {
    const screen = new VirtualScreen(40);
    const region = new ScreenRegion(screen);
    region.draw(['running']);
    region.leave(['done']);
    region.draw(['next']);
    expect(screen.lines).toEqual(['done', 'next']);
  });

  it('leaves lines that are wider than the terminal without a rest of the drawing', () => {
    const screen = new VirtualScreen(10);
    const region = new ScreenRegion(screen);
    region.draw(['aaaaaaaaa', 'bbbbbbbbb', 'ccccccccc']);
    region.leave(['0123456789abc', 'x']);
    expect(screen.lines).toEqual(['0123456789', 'abc', 'x']);
  });

  it('finds its top again when the terminal has become narrower', () => {
    const screen = new VirtualScreen(40);
    screen.write('$ reloadctl\n');
    const region = new ScreenRegion(screen);
    region.draw(['a'.repeat(39), 'short']);
    screen.narrow(20);
    region.draw(['b'.repeat(19), 'short']);
    expect(screen.lines).toEqual(['$ reloadctl', 'b'.repeat(19), 'short']);
  });

  it('does not overwrite what somebody else has written since', () => {
    const screen = new VirtualScreen(40);
    const region = new ScreenRegion(screen);
    region.draw(['one']);
    screen.write('[1]+ Stopped\n$ fg\n');
    region.abandon();
    region.draw(['two']);
    expect(screen.lines).toEqual(['one', '[1]+ Stopped', '$ fg', 'two']);
  });
});
