// The nearest valid word to a misspelt one. See vocabulary.h.
#include <algorithm>
#include <cctype>

#include "scenarios/engine/vocabulary.h"

namespace scenario {
namespace {

std::string folded(std::string_view word) {
  std::string out;
  for (char c : word) out += c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
std::size_t distance(std::string const& a, std::string const& b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) table[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) table[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t const substitution = table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, substitution});
      bool const swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
    }
  }
  return table[a.size()][b.size()];
}

// The same parts in another order (`full_pool`), or a prefix of at least four letters (`capabil`).
bool related(std::string const& wrong, std::string const& right) {
  if (wrong.size() >= 4 && (right.starts_with(wrong) || wrong.starts_with(right + "_"))) return true;
  auto const middle = wrong.find('_');
  if (middle == std::string::npos) return false;
  return wrong.substr(middle + 1) + "_" + wrong.substr(0, middle) == right;
}

}  // namespace

std::string did_you_mean(std::string_view wrong, std::vector<std::string> const& words) {
  std::string const asked = folded(wrong);
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, asked.size() / 3) + 1;
  for (std::string const& word : words) {
    std::size_t const away = distance(asked, folded(word));
    if (away < best_distance) {
      best = word;
      best_distance = away;
    }
  }
  if (!best.empty()) return best;
  auto const near = std::find_if(words.begin(), words.end(),
                                 [&](auto const& word) { return related(asked, folded(word)); });
  return near == words.end() ? std::string() : *near;
}

}  // namespace scenario
