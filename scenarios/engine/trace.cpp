// Canonical text and digest of a trace; words for its enumerations. See trace.h.
#include "scenarios/engine/trace.h"

#include <array>
#include <cstdio>

namespace scenario {
namespace {

// Tabs separate, so tabs, line ends and backslashes inside values are escaped: no two traces share a text.
std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string number(std::int64_t value) {
  return std::to_string(value);
}

std::string line_of(Event const& event) {
  std::string line = "event\t" + number(event.start.count()) + "\t" + number(event.end.count()) + "\t" +
                     std::string(to_string(event.lane)) + "\t" + escaped(event.name) + "\t" +
                     escaped(event.result) + "\t" + std::string(to_string(event.outcome));
  for (auto const& [key, value] : event.fields) line += "\t" + escaped(key) + "\t" + escaped(value);
  return line;
}

std::string line_of(FaultBand const& band) {
  return "fault\t" + escaped(band.fault) + "\t" + number(band.start.count()) + "\t" +
         number(band.end.count()) + "\t" + std::to_string(band.fired);
}

}  // namespace

std::vector<std::string> Trace::canonical_lines() const {
  std::vector<std::string> lines;
  lines.reserve(events.size() + faults.size() + counts.size() + 1);
  for (Event const& event : events) lines.push_back(line_of(event));
  for (FaultBand const& band : faults) lines.push_back(line_of(band));
  for (auto const& [name, count] : counts) lines.push_back("count\t" + escaped(name) + "\t" + number(count));
  lines.push_back("virtual_time\t" + number(virtual_time.count()));
  return lines;
}

std::string Trace::digest() const {
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a, 64 bits
  auto const mix = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3u; };
  for (std::string const& line : canonical_lines()) {
    for (char c : line) mix(static_cast<unsigned char>(c));
    mix('\n');
  }
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash));
  return text.data();
}

std::string_view to_string(Lane lane) {
  switch (lane) {
    case Lane::csi:
      return "csi";
    case Lane::routeros:
      return "routeros";
    case Lane::nvme:
      return "nvme";
    case Lane::mount:
      return "mount";
    case Lane::kubernetes:
      return "kubernetes";
    case Lane::connection:
      return "connection";
  }
  return "?";
}

std::string_view to_string(Event::Outcome outcome) {
  switch (outcome) {
    case Event::Outcome::ok:
      return "ok";
    case Event::Outcome::failed:
      return "failed";
    case Event::Outcome::unknown:
      return "unknown";
    case Event::Outcome::note:
      return "note";
  }
  return "?";
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed:
      return "passed";
    case Verdict::failed:
      return "failed";
    case Verdict::inconclusive:
      return "inconclusive";
  }
  return "?";
}

}  // namespace scenario
