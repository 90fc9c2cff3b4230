// The same question to several RDSes at once: a list takes as long as the slowest of them, not as all
// together. Used by controller.cpp and controller_snapshots.cpp.
#pragma once

#include <cstddef>
#include <optional>
#include <type_traits>
#include <vector>

#include "base/sync.h"
#include "csi/fleet.h"

namespace rdscsi::csi {

// Calls `ask` for each, on threads of its own beyond the first, and returns when all have answered: one
// answer each, in their order. `ask` ends by its own deadline and throws nothing.
template <typename Ask>
auto ask_all(std::vector<ServedRdsPtr> const& members, Ask const& ask) {
  using Answer = std::invoke_result_t<Ask const&, ServedRds const&>;
  std::vector<std::optional<Answer>> answers(members.size());
  {
    std::vector<base::Thread> threads;  // joined at the end of this scope
    for (std::size_t i = 1; i < members.size(); ++i)
      threads.emplace_back("ask-" + members[i]->name, [&, i] { answers[i] = ask(*members[i]); });
    if (!members.empty()) answers.front() = ask(*members.front());
  }
  return answers;
}

}  // namespace rdscsi::csi
