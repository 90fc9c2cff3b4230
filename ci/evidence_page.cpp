// evidence_page [--write]: prints simulator/docs/evidence.md as the sources' annotations make it, or writes
// it. Run in the project's root. Ends with 1 and a line per problem when an annotation cannot stand.
#include <cstdio>
#include <exception>
#include <fstream>
#include <string_view>

#include "ci/evidence.h"

int main(int argc, char** argv) {
  try {
    bool const write = argc == 2 && std::string_view(argv[1]) == "--write";
    if (argc > 1 && !write) {
      std::fprintf(stderr, "usage: evidence_page [--write], in the project's root\n");
      return 2;
    }
    auto const collected = evidence::read_tree(".");
    auto const problems = evidence::check(collected);
    for (auto const& problem : problems) std::fprintf(stderr, "%s\n", problem.c_str());
    if (!problems.empty()) return 1;
    auto const page = evidence::page(collected);
    if (!write) {
      std::fputs(page.c_str(), stdout);
      return 0;
    }
    std::ofstream file("simulator/docs/evidence.md", std::ios::binary);
    file << page;
    file.close();
    return file ? 0 : 1;
  } catch (std::exception const& error) {
    std::fprintf(stderr, "evidence_page: %s\n", error.what());
    return 1;
  }
}
