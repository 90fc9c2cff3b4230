// The look of every report page, and the script that zooms a timeline. Colours: blue, orange and pink of a
// palette that people with colour blindness tell apart; outcome is also told by border and mark, never by
// colour alone.
#include "scenarios/engine/html_text.h"

namespace scenario {

std::string_view page_style();

std::string_view page_style() {
  return R"css(
:root {
  color-scheme: light dark;
  --paper: #fbfbf9; --card: #ffffff; --ink: #1c2024; --soft: #626a73; --line: #dfe2e5; --lane: #f3f4f3;
  --ok: #0067a5; --ok-ink: #ffffff; --unknown: #e69f00; --unknown-ink: #221800;
  --failed: #b3246e; --failed-ink: #ffffff; --note: #8b949e; --note-ink: #ffffff;
  --band: rgba(120, 96, 40, .11); --band-edge: rgba(120, 96, 40, .55); --broken: #d00036;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --card: #1b1f23; --ink: #e4e7ea; --soft: #9aa4ad; --line: #31373d; --lane: #191c20;
    --ok: #56b4e9; --ok-ink: #06202f; --unknown: #f0b429; --unknown-ink: #221800;
    --failed: #f279b2; --failed-ink: #33041c; --note: #6e7781; --note-ink: #f0f2f4;
    --band: rgba(240, 200, 110, .14); --band-edge: rgba(240, 200, 110, .5); --broken: #ff5c7a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 28px clamp(14px, 3vw, 44px) 60px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1 { font-size: 22px; line-height: 1.25; margin: 0 0 2px; letter-spacing: -.01em; }
h2 { font-size: 15px; margin: 30px 0 8px; }
p { margin: 6px 0; max-width: 82ch; }
a { color: var(--ok); }
code, .mono { font: 13px/1.45 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.id { color: var(--soft); }
.why { white-space: pre-line; color: var(--soft); }
.facts { display: flex; flex-wrap: wrap; gap: 6px 8px; margin: 14px 0; padding: 0; list-style: none; }
.facts li { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 2px 9px; font-size: 13px; }
.facts b { font-weight: 600; }
.facts span { color: var(--soft); margin-right: 5px; }
.verdict { font-weight: 700; border-width: 2px !important; }
.verdict.passed { border-color: var(--ok) !important; color: var(--ok); }
.verdict.failed { border-color: var(--broken) !important; color: var(--broken); }
.verdict.inconclusive { border-color: var(--unknown) !important; }
.again { display: block; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 8px 12px;
  overflow-x: auto; user-select: all; white-space: pre; }
.broken { border-left: 4px solid var(--broken); background: var(--card); padding: 8px 14px; margin: 8px 0; }
.broken b { color: var(--broken); }
.notice { border-left: 4px solid var(--unknown); background: var(--card); padding: 8px 14px; }
.tools { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; margin: 22px 0 8px; font-size: 13px;
  color: var(--soft); }
button { font: inherit; font-size: 13px; color: var(--ink); background: var(--card); border: 1px solid var(--line);
  border-radius: 6px; padding: 2px 11px; cursor: pointer; }
button:hover { border-color: var(--soft); }
.timeline { display: grid; grid-template-columns: 124px 1fr; background: var(--card); border: 1px solid var(--line);
  border-radius: 8px; overflow: hidden; }
.labels div { border-top: 1px solid var(--line); padding: 6px 10px; font-size: 13px; line-height: 1.3; font-weight: 600;
  white-space: nowrap; }
.labels div small { display: block; font-weight: 400; color: var(--soft); }
.labels .axis, .canvas .axis { height: 26px; border-top: 0; }
.labels .faults { border-top: 0; padding: 0 10px; line-height: 18px; font-weight: 400; color: var(--soft); }
.scroll { overflow-x: auto; border-left: 1px solid var(--line); }
.canvas { position: relative; width: 100%; min-width: 100%; }
.axis { position: relative; background: var(--lane); }
.axis s { position: absolute; bottom: 0; height: 8px; border-left: 1px solid var(--soft); text-decoration: none; }
.axis s span { position: absolute; bottom: 5px; left: 4px; font-size: 11px; color: var(--soft); white-space: nowrap; }
.lane { position: relative; border-top: 1px solid var(--line); }
.lane:nth-child(even) { background: rgba(128, 136, 144, .06); }
.lane i, .key i { position: absolute; height: 17px; min-width: 4px; border-radius: 3px; padding: 0; overflow: hidden;
  font: 11px/17px system-ui, sans-serif; white-space: nowrap; text-indent: 4px; cursor: default; }
.o { background: var(--ok); color: var(--ok-ink); }
.u { background: repeating-linear-gradient(135deg, var(--unknown) 0 6px, color-mix(in srgb, var(--unknown) 78%, white) 6px 9px);
  color: var(--unknown-ink); }
.f { background: var(--failed); color: var(--failed-ink); outline: 1px solid var(--failed); outline-offset: 1px; }
.n { background: var(--note); color: var(--note-ink); }
.lane i.m { width: 9px; height: 9px; min-width: 9px; margin: 4px 0 0 -4px; border-radius: 50%; text-indent: 20px; }
.lane i.m.f { border-radius: 1px; }
.lane i:hover, .lane i.lit { filter: brightness(1.18); z-index: 3; box-shadow: 0 0 0 2px var(--ink); }
.bands { position: absolute; inset: 26px 0 0 0; }
.band { position: absolute; top: 0; bottom: 0; min-width: 3px; background: var(--band);
  border-left: 2px solid var(--band-edge); border-right: 2px solid var(--band-edge);
  font: 11px/15px system-ui, sans-serif; color: var(--soft); }
.key i, .key .band { position: static; display: inline-block; width: 15px; height: 12px; vertical-align: -1px;
  margin-right: 5px; }
.bands .band { padding-left: 4px; line-height: 18px; white-space: nowrap; font-weight: 400; }
.lanes { position: relative; pointer-events: none; }
.lanes i { pointer-events: auto; }
.mark { position: absolute; top: 0; bottom: 0; width: 0; border-left: 2px dashed var(--broken); z-index: 2; }
#tip { position: fixed; z-index: 9; max-width: min(640px, 92vw); max-height: 60vh; overflow: hidden; pointer-events: none;
  background: var(--ink); color: var(--paper); border-radius: 6px; padding: 8px 12px; white-space: pre-wrap;
  overflow-wrap: anywhere; font: 12px/1.45 ui-monospace, "SF Mono", Menlo, Consolas, monospace;
  box-shadow: 0 4px 18px rgba(0, 0, 0, .28); }
#tip[hidden] { display: none; }
table { border-collapse: collapse; background: var(--card); border: 1px solid var(--line); font-size: 13.5px; }
th, td { padding: 4px 12px; text-align: left; border-top: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--soft); border-top: 0; }
td.r, th.r { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.bad { color: var(--broken); font-weight: 700; }
td.good { color: var(--ok); font-weight: 600; }
)css";
}

std::string_view timeline_script() {
  return R"js(
(function () {
  var scroll = document.querySelector('.scroll'), canvas = document.querySelector('.canvas');
  var axis = canvas.querySelector('.axis'), tip = document.getElementById('tip');
  var total = Number(canvas.dataset.total) / 1e9, zoom = 1, zoomMax = 20000;
  var steps = [];
  for (var e = -6; e < 7; e++) [1, 2, 5].forEach(function (m) { if (m * Math.pow(10, e) <= 30) steps.push(m * Math.pow(10, e)); });
  steps = steps.concat([60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 36000]);

  function two(n) { return (n < 10 ? '0' : '') + n; }
  function text(t, step) {
    var digits = step >= 1 ? 0 : Math.min(6, Math.ceil(-Math.log10(step) - 1e-9));
    if (t < 60) return t.toFixed(digits) + ' s';
    var m = Math.floor(t / 60), s = t - m * 60, short = s.toFixed(digits);
    if (m < 60) return m + ':' + (s < 10 ? '0' : '') + short;
    return Math.floor(m / 60) + ':' + two(m % 60) + ':' + (s < 10 ? '0' : '') + short;
  }
  function ticks() {
    var width = canvas.clientWidth, step = steps.find(function (s) { return s / total * width >= 92; }) || total;
    var from = Math.max(0, Math.floor((scroll.scrollLeft - 200) / width * total / step));
    var to = Math.min(total, (scroll.scrollLeft + scroll.clientWidth + 200) / width * total), out = '';
    for (var n = from; n * step <= to; n++)
      out += '<s style="left:' + n * step / total * 100 + '%"><span>' + text(n * step, step) + '</span></s>';
    axis.innerHTML = out;
  }
  function setZoom(next, clientX) {
    next = Math.min(zoomMax, Math.max(1, next));
    var box = scroll.getBoundingClientRect(), x = clientX === undefined ? box.width / 2 : clientX - box.left;
    var at = (scroll.scrollLeft + x) / canvas.clientWidth;
    zoom = next;
    canvas.style.width = zoom * 100 + '%';
    scroll.scrollLeft = at * canvas.clientWidth - x;
    ticks();
  }
  function show(fromShare, toShare) {
    setZoom(1 / Math.max(toShare - fromShare, 1e-6));
    scroll.scrollLeft = fromShare * canvas.clientWidth;
    ticks();
  }
  function busy() {
    show(Number(canvas.dataset.from), Number(canvas.dataset.to));
  }
  var acts = { in: function () { setZoom(zoom * 2); }, out: function () { setZoom(zoom / 2); }, all: function () { setZoom(1); }, busy: busy };
  document.querySelectorAll('[data-act]').forEach(function (b) { b.addEventListener('click', acts[b.dataset.act]); });
  scroll.addEventListener('wheel', function (event) {
    if (!event.ctrlKey && !event.metaKey && !event.altKey) return;
    event.preventDefault();
    setZoom(zoom * Math.exp(-event.deltaY / 250), event.clientX);
  }, { passive: false });
  scroll.addEventListener('scroll', ticks);
  window.addEventListener('resize', ticks);
  document.addEventListener('keydown', function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    var act = { '+': 'in', '=': 'in', '-': 'out', '0': 'all' }[event.key];
    if (act) acts[act]();
  });
  var grab = null;
  scroll.addEventListener('pointerdown', function (event) { grab = { x: event.clientX, left: scroll.scrollLeft }; });
  window.addEventListener('pointermove', function (event) { if (grab) scroll.scrollLeft = grab.left + grab.x - event.clientX; });
  window.addEventListener('pointerup', function () { grab = null; });
  document.querySelectorAll('[data-go]').forEach(function (link) {
    link.addEventListener('click', function () { var at = Number(link.dataset.go); show(Math.max(0, at - 0.02 / Math.max(1, zoom)), Math.min(1, at + 0.02 / Math.max(1, zoom))); });
  });

  canvas.addEventListener('mouseover', function (event) {
    var hit = event.target.closest('[title],[data-text]');
    if (!hit) { tip.hidden = true; return; }
    if (hit.title) { hit.dataset.text = hit.title; hit.removeAttribute('title'); }
    tip.textContent = hit.dataset.text;
    tip.hidden = false;
  });
  canvas.addEventListener('mousemove', function (event) {
    var x = event.clientX + 14, y = event.clientY + 16;
    tip.style.left = Math.max(6, Math.min(x, window.innerWidth - tip.offsetWidth - 8)) + 'px';
    tip.style.top = (y + tip.offsetHeight > window.innerHeight ? Math.max(6, event.clientY - tip.offsetHeight - 10) : y) + 'px';
  });
  canvas.addEventListener('mouseleave', function () { tip.hidden = true; });
  busy();
})();
)js";
}

}  // namespace scenario
