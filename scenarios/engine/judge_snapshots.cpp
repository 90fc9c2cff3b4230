// The judge's predicates over snapshots and over the bytes of volumes. See judge.h.
#include <algorithm>
#include <cstddef>
#include <span>

#include "scenarios/engine/judge.h"

namespace scenario {

using rdscsi::base::Guard;

Look Judge::look_snapshot(Value const& arguments) {
  std::string const of = text_or(arguments, "of", "");
  std::string id;
  {
    Guard guard(play_.mutex);
    id = play_.ids[of];
  }
  if (id.empty()) return {Look::Is::not_yet, of + " was never asked for"};
  auto const found = Oracle::snapshots_of(oracle_.look(), id);
  bool const present = text_or(arguments, "device", "present") == "present";
  bool fits = found.size() == (present ? 1U : 0U);
  std::string said = id + ": " + std::to_string(found.size()) + " on the device";
  if (!found.empty()) said += ", \"" + found.front().name + "\"";
  for (auto const& row : found) fits = fits && row.read_only;
  return decided(fits, said);
}

// Bytes are read where the NVMe/TCP target reads them, so what a host would see is judged.
Look Judge::look_bytes(Value const& arguments) {
  std::string const of = text_or(arguments, "of", "");
  std::string id;
  {
    Guard guard(play_.mutex);
    id = play_.ids[of];
  }
  auto const files = Oracle::bytes_of(oracle_.look(), id);
  if (id.empty() || files.empty()) return {Look::Is::not_yet, of + " has no file yet"};
  std::string const wanted = text_or(arguments, "text", "");
  std::string found(wanted.size(), '\0');
  auto const image =
      world_.rds().with_device([&](rdssim::routeros::Device& device) { return device.image(files.front()); });
  if (image == nullptr) return decided(false, files.front() + " cannot be read");
  auto const read = image->read(integer_or(arguments, "at", 0), std::as_writable_bytes(std::span(found)));
  if (!read.ok()) return decided(false, files.front() + ": " + std::string(read.message()));
  bool const zero = std::all_of(found.begin(), found.end(), [](char c) { return c == '\0'; });
  return decided(found == wanted, files.front() + " holds " + (zero ? "zeros" : "`" + found + "`"));
}

}  // namespace scenario
