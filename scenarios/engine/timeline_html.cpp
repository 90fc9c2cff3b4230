// One run as a page. Layout is plain HTML: every event is a box placed by per cent of the run's virtual time,
// so zooming is only a wider canvas, and the page can be read without its script. See timeline_html.h.
#include "scenarios/engine/timeline_html.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "scenarios/engine/html_text.h"

namespace scenario {
namespace {

using rdscsi::base::Duration;
using rdscsi::base::format_duration;

constexpr std::size_t kFrameBytes = 60'000;  // style, script, labels: what a page needs beside its data
constexpr std::size_t kViolationsMax = 50;   // written out and marked; the rest is counted
constexpr std::size_t kBandsMax = 1000;      // drawn one by one; more are a fault of the scenario
constexpr int kRowsMax = 16;                 // per lane; beyond that boxes overlap
constexpr int kBandLabelHeight = 15;         // pixels
constexpr int kRowHeight = 21;               // pixels
constexpr double kNarrowest = 0.45;          // per cent of the width that a box takes at least when packing

struct LaneText {
  Lane lane;
  char const* title;
  char const* subtitle;
};
constexpr std::array<LaneText, 6> kLanes{{{Lane::csi, "CSI calls", "driver answers"},
                                          {Lane::routeros, "RouterOS", "commands, effects"},
                                          {Lane::nvme, "NVMe", "states"},
                                          {Lane::mount, "Mounts", "on the nodes"},
                                          {Lane::kubernetes, "Kubernetes", "objects"},
                                          {Lane::connection, "Connection", "SSH to the RDS"}}};

// The run's time as the page's width.
struct Scale {
  double total;  // nanoseconds, above 0
  double percent(Duration at) const {
    return std::clamp(static_cast<double>(at.count()) / total, 0.0, 1.0) * 100;
  }
};

std::string fixed(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.5f", value);
  return text.data();
}

// A box: where it is, in which row of its lane.
struct Box {
  Event const* event;
  int row = 0;
};

std::string span_text(Duration start, Duration end) {
  if (start == end) return "at " + format_duration(start);
  return format_duration(start) + " to " + format_duration(end) + "  (" + short_time(end - start) + ")";
}

std::string hover_text(Event const& event) {
  std::string text = event.name;
  if (!event.result.empty()) text += "  ->  " + event.result;
  text += "\n" + span_text(event.start, event.end);
  for (auto const& [key, value] : event.fields) text += "\n" + key + ": " + value;
  return text;
}

char outcome_class(Event::Outcome outcome) {
  switch (outcome) {
    case Event::Outcome::ok:
      return 'o';
    case Event::Outcome::failed:
      return 'f';
    case Event::Outcome::unknown:
      return 'u';
    case Event::Outcome::note:
      return 'n';
  }
  return 'n';
}

std::string box_html(Event const& event, Scale const& scale, int row) {
  double const left = scale.percent(event.start);
  bool const moment = event.start == event.end;
  std::string box = "<i class=\"";
  box += outcome_class(event.outcome);
  if (moment) box += " m";
  box += "\" style=\"left:" + fixed(left) + "%;top:" + std::to_string(4 + row * kRowHeight) + "px";
  if (!moment) box += ";width:" + fixed(scale.percent(event.end) - left) + "%";
  return box + "\" title=\"" + html(hover_text(event)) + "\">" + html(event.name) + "</i>\n";
}

// How much an event tells: lower is kept longer when a trace is too long for a page.
int rank(Event const& event) {
  if (event.outcome == Event::Outcome::failed || event.outcome == Event::Outcome::unknown) return 0;
  if (event.lane == Lane::csi) return 1;
  return event.name == "heartbeat" ? 3 : 2;
}

// The events that fit into `budget` bytes, in time order.
std::vector<Event const*> choose(Trace const& trace, Scale const& scale, std::size_t budget) {
  std::vector<Event const*> all;
  for (Event const& event : trace.events) all.push_back(&event);
  std::stable_sort(all.begin(), all.end(),
                   [](Event const* a, Event const* b) { return rank(*a) < rank(*b); });
  std::size_t bytes = 0;
  std::size_t kept = 0;
  while (kept < all.size()) {
    bytes += box_html(*all[kept], scale, kRowsMax).size();
    if (bytes > budget) break;
    ++kept;
  }
  all.resize(kept);
  std::stable_sort(all.begin(), all.end(),
                   [](Event const* a, Event const* b) { return a->start < b->start; });
  return all;
}

// Puts each event into the first row that is free at its start.
std::vector<Box> pack(std::vector<Event const*> const& events, Lane lane, Scale const& scale, int& rows) {
  std::vector<Box> boxes;
  std::vector<double> free_at;
  for (Event const* event : events) {
    if (event->lane != lane) continue;
    double const start = scale.percent(event->start);
    auto row = std::find_if(free_at.begin(), free_at.end(), [&](double at) { return at <= start; });
    if (row == free_at.end() && free_at.size() < static_cast<std::size_t>(kRowsMax))
      row = free_at.insert(free_at.end(), 0);
    if (row == free_at.end()) row = std::min_element(free_at.begin(), free_at.end());
    *row = std::max(scale.percent(event->end), start + kNarrowest);
    boxes.push_back({event, static_cast<int>(row - free_at.begin())});
  }
  rows = std::max<int>(1, static_cast<int>(free_at.size()));
  return boxes;
}

// Rows of the strip above the lanes in which the faults' names stand, so that none covers another. `width` is
// the share of the run the page shows first.
class BandLabels {
 public:
  BandLabels(Scale const& scale, double width) : scale_(scale), width_(width) {}

