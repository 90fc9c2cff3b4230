// The console's `~` operator: POSIX extended regular expressions, the subset scripts use: . * + ? {m,n} ( | )
// [classes] ^ $ and backslash escapes, over bytes. Used by the evaluator only.
#pragma once

#include <string_view>

namespace rdssim::routeros {

// True when `pattern` matches somewhere in `text`. A pattern that is no regular expression matches nothing;
// the work is bounded, so that no pattern can hang the device: beyond the bound it matches nothing.
bool regex_matches(std::string_view text, std::string_view pattern);

}  // namespace rdssim::routeros
