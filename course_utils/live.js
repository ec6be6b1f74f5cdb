// Runs the LSTM of a figure made by course_utils/live.py. It asks for no library and no network.
for (const figure of document.querySelectorAll("figure.live-network:not([data-running])")) {
  figure.dataset.running = "";
  const letters = JSON.parse(figure.dataset.letters);
  const bytes = Uint8Array.from(atob(figure.dataset.weights), (x) => x.charCodeAt(0));
  const numbers = new Int16Array(bytes.buffer);
  let start = 0;
  const [embedding, inputs, states, bias, head, headBias] = JSON.parse(figure.dataset.parts).map(([size, unit]) => {
    start += size;
    return Float64Array.from(numbers.subarray(start - size, start), (x) => x * unit);
  });
  const N = letters.length, E = embedding.length / N, H = head.length / N;

  // y += W x with W of shape (y.length, x.length); and x += W^T y.
  function add(y, W, x) {
    for (let i = 0, k = 0; i < y.length; i++) for (let j = 0; j < x.length; j++) y[i] += W[k++] * x[j];
  }
  function addBack(x, W, y) {
    for (let i = 0, k = 0; i < y.length; i++) for (let j = 0; j < x.length; j++) x[j] += W[k++] * y[i];
  }
  const sigmoid = (x) => 1 / (1 + Math.exp(-x));

  function run(ids) {
    const steps = [];
    let h = new Float64Array(H), c = new Float64Array(H);
    for (const id of ids) {
      const z = bias.slice(); // gates in the order of PyTorch: i, f, g, o
      add(z, inputs, embedding.subarray(id * E, id * E + E));
      add(z, states, h);
      const gates = z.map((x, k) => (k >= 2 * H && k < 3 * H ? Math.tanh(x) : sigmoid(x)));
      const [i, f, g, o] = [0, 1, 2, 3].map((k) => gates.subarray(k * H, k * H + H));
      const before = c;
      c = before.map((x, k) => f[k] * x + i[k] * g[k]);
      h = c.map((x, k) => o[k] * Math.tanh(x));
      steps.push({ i, f, g, o, before, c });
    }
    const scores = headBias.slice();
    add(scores, head, h);
    const largest = Math.max(...scores), powers = scores.map((x) => Math.exp(x - largest));
    const sum = powers.reduce((a, b) => a + b);
    return { steps, chances: powers.map((x) => x / sum) };
  }

  // The length of the gradient of the most probable character's log probability, for each embedding that was read.
  function influence(ids, { steps, chances }) {
    const best = chances.indexOf(Math.max(...chances)), found = [];
    let dh = new Float64Array(H), dc = new Float64Array(H);
    addBack(dh, head, chances.map((p, k) => (k === best) - p));
    for (const { i, f, g, o, before, c } of steps.reverse()) {
      const dz = new Float64Array(4 * H);
      for (let k = 0; k < H; k++) {
        const tanh = Math.tanh(c[k]);
        dc[k] += dh[k] * o[k] * (1 - tanh * tanh);
        dz[k] = dc[k] * g[k] * i[k] * (1 - i[k]);
        dz[H + k] = dc[k] * before[k] * f[k] * (1 - f[k]);
        dz[2 * H + k] = dc[k] * i[k] * (1 - g[k] * g[k]);
        dz[3 * H + k] = dh[k] * tanh * o[k] * (1 - o[k]);
        dc[k] *= f[k];
      }
      const de = new Float64Array(E);
      addBack(de, inputs, dz);
      found.unshift(Math.hypot(...de));
      dh = new Float64Array(H);
      addBack(dh, states, dz);
    }
    return found;
  }

  figure.read = (text) => {
    const ids = [...text].map((x) => letters.indexOf(x)).filter((k) => k >= 0);
    if (!ids.length) return null;
    const found = run(ids), chances = [...found.chances];
    return { chances, influence: influence(ids, found), ids };
  };

  const [text, shown, next, says] = ["textarea", ".read", ".next", ".says"].map((x) => figure.querySelector(x));
  const name = (x) => ({ "\n": "new line", " ": "space" })[x] || x;
  const mark = (x) => ({ "\n": "↵", " ": "␣" })[x] || x;
  const percent = (p) => (100 * p).toFixed(p < 0.1 ? 1 : 0) + " %";
  const element = (kind, style, more = {}) => {
    const made = Object.assign(document.createElement(kind), more);
    made.style.cssText = style;
    return made;
  };

  const rows = Array.from({ length: figure.dataset.rows }, () => {
    const row = element("div", "display:flex;align-items:center;gap:.6em;margin:.2em 0");
    const button = element("button", "min-width:2.75em;min-height:2em;font-family:monospace", { type: "button" });
    button.dataset.lmSuppressShortcuts = "true"; // in JupyterLab a key is left to what has the focus
    button.onclick = () => {
      text.value = (text.value + button.value).slice(-text.maxLength);
      show();
    };
    const bar = element("div", "height:1em;background:#1f77b4"), frame = element("div", "flex:1;max-width:20em");
    frame.append(bar);
    const value = element("span", "min-width:4em");
    row.append(button, frame, value);
    return { row, button, bar, value };
  });
  next.append(...rows.map(({ row }) => row));

  function show() {
    const found = figure.read(text.value);
    const unknown = [...new Set([...text.value].filter((x) => !letters.includes(x)))];
    const note = unknown.length ? ` Left out, since it has never read them: ${unknown.join(" ")}` : "";
    next.hidden = shown.hidden = !found;
    says.textContent = "Type a character, and the network says what it expects next." + note;
    if (!found) return;
    const { chances, influence, ids } = found, most = Math.max(...influence);
    shown.replaceChildren(...ids.map((id, k) => {
      const blue = `background:rgba(31, 119, 180, ${0.6 * Math.sqrt(influence[k] / most)})`;
      return element("span", blue, { textContent: letters[id] === "\n" ? "↵\n" : letters[id] });
    }));
    const order = chances.map((_, k) => k).sort((a, b) => chances[b] - chances[a]);
    rows.forEach(({ button, bar, value }, k) => {
      const letter = letters[order[k]], chance = percent(chances[order[k]]);
      button.textContent = mark(letter);
      button.value = letter;
      button.setAttribute("aria-label", `Write ${name(letter)}, ${chance}`);
      bar.style.width = 100 * chances[order[k]] + "%";
      value.textContent = chance;
    });
    const back = ids.length - influence.indexOf(most), where = back === 1 ? "the last one" : `${back} back`;
    const [best, strong] = [letters[order[0]], letters[ids[ids.length - back]]].map(name);
    says.textContent = `Next: ${best}, ${percent(chances[order[0]])}. Most influence: ${strong}, ${where}.${note}`;
  }

  text.addEventListener("input", show);
  text.closest("label").style.display = "block";
  show();
}
