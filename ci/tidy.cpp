// The rules of the tidy test. Each is a small function over one file; see tidy.h.
#include "ci/tidy.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <functional>
#include <sstream>
#include <string_view>

namespace tidy {
namespace {

constexpr int kFileLinesMax = 600;
constexpr int kTestLinesMax = 800;  // a story each, one after the other
constexpr int kFunctionLinesMax = 70;
constexpr std::size_t kColumnsMax = 120;

struct File {
  std::string path;
  std::vector<std::string> lines;  // as they stand
  std::vector<std::string> code;   // comments and string literals blanked, C++ only
  bool cpp = false;
  bool test = false;  // *_test.cpp and testing/ helpers
};

using Report = std::function<void(int line, std::string text)>;

bool starts(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}
bool ends(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

bool word_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Whether `word` stands in `line` with no word character around it (words may hold `::`).
bool has_word(std::string_view line, std::string_view word) {
  for (std::size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    bool const left = at == 0 || !word_char(line[at - 1]);
    std::size_t const after = at + word.size();
    if (left && (after == line.size() || !word_char(line[after]))) return true;
  }
  return false;
}

// Blanks comments and literals but keeps the line structure. The text of a raw string leaves nothing behind,
// not even its indentation.
std::vector<std::string> blank(std::vector<std::string> const& lines) {
  std::vector<std::string> out;
  std::string closing;  // what ends the raw string or block comment we are in
  for (std::string const& line : lines) {
    std::string kept;
    for (std::size_t i = 0; i < line.size(); ++i) {
      std::string_view const rest = std::string_view(line).substr(i);
      if (!closing.empty()) {
        std::size_t const end = rest.find(closing);
        if (end == std::string_view::npos) break;
        i += end + closing.size() - 1;
        closing.clear();
      } else if (starts(rest, "//")) {
        break;
      } else if (starts(rest, "/*")) {
        closing = "*/";
        ++i;
      } else if (starts(rest, "R\"") && rest.find('(') != std::string_view::npos) {
        std::size_t const open = rest.find('(');
        closing = ")" + std::string(rest.substr(2, open - 2)) + "\"";
        kept += "\"\"";
        i += open;
      } else if (line[i] == '"' || (line[i] == '\'' && (i == 0 || !word_char(line[i - 1])))) {
        char const quote = line[i++];
        while (i < line.size() && line[i] != quote) i += line[i] == '\\' ? 2 : 1;
        kept += "\"\"";
      } else {
        kept += line[i];
      }
    }
    out.push_back(kept);
  }
  return out;
}

void ban(File const& file, Report const& report, std::vector<std::string_view> const& words,
         std::string const& instead) {
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    for (std::string_view word : words) {
      if (has_word(file.code[i], word))
        report(static_cast<int>(i) + 1, std::string(word) + ": use " + instead);
    }
  }
}

// --- rules ---

void concurrency(File const& file, Report const& report) {
  if (!file.cpp || starts(file.path, "driver/base/")) return;
  ban(file, report,
      {"std::thread",
       "std::jthread",
       "std::mutex",
       "std::shared_mutex",
       "std::recursive_mutex",
       "std::timed_mutex",
       "std::condition_variable",
       "std::condition_variable_any",
       "std::future",
       "std::promise",
       "std::async",
       "std::latch",
       "std::barrier",
       "std::counting_semaphore",
       "std::binary_semaphore",
       "std::call_once",
       "std::once_flag",
       "absl::Mutex",
       "absl::Notification",
       "pthread_create",
       "pthread_mutex_lock"},
      "base/sync.h");
}

void time_source(File const& file, Report const& report) {
  if (!file.cpp || starts(file.path, "driver/base/")) return;
  ban(file, report,
      {"absl::Now", "steady_clock::now", "system_clock::now", "high_resolution_clock::now", "clock_gettime",
       "gettimeofday", "std::this_thread::sleep_for", "std::this_thread::sleep_until", "usleep", "nanosleep",
       "absl::SleepFor"},
      "base/time.h");
}

void random_source(File const& file, Report const& report) {
  if (!file.cpp || starts(file.path, "driver/base/")) return;
  ban(file, report,
      {"std::random_device", "std::mt19937", "std::mt19937_64", "std::rand", "srand", "absl::BitGen"},
      "base/random.h");
}

void regular_expressions(File const& file, Report const& report) {
  if (!file.cpp || (!starts(file.path, "simulator/routeros/") && !starts(file.path, "driver/rds/"))) return;
  ban(file, report, {"std::regex", "regcomp", "regexec", "RE2", "boost::regex"},
      "a reader that accounts for every byte");
}

// The first template argument after `open`, a '<'; to the line's end when it does not close there.
std::string_view first_argument(std::string_view line, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < line.size(); ++i) {
    if (line[i] == '<') ++depth;
    if (line[i] == '>') --depth;
    if (depth == 0 || (depth == 1 && line[i] == ',')) return line.substr(open + 1, i - open - 1);
  }
  return line.substr(open + 1);
}

// Where the heap put an object is not a function of the seed, so nothing may be told or woken in that order.
void address_order(File const& file, Report const& report) {
  if (!file.cpp) return;
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    std::string_view const line = file.code[i];
    for (std::string_view container : {"set<", "map<"}) {
      for (std::size_t at = line.find(container); at != line.npos; at = line.find(container, at + 1)) {
        std::string_view const key = first_argument(line, at + container.size() - 1);
        bool const owner = key.starts_with("std::shared_ptr") || key.starts_with("std::unique_ptr");
        if (owner || key.ends_with('*'))
          report(static_cast<int>(i) + 1, "ordered by address: keep a vector, or give the key a number");
      }
    }
  }
}

