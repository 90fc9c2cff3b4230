// RouterOS's error texts, turned into reasons. SSH exec reports every failure as text on stdout with exit
// status 0 (FACTS 5.5; W-18, W-19), so the text is all there is. Shapes: FACTS 2.4 (parse time) and 2.5 (run
// time). Used by rds::Volumes. Pure functions; thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace rdscsi::rds {

enum class RouterOsErrorKind {
  parse,        // the console refused the whole line: nothing of it was executed
  permission,   // our user lacks a policy
  no_item,      // `no such item`
  pool_full,    // a failure that speaks of space
  no_property,  // a property this RouterOS does not have was asked for by name
  other,        // any other text RouterOS uses for a failure
};

struct RouterOsError {
  RouterOsErrorKind kind = RouterOsErrorKind::other;
  std::string
      text;  // as the device said it, without `Script Error: ` and without the ` (/menu; line N)` suffix
  std::size_t column = 0;  // parse only: 1-based byte of the line
};

// Recognises one line of output; nothing when it is no error RouterOS is known to print.
std::optional<RouterOsError> recognise_error(std::string_view line);

// For the text a script caught with `:onerror`: always an error, known or not.
RouterOsError caught_error(std::string_view text);

// The word of `line` a parse error points at (a parameter's name, or the word that cannot be there), and the
// command it belongs to ("/disk add"), so that the message can say which part of RouterOS is missing.
struct OffendingWord {
  std::string word;
  std::string command;
};
OffendingWord offending_word(std::string_view line, RouterOsError const& error);

// The failure to hand upwards. `line` is the command we sent. Parse errors are rds_unsupported with effect
// none and name the RouterOS version or package that is needed; others carry `effect`.
base::Status to_status(RouterOsError const& error, std::string_view line, base::Effect effect);

}  // namespace rdscsi::rds