  int place(FaultBand const& band) {
    double const left = scale_.percent(band.start);
    double const right = left + (static_cast<double>(band.fault.size()) + 2) * kLetter * width_;
    auto row = std::find_if(free_at_.begin(), free_at_.end(), [&](double at) { return at <= left; });
    if (row == free_at_.end() && free_at_.size() < kRows) row = free_at_.insert(free_at_.end(), 0);
    if (row == free_at_.end()) row = std::min_element(free_at_.begin(), free_at_.end());
    *row = right;
    return static_cast<int>(row - free_at_.begin());
  }
  int height() const { return 3 + kBandLabelHeight * std::max<int>(1, static_cast<int>(free_at_.size())); }

 private:
  static constexpr double kLetter = 0.62;  // per cent of the page's width
  static constexpr std::size_t kRows = 4;
  Scale scale_;
  double width_;
  std::vector<double> free_at_;
};

std::string band_html(FaultBand const& band, Scale const& scale, int row) {
  double const left = scale.percent(band.start);
  return "<b class=\"band\" style=\"left:" + fixed(left) +
         "%;width:" + fixed(scale.percent(band.end) - left) +
         "%;padding-top:" + std::to_string(row * kBandLabelHeight) + "px\" title=\"fault " +
         html(band.fault) + "\n" + span_text(band.start, band.end) + "\nstruck " +
         std::to_string(band.fired) + " times\">" + html(band.fault) + "</b>\n";
}

struct Bands {
  std::string text;
  int label_height = 0;  // pixels
};

// Only faults that struck get a band: what never happened is no part of the picture (the run fails on it
// anyway).
Bands bands_html(Trace const& trace, Scale const& scale, double width) {
  std::string bands;
  std::size_t drawn = 0;
  BandLabels labels(scale, width);
  for (FaultBand const& band : trace.faults) {
    if (band.fired > 0 && ++drawn <= kBandsMax) bands += band_html(band, scale, labels.place(band));
  }
  return {"<div class=\"bands\">\n" + bands + "</div>\n", labels.height()};
}

std::vector<Violation> shown(RunResult const& run) {
  auto const count = std::min(run.violations.size(), kViolationsMax);
  return {run.violations.begin(), run.violations.begin() + static_cast<std::ptrdiff_t>(count)};
}

std::string marks_html(RunResult const& run, Scale const& scale) {
  std::string marks;
  for (Violation const& violation : shown(run)) {
    marks += "<b class=\"mark\" style=\"left:" + fixed(scale.percent(violation.at)) + "%\" title=\"" +
             html(violation.predicate + "\nbroken at " + format_duration(violation.at) + "\n" +
                  violation.message) +
             "\"></b>\n";
  }
  return marks;
}

// Ten marks for readers without JavaScript; the script draws its own.
std::string axis_html(Scale const& scale) {
  std::string axis = "<div class=\"axis\">";
  for (int i = 0; i < 10; ++i) {
    Duration const at(static_cast<std::int64_t>(scale.total * i / 10));
    axis += "<s style=\"left:" + std::to_string(i * 10) + "%\"><span>" + short_time(at) + "</span></s>";
  }
  return axis + "</div>\n";
}

// The part of the run where something happens, with a little air: what the page shows first.
std::pair<double, double> busy_part(std::vector<Event const*> const& events, RunResult const& run,
                                    Scale const& scale) {
  double last = 0;
  for (Event const* event : events) {
    if (rank(*event) < 3 && event->lane != Lane::connection) last = std::max(last, scale.percent(event->end));
  }
  for (FaultBand const& band : run.trace.faults) {
    if (band.fired > 0) last = std::max(last, scale.percent(band.start));
  }
  for (Violation const& violation : run.violations) last = std::max(last, scale.percent(violation.at));
  return {0, std::clamp(last * 1.04 / 100, 1e-6, 1.0)};
}

std::string timeline(RunResult const& run, std::vector<Event const*> const& events, Scale const& scale) {
  auto const [from, to] = busy_part(events, run, scale);
  Bands const bands = bands_html(run.trace, scale, to - from);
  std::string const strip = std::to_string(bands.label_height) + "px";
  std::string labels =
      "<div class=\"labels\"><div class=\"axis\"></div><div class=\"faults\" style=\"height:" + strip +
      "\">faults</div>\n";
  std::string lanes;
  for (LaneText const& lane : kLanes) {
    int rows = 1;
    auto const boxes = pack(events, lane.lane, scale, rows);
    std::string const height = std::to_string(std::max(46, 8 + rows * kRowHeight)) + "px";
    labels += "<div style=\"height:" + height + "\">" + lane.title + "<small>" +
              (boxes.empty() ? "nothing happened" : lane.subtitle) + "</small></div>\n";
    lanes += "<div class=\"lane\" style=\"height:" + height + "\" data-lane=\"" +
             std::string(to_string(lane.lane)) + "\">\n";
    for (Box const& box : boxes) lanes += box_html(*box.event, scale, box.row);
    lanes += "</div>\n";
  }
  return "<div class=\"timeline\">\n" + labels +
         "</div>\n<div class=\"scroll\"><div class=\"canvas\" data-total=\"" +
         std::to_string(static_cast<std::int64_t>(scale.total)) + "\" data-from=\"" + fixed(from) +
         "\" data-to=\"" + std::to_string(to) + "\">\n" + axis_html(scale) + bands.text +
         "<div class=\"lanes\" style=\"padding-top:" + strip + "\">\n" + lanes + "</div>\n" +
         marks_html(run, scale) + "</div></div>\n</div>\n<div id=\"tip\" hidden></div>\n";
}

std::string fact(char const* name, std::string const& value) {
  return "<li><span>" + std::string(name) + "</span><b>" + html(value) + "</b></li>\n";
}

std::string head_html(RunResult const& run, std::string const& why) {
  std::string const verdict(to_string(run.verdict));
  std::string head =
      "<h1>" + html(run.title) + "</h1>\n<p class=\"id mono\">" + html(run.scenario_id) + "</p>\n";
  if (!why.empty()) head += "<p class=\"why\">" + html(why) + "</p>\n";
  head += "<ul class=\"facts\">\n<li class=\"verdict " + verdict + "\">" + verdict + "</li>\n" +
          fact("profile", run.profile) + fact("level", std::to_string(run.level)) +
          fact("seed", std::to_string(run.seed)) + fact("virtual time", short_time(run.trace.virtual_time));
  if (run.level == 1) head += fact("digest", run.trace.digest());
  for (auto const& [name, count] : run.trace.counts) head += fact(html(name).c_str(), std::to_string(count));
  return head + "</ul>\n<code class=\"again\">" + html(run.repeat_line) + "</code>\n";
}

std::string violations_html(RunResult const& run, Scale const& scale) {
  std::string text;
  for (Violation const& violation : shown(run)) {
    std::string const where =
        violation.place.file.empty()
            ? ""
            : " <span class=\"mono id\">" + html(violation.place.to_string()) + "</span>";
    text += "<div class=\"broken\"><b>" + html(violation.predicate) + "</b>" + where +
            " at <button type=\"button\" data-go=\"" + fixed(scale.percent(violation.at) / 100) + "\">" +
            html(format_duration(violation.at)) + "</button><br>" + html(violation.message) + "</div>\n";
  }
  std::size_t const rest = run.violations.size() - shown(run).size();
  return rest == 0 ? text
                   : text + "<p class=\"notice\">and " + std::to_string(rest) + " more violations</p>\n";
}

std::string tools_html() {
  return R"(<div class="tools"><span>
<button type="button" data-act="in">zoom in</button>
<button type="button" data-act="out">zoom out</button>
<button type="button" data-act="busy">busy part</button>
<button type="button" data-act="all">whole run</button>
</span><span>Ctrl + wheel zooms, drag moves, hover tells all</span><span class="key">
<i class="o"></i>ok &nbsp; <i class="u"></i>unknown &nbsp; <i class="f"></i>failed &nbsp;
<i class="n"></i>note &nbsp; <em class="band"></em>fault</span></div>
)";
}

std::string faults_html(Trace const& trace) {
  if (trace.faults.empty()) return "";
  std::string rows;
  for (FaultBand const& band : trace.faults) {
    rows += "<tr><td>" + html(band.fault) + "</td><td class=\"r\">" + html(format_duration(band.start)) +
            "</td><td class=\"r\">" + html(format_duration(band.end)) + "</td><td class=\"r\">" +
            std::to_string(band.fired) + "</td></tr>\n";
  }
  return "<h2>Faults</h2>\n<table><tr><th>fault</th><th class=\"r\">from</th><th class=\"r\">to</th><th "
         "class=\"r\">struck</th></tr>\n" +
         rows + "</table>\n";
}

}  // namespace

