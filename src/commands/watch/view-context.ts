import type { Renderer } from '../../terminal/renderer.ts';
import { Context } from '../context.ts';

/** The context of an action that is started inside the view: the same supervisor, and the view shows what happens. */
export class ViewContext extends Context {
  readonly #renderer: Renderer;

  constructor(context: Context, renderer: Renderer) {
    const { url, username, password } = context.endpoint;
    super({
      ...context.options,
      serverurl: url,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
    });
    this.#renderer = renderer;
  }

  override openRenderer(): Promise<Renderer> {
    return Promise.resolve(this.#renderer);
  }

  /** The screen is taken; whatever there is to say is in the events. */
  override print(): void {
    // See above.
  }

  override printJson(): void {
    // See above.
  }
}
