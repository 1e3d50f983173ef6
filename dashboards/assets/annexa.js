/* Everything here is optional: each page works without it. Keys, the heat map's single tab stop, live progress. */
(() => {
  const find = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  const follow = (link) => link && link.click();

  const places = { o: 'overview', c: 'controls', e: 'exceptions', s: 'sessions', p: 'packets', l: 'log' };
  let waitingForPlace = false;

  const rows = () => find('.walk tbody tr');
  let row = -1;
  const walk = (step) => {
    const all = rows();
    if (all.length === 0) return false;
    row = Math.max(0, Math.min(all.length - 1, row + step));
    all.forEach((other, at) => other.classList.toggle('here', at === row));
    const link = all[row].querySelector('a');
    if (link) link.focus();
    return true;
  };

  const isTyping = (target) => target.closest('input, textarea, select, [contenteditable]') !== null;

  const press = (key) => {
    if (waitingForPlace) {
      waitingForPlace = false;
      follow(one(`[data-go="${places[key] ?? ''}"]`));
      return true;
    }
    if (key === 'g') return (waitingForPlace = true);
    if (key === '/') {
      const box = one('#find');
      const field = box && box.offsetParent !== null ? box : one('main [type="search"], main .input');
      if (field) field.focus();
      return Boolean(field);
    }
    if (key === '?') return (follow(one('.reader a')), true);
    if (key === 'j' || key === 'k') {
      if (walk(key === 'j' ? 1 : -1)) return true;
      const link = one(`[data-key="${key}"]`);
      follow(link);
      return Boolean(link);
    }
    return false;
  };

  if (document.body.dataset.keys !== 'off') {
    document.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (press(event.key)) event.preventDefault();
    });
  }

  /* Heat map: one tab stop, arrows move, Escape closes the tip. */
  for (const heat of find('.heat')) {
    const cells = find('.cell', heat);
    const columns = () => getComputedStyle(cells[0].closest('.cells')).gridTemplateColumns.split(' ').length;
    cells.forEach((cell, at) => (cell.tabIndex = at === 0 ? 0 : -1));
    const steps = { ArrowRight: () => 1, ArrowLeft: () => -1, ArrowDown: columns, ArrowUp: () => -columns() };
    heat.addEventListener('keydown', (event) => {
      const at = cells.indexOf(event.target.closest('.cell'));
      if (at < 0) return;
      const lists = find('.cells', heat);
      lists.forEach((list) => list.classList.toggle('tip-closed', event.key === 'Escape'));
      let next = at;
      if (event.key === 'Home') next = 0;
      else if (event.key === 'End') next = cells.length - 1;
      else if (steps[event.key]) next = at + steps[event.key]();
      else return;
      event.preventDefault();
      const target = cells[Math.max(0, Math.min(cells.length - 1, next))];
      cells[at].tabIndex = -1;
      target.tabIndex = 0;
      target.focus();
    });
  }

  const soon = one('[data-reload]');
  if (soon) setTimeout(() => location.reload(), Number(soon.dataset.reload) * 1000);

  /* Progress of a packet: one line of status a step; the finished page comes from the server. */
  const live = one('[data-live]');
  if (live && 'EventSource' in window) {
    const source = new EventSource(live.dataset.live);
    const icons = { done: 'tick', now: 'clock', failed: 'cross' };
    let announced = '';
    const icon = (name) => {
      const space = 'http://www.w3.org/2000/svg';
      const svg = document.createElementNS(space, 'svg');
      svg.setAttribute('class', 'icon line');
      svg.setAttribute('viewBox', '0 0 16 16');
      svg.setAttribute('aria-hidden', 'true');
      const use = document.createElementNS(space, 'use');
      use.setAttribute('href', `#i-${name}`);
      svg.append(use);
      return svg;
    };
    const text = (tag, words) => Object.assign(document.createElement(tag), { textContent: words });
    const draw = (packet) => {
      const done = packet.steps.filter((step) => step.state === 'done').length;
      const bar = live.querySelector('progress');
      bar.max = packet.steps.length;
      bar.value = done;
      one('[data-sentence]').textContent = `Building: ${done} of ${packet.steps.length} steps done.`;
      live.querySelector('[data-stages]').replaceChildren(
        ...packet.steps.map((step) => {
          const item = document.createElement('li');
          item.className = step.state;
          if (step.state === 'now') item.setAttribute('aria-current', 'step');
          const words = document.createElement('span');
          words.append(text('b', step.name), ' ', text('span', step.detail));
          item.append(
            icons[step.state] ? icon(icons[step.state]) : text('span', ''),
            words,
            text('span', step.duration),
          );
          return item;
        }),
      );
      const now = packet.steps.find((step) => step.state === 'now');
      if (now && now.name !== announced) {
        announced = now.name;
        live.querySelector('[data-status]').textContent =
          `${done} of ${packet.steps.length} done, now: ${now.name}`;
      }
    };
    source.addEventListener('packet', (event) => {
      const packet = JSON.parse(event.data);
      if (packet.stage !== 'building') {
        source.close();
        location.reload();
        return;
      }
      draw(packet);
    });
  }
})();
