// Frames as a device would print them, for tests: written from the comment in rds/reply.h, not from the
// reader.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rdscsi::rds::testing {

using Pairs = std::vector<std::pair<std::string, std::string>>;
using Section = std::vector<Pairs>;  // rows

// `line_end` closes each line; `inner` stands for each LF inside a value (a channel may turn it into CRLF).
inline std::string make_frame(std::string_view nonce, std::vector<Section> const& sections,
                              std::string_view line_end = "\r\n", std::string_view inner = "\n") {
  std::string out = std::string(nonce) + std::string(line_end);
  int index = 0;
  for (std::size_t s = 0; s < sections.size(); ++s) {
    for (std::size_t r = 0; r < sections[s].size(); ++r) {
      for (auto const& [key, value] : sections[s][r]) {
        std::string const text = std::to_string(s) + " " + std::to_string(r) + " " + key + " " + value;
        std::string printed;
        for (char const c : text) c == '\n' ? printed += inner : printed += c;
        out += std::to_string(++index) + " " + std::to_string(text.size()) + " " + printed + " " + printed;
        out += line_end;
      }
    }
  }
  return out + std::string(nonce) + " " + std::to_string(index) + std::string(line_end);
}

}  // namespace rdscsi::rds::testing