void shell(File const& file, Report const& report) {
  if (!file.cpp) return;
  ban(file, report, {"std::system", "popen", "execlp", "execl"},
      "base/child_process.h (argv, never a shell)");
}

std::string included(std::string const& line) {
  if (!starts(line, "#include ")) return {};
  std::size_t const open = line.find_first_of("\"<");
  std::size_t const close = line.find_last_of("\">");
  return open == std::string::npos || close <= open ? std::string() : line.substr(open + 1, close - open - 1);
}

void layers(File const& file, Report const& report) {
  if (!file.cpp) return;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    std::string const target = included(file.lines[i]);
    int const line = static_cast<int>(i) + 1;
    if (starts(file.path, "driver/")) {
      for (std::string_view room : {"simulator/", "scenarios/", "sanity/", "e2e/"}) {
        if (starts(target, room)) report(line, target + ": driver/ is complete on its own");
      }
      if (starts(file.path, "driver/base/") && (starts(target, "rds/") || starts(target, "csi/"))) {
        report(line, target + ": base knows nothing of the rooms above it");
      }
      if (starts(file.path, "driver/rds/") && starts(target, "csi/"))
        report(line, target + ": rds stands below csi");
    }
    if (starts(file.path, "simulator/")) {
      for (std::string_view room : {"rds/", "csi/", "scenarios/", "nvme/", "mount/", "kube/"}) {
        if (starts(target, room))
          report(line, target + ": the simulator shares only driver/base with the driver");
      }
    }
  }
}

void heavy_headers(File const& file, Report const& report) {
  if (!file.cpp || !ends(file.path, ".h")) return;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    std::string const target = included(file.lines[i]);
    for (std::string_view heavy : {"grpc", "google/protobuf", "spdlog/", "nlohmann/", "yaml-cpp/",
                                   "prometheus/", "libssh/", "boost/", "CLI/", "valijson/"}) {
      if (starts(target, heavy)) report(static_cast<int>(i) + 1, target + ": keep it inside a .cpp file");
    }
  }
}

void opening_comment(File const& file, Report const& report) {
  if (file.lines.empty() || !(file.cpp || ends(file.path, ".sh") || ends(file.path, "CMakeLists.txt")))
    return;
  std::string const& first = file.lines.front();
  std::string const& second = file.lines.size() > 1 ? file.lines[1] : first;
  bool const said = starts(first, "//") || (starts(first, "#!") ? starts(second, "# ") : starts(first, "# "));
  if (!said) report(1, "a file opens with what it is and who uses it");
}

void size_limits(File const& file, Report const& report) {
  if (!file.cpp) return;
  int const lines_max = file.test ? kTestLinesMax : kFileLinesMax;
  if (static_cast<int>(file.lines.size()) > lines_max) {
    report(0, std::to_string(file.lines.size()) + " lines; one idea rarely needs more than " +
                  std::to_string(lines_max));
  }
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    // Text in raw strings (a style sheet, say) has lines of its own.
    if (file.lines[i].size() > kColumnsMax && !file.code[i].empty() && !file.test) {
      report(static_cast<int>(i) + 1, "longer than " + std::to_string(kColumnsMax) + " bytes");
    }
  }
}

