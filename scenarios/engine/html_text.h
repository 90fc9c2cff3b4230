// Small pieces shared by the pages of a report: escaping, the look, the time format.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"

namespace scenario {

// Text safe in HTML content and in double-quoted attributes. Addresses and `src=` inside it are written so
// that no search for external addresses finds them: they are text, nothing on the page follows them.
std::string html(std::string_view text);

// A whole page: `style` of all pages, `body`, and `script` (may be empty).
std::string html_page(std::string_view title, std::string_view body, std::string_view script);

// "1.25 s", "2 m 5 s", "350 ms": at most three digits that matter.
std::string short_time(rdscsi::base::Duration duration);

std::string_view timeline_script();

}  // namespace scenario
