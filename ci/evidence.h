// Evidence: what of the simulator is confirmed by captures, documented, inferred or unknown, read from the
// annotations that stand beside the lines they speak of. Used by evidence_page (writes
// simulator/docs/evidence.md) and by ci/evidence_test.cpp (which compares the committed page with the
// generated one).
//
// The form, in a comment of its own that may run over several lines until the bracket ends it:
//
//   // EVIDENCE(confirmed): An exec ends with status 0, whatever happened.
//   // [FACTS 5.5; capture errors-ssh-exec-stdout-exit0-7.20.8-hex]
//
// Sources: `FACTS 2.4` (a section listed in simulator/docs/facts_sections.txt), `capture NAME` (a file
// NAME.txt in some testdata or schemas folder), `spec TEXT` (a published standard or kernel source), `switch
// NAME` and `table KEY` (where to put the truth in once a device has told it: a word that the sources have
// outside of annotations).
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace evidence {

enum class Kind { confirmed, documented, inferred, unknown };

struct Source {
  std::string kind;  // FACTS, capture, spec, switch, table
  std::string name;
};

struct Note {
  Kind kind = Kind::unknown;
  std::string statement;
  std::vector<Source> sources;
  std::string file;  // relative to simulator/
  int line = 0;
};

// Everything read from the tree, and what captures and FACTS sections there are.
struct Collected {
  int files = 0;
  std::vector<Note> notes;             // by file and line
  std::vector<std::string> mentioned;  // every other `FACTS n.m` of the sources: "file:line n.m"
  std::string words;                   // the sources without annotations, for switches and keys
  std::vector<std::string> problems;   // annotations that cannot be read: "file:line: what"
  std::set<std::string> captures, facts;
};

// Adds one source file's annotations. Pure.
void add_file(std::string const& path, std::string const& text, Collected& into);

// Reads the simulator's sources (tests left out), the captures of all testdata and schemas folders and the
// list of FACTS sections below the project's root. Throws std::runtime_error when the list is missing.
Collected read_tree(std::filesystem::path const& root);

// What is wrong: unreadable annotations, captures and sections that do not exist, a confirmed statement
// without capture or FACTS, an unknown one that names neither switch nor table. One line each.
std::vector<std::string> check(Collected const& collected);

// The page, ready to be written.
std::string page(Collected const& collected);

}  // namespace evidence
