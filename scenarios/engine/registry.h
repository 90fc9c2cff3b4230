// Registry: which scenario files there are. scenarios/registered.txt names every one, a line each; a file
// nobody named, or a name without a file, is an error, so that no scenario rots unseen. CMake makes the ctest
// cases from the same list. Used by main.cpp.
#pragma once

#include <string>
#include <vector>

namespace scenario {

struct Registry {
  std::string root;                   // the scenarios folder, as found or given
  std::vector<std::string> files;     // paths to open, in the order of registered.txt
  std::vector<std::string> problems;  // one line each; empty means the folder and the list agree
};

// `root` empty: the nearest folder `scenarios` with a registered.txt, from the working directory upwards.
// mutants/, engine/ and testdata/ hold no scenarios of their own.
Registry read_registry(std::string const& root);

}  // namespace scenario
