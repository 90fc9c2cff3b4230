// GuestMachine: one boot of the lab's kernel under QEMU's software emulation, with a script, and what it
// said. The guest reaches this machine's loopback as 10.0.2.2 (QEMU user networking). Used by the lab's tests
// and benchmark.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace lab {

struct Ran {
  std::string command;
  std::vector<std::string> out, err;
  int exit = -1;
};

struct Step {
  std::string title;
  std::vector<Ran> commands;
  std::map<std::string, std::string> values;  // `value: NAME=TEXT`, the last of each name
  std::vector<std::string> waits;             // how each `wait_for` ended: `ok for ...` or `never for ...`
  std::vector<std::string> kernel;            // messages of the kernel, without their time
};

struct Boot {
  bool ended = false;  // the script came to its end
  std::vector<Step> steps;
  std::string console;  // everything, for the message of a failed test

  // The step of that title; throws std::runtime_error when there is none.
  Step const& step(std::string const& title) const;
};

// What a text in the form of the captures says: a console, or `testdata/kernel-6.1-*.txt`.
Boot read_transcript(std::string const& text);

struct GuestOptions {
  std::string image;      // folder with vmlinuz and initrd.gz
  std::string script;     // text, run by guest/init after functions
  bool multipath = true;  // nvme_core.multipath
  int processors = 2;
  // Files of this machine to put into the guest, by their path there.
  std::map<std::string, std::string> files;
  // What the script's `host WORDS` does; the answer is one line. Called on the test's thread.
  std::function<std::string(std::string const& words)> host;
};

// Boots, runs the script, waits until the guest is off. A guest that says nothing for five minutes is killed
// (`ended` stays false). Throws std::runtime_error when QEMU cannot be started.
Boot boot(GuestOptions const& options);

// Builds the image of build_image.sh in `folder`, once a process, and returns it. Runs in this folder. Throws
// std::runtime_error with what the script said.
std::string image_folder(std::string const& folder);

// Puts a program of this machine into the guest at `inside`, without debug information, with the libraries it
// needs. `program` is a path or a name on PATH; `directory` must live until boot() has returned. Throws
// std::runtime_error.
void add_program(GuestOptions& options, std::string const& program, std::string const& inside,
                 std::string const& directory);

}  // namespace lab
