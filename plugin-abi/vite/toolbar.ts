// The app in Astro's dev toolbar: when the loaders of the page that the browser shows have run. The server draws it; this
// asks for it, and puts it into the toolbar's own shadow tree, where the page's styles do not reach.
import type { DevToolbarApp } from 'astro';

const STYLE = `
  .frame {
    box-sizing: border-box;
    position: fixed;
    z-index: 999999999;
    bottom: 72px;
    left: 50%;
    transform: translateX(-50%);
    width: min(880px, calc(100vw - 32px));
    max-height: min(640px, calc(100vh - 104px));
    overflow: auto;
    overscroll-behavior: contain;
    padding: 20px 24px;
    border: 1px solid #d1d9e0;
    border-radius: 12px;
    background: #ffffff;
    color: #1f2328;
    color-scheme: light dark;
    font: 14px/1.45 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
    box-shadow: 0 1px 2px rgb(19 21 26 / .25), 0 10px 32px rgb(19 21 26 / .3);
  }
  .frame[data-placement='bottom-left'] { left: 16px; transform: none; }
  .frame[data-placement='bottom-right'] { left: auto; right: 16px; transform: none; }
  .frame:focus-visible { outline: 2px solid #0757ba; outline-offset: -2px; }
  .frame p { margin: 0; }
  .close {
    position: absolute; top: 12px; right: 12px; width: 28px; height: 28px; padding: 0;
    border: 0; border-radius: 6px; background: none; color: inherit; font: 18px/1 system-ui, sans-serif; cursor: pointer;
  }
  .close:hover { background: rgb(128 128 128 / .2); }
  .close:focus-visible { outline: 2px solid #0757ba; }
  .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  @media (prefers-color-scheme: dark) {
    .frame { border-color: #3d444d; background: #151b23; color: #f0f6fc; }
    .frame:focus-visible, .close:focus-visible { outline-color: #71b0ff; }
  }
`;

const NOTHING =
  '<p>No loaders were traced for this page. Reload it; if that does not help, it is not rendered by this server, or the option <code>trace</code> is false.</p>';

const here = (): string => location.pathname + location.search;

const app: DevToolbarApp = {
  init(canvas, eventTarget, server) {
    canvas.innerHTML = `<style>${STYLE}</style>
      <section class="frame" role="dialog" aria-label="Loaders of this page" tabindex="-1" hidden>
        <button class="close" type="button" aria-label="Close">×</button>
        <p class="hidden" role="status"></p>
        <div class="content">${NOTHING}</div>
      </section>`;
    const frame = canvas.querySelector<HTMLElement>('.frame')!;
    const content = canvas.querySelector<HTMLElement>('.content')!;
    const status = canvas.querySelector<HTMLElement>('[role=status]')!;
    const shadow = content.attachShadow({ mode: 'open' });
    shadow.innerHTML = NOTHING;

    const place = (placement: string | undefined): void => {
      if (placement) frame.dataset.placement = placement;
    };
    place((globalThis as { __astro_dev_toolbar__?: { placement?: string } }).__astro_dev_toolbar__?.placement);
    eventTarget.onToolbarPlacementUpdated(({ placement }) => place(placement));

    const ask = (): void => server.send('foreload:show', { url: here() });

    let shown = '';
    const show = (html: string): void => {
      if (html === shown) return; // leaves focus and scrolling alone
      shown = html;
      const open = !!shadow.querySelector('details')?.open;
      const hadFocus = shadow.activeElement !== null;
      shadow.innerHTML = html || NOTHING;
      shadow.querySelector('details')?.toggleAttribute('open', open);
      if (hadFocus) frame.focus();
      const late = Number(shadow.querySelector<HTMLElement>('[data-late]')?.dataset.late ?? 0);
      eventTarget.toggleNotification(late > 0 ? { state: true, level: 'info' } : { state: false });
      const times = Array.from(shadow.querySelectorAll('.compare > div'), (part) =>
        Array.from(part.children, (child) => child.textContent).join(' '),
      ).join(', ');
      if (!frame.hidden) status.textContent = times;
    };

    // The page's trace may be complete only after the browser has it all. So the server tells, and the browser asks too,
    // for what was complete before it listened.
    server.on('foreload:waterfall', ({ url, html }: { url: string; html: string }) => {
      if (url === here()) show(html);
    });
    server.on('foreload:traced', ({ url }: { url: string }) => {
      if (url === here()) ask();
    });
    // Navigation without a new document, and modules that were replaced: the plan of the page may be another.
    document.addEventListener('astro:after-swap', () => {
      show('');
      ask();
    });
    (import.meta as { hot?: { on(event: string, then: () => void): void } }).hot?.on('vite:afterUpdate', ask);
    ask();

    eventTarget.onToggled(({ state }) => {
      const hadFocus = canvas.activeElement !== null;
      frame.hidden = !state;
      if (state) {
        ask();
        frame.focus();
      } else if (hadFocus) {
        // Where it was before: Astro's toolbar, which closes apps on Escape, does not see to it.
        document.querySelector('astro-dev-toolbar')?.shadowRoot?.querySelector<HTMLElement>('button[data-app-id="foreload"]')?.focus();
      }
    });
    canvas.querySelector('.close')!.addEventListener('click', () => eventTarget.toggleState({ state: false }));
    shadow.addEventListener('click', (event) => {
      const link = (event.target as Element).closest('a');
      if (!link) return;
      event.preventDefault();
      if (link.hasAttribute('data-source')) void fetch(link.href); // opens the editor, and answers nothing
      else window.open(link.href, '_blank', 'noopener');
    });
  },
};

export default app;
