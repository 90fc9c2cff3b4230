// Loader: YAML text to a checked Scenario. Everything wrong in a file is reported at once, each with file,
// line, column and, for a word nobody knows, the nearest one that would be right. Order: YAML syntax and
// house rules (no duplicate keys, no bare on/off/yes/no), then our own walk over the vocabulary
// (engine/vocabulary.h), then schema.json's rules through a JSON-schema validator, then references between
// names.
//
// Thread rules: all functions are pure and may run on any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/engine/scenario.h"

namespace scenario {

struct Complaint {
  Place place;
  std::string message;            // "unknown fault `reply_lots`: did you mean `reply_lost`?"
  bool warning = false;           // lint advice; does not stop a run
  std::string to_string() const;  // "file:line:column: error: message"
};

struct Loaded {
  std::optional<Scenario> scenario;   // absent if any complaint is an error
  std::vector<Complaint> complaints;  // in file order
  bool ok() const { return scenario.has_value(); }
};

// Reads and checks one file. A file that cannot be read is one complaint at line 0.
Loaded load_file(std::string const& path);

// The same for text; `file` is only what messages call it. The id must equal the file name's stem.
Loaded load_text(std::string_view text, std::string const& file);

}  // namespace scenario