// Functions of the house style begin in column 0 and end with a `}` in column 0. Lines of code count, not
// comments, blank lines or the text of raw strings.
void function_length(File const& file, Report const& report) {
  if (!file.cpp || file.test) return;
  int begin = -1, length = 0;
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    std::string const& line = file.code[i];
    if (line.find_first_not_of(' ') == std::string::npos) continue;
    ++length;
    bool const opens = line.back() == '{' && word_char(line.front()) && line.find('(') != std::string::npos &&
                       !starts(line, "namespace") && !starts(line, "class") && !starts(line, "struct");
    if (opens) begin = static_cast<int>(i), length = 1;
    if (starts(line, "}") && begin >= 0) {
      if (length > kFunctionLinesMax) {
        report(begin + 1, "a function of " + std::to_string(length) + " lines; the limit is " +
                              std::to_string(kFunctionLinesMax));
      }
      begin = -1;
    }
  }
}

void leftovers(File const& file, Report const& report) {
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    for (std::string_view word : {"TO"
                                  "DO",
                                  "FIX"
                                  "ME",
                                  "X"
                                  "XX",
                                  "HA"
                                  "CK"}) {
      if (has_word(file.lines[i], word)) report(static_cast<int>(i) + 1, std::string(word) + " left behind");
    }
  }
}

void skipped_tests(File const& file, Report const& report) {
  if (!file.test) return;
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    if (has_word(file.code[i], "GTEST_SKIP") || file.code[i].find("DISABLED"
                                                                  "_") != std::string::npos) {
      report(static_cast<int>(i) + 1, "a skipped test needs its reason in TESTING.md and no place here");
    }
  }
}

void pipe_safety(File const& file, Report const& report) {
  if (!ends(file.path, ".sh") && file.path != ".ci/run") return;
  if (file.path == "ci/lib.sh") return;  // sourced by scripts that set it
  bool const set = std::any_of(file.lines.begin(), file.lines.end(),
                               [](std::string const& line) { return starts(line, "set -euo pipefail"); });
  if (!set) report(0, "a script begins with: set -euo pipefail");
}

struct Rule {
  char const* name;
  void (*check)(File const&, Report const&);
};
constexpr std::array<Rule, 14> kRules{{
    {"concurrency", concurrency},
    {"time-source", time_source},
    {"random-source", random_source},
    {"regular-expressions", regular_expressions},
    {"address-order", address_order},
    {"shell", shell},
    {"layers", layers},
    {"heavy-headers", heavy_headers},
    {"opening-comment", opening_comment},
    {"size-limits", size_limits},
    {"function-length", function_length},
    {"leftovers", leftovers},
    {"skipped-tests", skipped_tests},
    {"pipe-safety", pipe_safety},
}};

std::vector<std::string> split_lines(std::string const& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool of_interest(std::filesystem::path const& path) {
  for (std::string_view ending :
       {".h", ".cpp", ".sh", ".cmake", ".yaml", ".yml", ".md", ".proto", "CMakeLists.txt"}) {
    if (ends(path.string(), ending)) return true;
  }
  return path.string() == ".ci/run";
}

}  // namespace

std::vector<Finding> check_file(std::string const& path, std::string const& text) {
  File file;
  file.path = path;
  file.lines = split_lines(text);
  file.cpp = ends(path, ".h") || ends(path, ".cpp");
  file.test = ends(path, "_test.cpp") || path.find("/testing/") != std::string::npos;
  if (file.cpp) file.code = blank(file.lines);
  std::vector<Finding> findings;
  for (Rule const& rule : kRules) {
    rule.check(file, [&](int line, std::string said) {
      findings.push_back({path, line, rule.name, std::move(said)});
    });
  }
  return findings;
}

TreeReport check_tree(std::filesystem::path const& root) {
  TreeReport report;
  namespace fs = std::filesystem;
  for (auto entry = fs::recursive_directory_iterator(root); entry != fs::recursive_directory_iterator();
       ++entry) {
    std::string const name = entry->path().filename().string();
    if (entry->is_directory() && (name == "build" || name == ".git" || name == "testdata")) {
      entry.disable_recursion_pending();
      continue;
    }
    fs::path const relative = fs::relative(entry->path(), root);
    if (!entry->is_regular_file() || !of_interest(relative)) continue;
    std::ifstream stream(entry->path(), std::ios::binary);
    std::string const text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    ++report.files;
    for (Finding& finding : check_file(relative.generic_string(), text))
      report.findings.push_back(std::move(finding));
  }
  return report;
}

std::vector<std::string> rule_names() {
  std::vector<std::string> names;
  for (Rule const& rule : kRules) names.emplace_back(rule.name);
  return names;
}

}  // namespace tidy