std::string timeline_html(RunResult const& run, std::string const& why) {
  Duration last = std::max(run.trace.virtual_time, Duration(1));
  for (Event const& event : run.trace.events) last = std::max(last, event.end);
  Scale const scale{static_cast<double>(last.count())};
  std::string body = head_html(run, why) + violations_html(run, scale) + tools_html();
  std::string const faults = faults_html(run.trace);
  std::size_t const taken = kFrameBytes + body.size() + faults.size() +
                            bands_html(run.trace, scale, 1).text.size() + marks_html(run, scale).size();
  auto const events = choose(run.trace, scale, taken < kTimelineBytesMax ? kTimelineBytesMax - taken : 0);
  if (events.size() < run.trace.events.size()) {
    body += "<p class=\"notice\">" + std::to_string(events.size()) + " of " +
            std::to_string(run.trace.events.size()) +
            " events are shown; left out are those that say least (successes outside the CSI lane, the "
            "latest first).</p>\n";
  }
  body += timeline(run, events, scale) + faults;
  return html_page(run.scenario_id + " seed " + std::to_string(run.seed), body, timeline_script());
}

std::string timeline_file_name(RunResult const& run) {
  return run.scenario_id + "-" + run.profile + "-l" + std::to_string(run.level) + "-seed" +
         std::to_string(run.seed) + ".html";
}

}  // namespace scenario
